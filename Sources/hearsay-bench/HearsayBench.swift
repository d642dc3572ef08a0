import Glibc
import StrictJSON

/// Times the library from inside, for Benchmarks/run: one measure per call, or many over standard input (`serve`).
@main
struct HearsayBench {
    static let usage = """
        usage: hearsay-bench COMMAND [options]
          log-mel    --audio FILE                       30 s of sound to log-mel frames
          front-end  --audio FILE                       a whole file through decoder, resampler and log-mel stream
          listen     --audio FILE --model PATH          voice activity in 10 ms pieces, at most ten minutes
          encoder    --audio FILE --model PATH          one 30 s window
          decoder    --audio FILE --model PATH          --tokens N --beams N --windows N
          file       --audio FILE --model PATH          a whole file to text, greedy; --windows N
          startup    --audio FILE --model PATH          open to first token in this fresh process
          dictation  --audio FILE|FOLDER --model PATH   speech as a microphone gives it; --policy NAME --interval SECONDS
                                                        --pause SECONDS --activity PATH --clock processor|wall
          daemon-round-trips  --socket PATH             --clients N --rate PER_CLIENT_AND_SECOND --seconds N; rate 0: no pause
          daemon-connections  --socket PATH --process N --connections N
          daemon-rest         --process N               --seconds N
          serve      --audio FILE --model PATH          one JSON request a line on standard input
        options: --threads N, --rounds N
        """

    static func main() {
        do {
            let arguments = try Arguments(CommandLine.arguments)
            try run(arguments)
        } catch {
            writeError("hearsay-bench: \(error)\n")
            exit(1)
        }
    }

    private static func run(_ arguments: Arguments) throws {
        switch arguments.command {
        case "serve": try Server(arguments).run()
        case "daemon-round-trips": print(json(try DaemonLoad(arguments).roundTrips()))
        case "daemon-connections": print(json(try DaemonLoad(arguments).idleConnections()))
        case "daemon-rest": print(json(try DaemonLoad(arguments).rest()))
        case "dictation": print(json(try DictationMeasure(arguments).run(arguments.audio())))
        case "startup": print(json(try Startup.run(arguments)))
        case "help", "--help", "-h": print(usage)
        default:
            let bench = Bench(arguments)
            for _ in 0..<arguments.rounds {
                print(json(try bench.answer(arguments.request)))
            }
        }
    }
}

/// What went wrong in words; the tool is for developers, who read them.
struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func writeError(_ text: String) {
    write(text, to: STDERR_FILENO)
}

/// Unbuffered: whoever reads the other end waits for the line.
func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            guard count > 0 else { return }
            written += count
        }
    }
}

/// One line of JSON with the members in the order given.
func json(_ members: Answer) -> String {
    var writer = JSONWriter()
    writer.value(.object(JSONObject(members.map { (key: $0.0, value: $0.1) })))
    return String(decoding: writer.bytes, as: UTF8.self)
}

typealias Answer = [(String, JSONValue)]
