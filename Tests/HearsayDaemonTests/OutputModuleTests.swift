import Foundation
import Glibc
import HearsayClient
import TestSupport
import Testing
import WireProtocol

/// The built module `sd_hearsay`, driven line by line as speech-dispatcher drives it.
final class RunningModule {
    /// Beside the tests in the build folder.
    static let path = RunningDaemon.path.map { $0.replacing("hearsayd", with: "sd_hearsay") }
        .flatMap { FileManager.default.isExecutableFile(atPath: $0) ? $0 : nil }

    /// What the module sent: a line, or sound.
    enum Output: Equatable {
        case line(String)
        case sound([UInt8], rate: Int)
    }

    private let child: Child
    private let toModule: Int32
    private let fromModule: Int32
    private var buffer: [UInt8] = []
    private var end: Child.End?

    init(socket: String, configuration: String? = nil) throws {
        let input = DescriptorPipe()
        let output = DescriptorPipe()
        let log = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { for descriptor in [input.reading, output.writing, log] { close(descriptor) } }
        child = try Child(
            [Self.path ?? "/nonexistent"] + (configuration.map { [$0] } ?? []),
            environment: ["HEARSAY_SOCKET": socket], input: input.reading, output: output.writing, errors: log)
        toModule = input.writing
        fromModule = output.reading
    }

    deinit {
        close(toModule)
        close(fromModule)
        if end == nil { _ = child.wait() }
    }

    func wait() -> Child.End {
        let end = self.end ?? child.wait()
        self.end = end
        return end
    }

    func send(_ lines: String...) {
        let bytes = Array(lines.map { "\($0)\n" }.joined().utf8)
        _ = write(toModule, bytes, bytes.count)
    }

    /// The next line of it, or sound; nil at its end, or when nothing comes for a minute.
    func next() -> Output? {
        guard let first = line() else { return nil }
        guard first.hasPrefix("705-") else { return .line(first) }
        var header = [first]
        while let line = header.last, !line.hasPrefix("705-AUDIO\0") {
            guard let next = self.line() else { return nil }
            header.append(next)
        }
        func number(_ key: String) -> Int? {
            header.first { $0.hasPrefix("705-\(key)=") }.flatMap { Int($0.split(separator: "=")[1]) }
        }
        guard let samples = number("num_samples"), let rate = number("sample_rate"), number("bits") == 16,
            number("num_channels") == 1, number("big_endian") == 0, let escaped = sound
        else { return nil }
        var bytes: [UInt8] = []
        var index = 0
        while index < escaped.count {
            let isEscape = escaped[index] == 0x7D && index + 1 < escaped.count
            bytes.append(isEscape ? escaped[index + 1] ^ 0x20 : escaped[index])
            index += isEscape ? 2 : 1
        }
        guard line() == "705 AUDIO", bytes.count == samples * 2 else { return nil }
        return .sound(bytes, rate: rate)
    }

    /// All of it up to a line that is one of these, which is the last.
    func output(through lasts: String...) -> [Output] {
        var all: [Output] = []
        while let next = next() {
            all.append(next)
            if case .line(let line) = next, lasts.contains(line) { break }
        }
        return all
    }

    /// The lines of it up to one of these.
    func lines(through last: String) -> [String] {
        output(through: last).compactMap { if case .line(let line) = $0 { line } else { nil } }
    }

    /// The bytes after `705-AUDIO` and a zero, of the last line.
    private var sound: [UInt8]?

    private func line() -> String? {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = Array(buffer[..<end])
                buffer.removeFirst(end + 1)
                if line.starts(with: Array("705-AUDIO\0".utf8)) {
                    sound = Array(line.dropFirst(10))
                    return "705-AUDIO\0"
                }
                return String(decoding: line, as: UTF8.self)
            }
            var state = pollfd(fd: fromModule, events: Int16(POLLIN), revents: 0)
            guard poll(&state, 1, 60_000) > 0 else { return nil }
            var block = [UInt8](repeating: 0, count: 1 << 16)
            let count = read(fromModule, &block, block.count)
            guard count > 0 else { return nil }
            buffer += block[..<count]
        }
    }
}

extension [RunningModule.Output] {
    var sound: [UInt8] { flatMap { if case .sound(let bytes, _) = $0 { bytes } else { [UInt8]() } } }

    var lines: [String] { compactMap { if case .line(let line) = $0 { line } else { nil } } }
}

/// The module with a real daemon, without speech-dispatcher.
@Suite(.enabled(if: RunningModule.path != nil && RunningDaemon.hasVoice, "sd_hearsay or the voice is missing"))
struct OutputModuleTests {
    private static let marked =
        "<speak>One sentence.<mark name=\"__spd_1\"/> And another one.<mark name=\"other\"/> The end.</speak>"

    @Test func introducesItself() throws {
        let daemon = try RunningDaemon()
        #expect(try LifecycleTests.waitFor { daemon.log.contains("looked at what is installed") })
        let module = try RunningModule(socket: daemon.socket)
        module.send("INIT")
        #expect(module.lines(through: "299 OK LOADED SUCCESSFULLY").count == 2)
        module.send("AUDIO", "audio_output_method=server", ".")
        #expect(
            module.lines(through: "203 OK AUDIO INITIALIZED") == [
                "207 OK RECEIVING AUDIO SETTINGS", "203 OK AUDIO INITIALIZED",
            ])
        module.send("AUDIO", "audio_output_method=pulse", ".")
        #expect(module.lines(through: "300 MODULE ERROR").last == "300 MODULE ERROR")
        module.send("LOGLEVEL", "log_level=3", ".")
        #expect(module.lines(through: "203 OK LOGLEVEL SET").count == 2)
        for question in ["LIST VOICES", "LIST VOICES en", "LIST VOICES en-US"] {
            module.send(question)
            #expect(module.lines(through: "200 OK VOICE LIST SENT").contains("200-kathleen\ten-US\tnone"))
        }
        module.send("LIST VOICES xx", "NONSENSE", "QUIT")
        #expect(
            module.lines(through: "210 OK QUIT") == [
                "304 CANT LIST VOICES", "300 ERR UNKNOWN COMMAND", "210 OK QUIT",
            ])
        #expect(module.wait() == .exit(0))
    }

    @Test func saysThatThereIsNoDaemon() throws {
        let module = try RunningModule(socket: "/nonexistent/hearsay.sock")
        module.send("INIT")
        #expect(module.lines(through: "399 ERR CANT INIT MODULE").count == 2)
        #expect(module.wait() == .exit(1))
    }

    /// Sound, marks and their places are what the daemon's own protocol gives.
    @Test func passesSoundAndMarksOn() throws {
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        var request = Synthesize(text: Self.marked, textFormat: "ssml")
        request.prosody.wantsMarks = true
        request.prosody.rate = 2
        connection.send(request)
        let events = connection.events(through: AudioStop.type)
        var marks: [(name: String, at: Int)] = []
        var expected: [UInt8] = []
        for event in events {
            if event.type == SpeechMark.type { marks.append((try SpeechMark(event).name, expected.count)) }
            expected += event.payload
        }
        #expect(marks.map(\.name) == ["__spd_1", "other"])

        let module = try RunningModule(socket: daemon.socket)
        module.send("INIT")
        _ = module.lines(through: "299 OK LOADED SUCCESSFULLY")
        module.send("SET", "rate=50", "pitch=0", "volume=100", "voice=NULL", "new_key=1", ".")
        #expect(module.lines(through: "203 OK SETTINGS RECEIVED").first == "203 OK RECEIVING SETTINGS")
        module.send("SPEAK", Self.marked, ".")
        let output = module.output(through: "702 END")
        #expect(
            output.lines == [
                "202 OK RECEIVING MESSAGE", "200 OK SPEAKING", "701 BEGIN", "700-__spd_1", "700 INDEX MARK",
                "700-other",
                "700 INDEX MARK", "702 END",
            ])
        #expect(!expected.isEmpty && output.sound == expected)
        for mark in marks {
            let before = output.prefix { $0 != .line("700-\(mark.name)") }
            #expect(Array(before).sound.count == mark.at)
        }
    }

    @Test func stopsAndSpeaksAgain() throws {
        let daemon = try RunningDaemon()
        let module = try RunningModule(socket: daemon.socket)
        // Nothing to stop.
        module.send("STOP", "SPEAK", String(repeating: "A long text that is cut off. ", count: 200), ".")
        _ = module.lines(through: "701 BEGIN")
        #expect(module.next().map { if case .sound = $0 { true } else { false } } == true)
        module.send("STOP")
        #expect(module.output(through: "703 STOP", "702 END").lines == ["703 STOP"])
        module.send("CHAR", "a", ".")
        let output = module.output(through: "702 END")
        #expect(output.lines == ["202 OK RECEIVING MESSAGE", "200 OK SPEAKING", "701 BEGIN", "702 END"])
        #expect(output.sound.count > 2_000)
        module.send("QUIT")
        #expect(module.wait() == .exit(0))
    }

    @Test func pausesAtAMark() throws {
        let daemon = try RunningDaemon()
        let module = try RunningModule(socket: daemon.socket)
        module.send("SPEAK", Self.marked, ".", "PAUSE")
        #expect(
            module.output(through: "704 PAUSE", "702 END").lines.suffix(3) == [
                "700-__spd_1", "700 INDEX MARK", "704 PAUSE",
            ])
        // What follows is a message like any other.
        module.send("KEY", "control_a", ".")
        #expect(module.output(through: "702 END").sound.count > 2_000)
    }

    @Test func refusesWhatIsNoMessage() throws {
        let daemon = try RunningDaemon()
        let module = try RunningModule(socket: daemon.socket)
        module.send("SPEAK", ".")
        #expect(module.lines(through: "301 ERROR CANT SPEAK").count == 2)
        module.send("CHAR", "a", "b", ".")
        #expect(module.lines(through: "305 DATA MORE THAN ONE LINE").count == 2)
        for line in ["rate=101", "rate=x", "punctuation_mode=loud"] {
            module.send("SET", line, ".")
            #expect(module.lines(through: "303 ERROR INVALID PARAMETER OR VALUE").count == 2)
        }
        module.send("SET", "rate", ".")
        #expect(module.lines(through: "302 ERROR BAD SYNTAX").count == 2)
        // Malformed markup is read as text; a line of dots arrives without one of them.
        module.send("SPEAK", "<speak>unclosed", "..", "&nonsense;", ".")
        #expect(module.output(through: "702 END").sound.count > 2_000)
    }

    @Test func aWrongConfigurationIsNamed() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("hearsay.conf", "# comment\nSocket \"/nowhere\"\nAddVoice \"en\"\n".utf8)
        let module = try RunningModule(socket: "/nowhere", configuration: file)
        #expect(module.wait() == .exit(1))
    }
}

/// With the real speech-dispatcher, whose sound a PulseAudio of the test's own plays to nobody and records.
@Suite(
    .enabled(if: RunningModule.path != nil && RunningDaemon.hasVoice, "sd_hearsay or the voice is missing"),
    .enabled(if: SpeechDispatcher.isThere, "speech-dispatcher, spd-say, PulseAudio and parec are not all installed"))
struct SpeechDispatcherTests {
    @Test func spdSaySpeaksThroughTheDaemon() throws {
        let daemon = try RunningDaemon()
        let dispatcher = try SpeechDispatcher(daemon: daemon)
        #expect(try dispatcher.say("-O").contains("hearsay"))
        #expect(try dispatcher.say("-o", "hearsay", "-L").contains("kathleen"))
        _ = try dispatcher.say("-w", "-o", "hearsay", "Good morning to all of you.")
        // More than half a second of it is not silence.
        let spoken = try dispatcher.heard()
        #expect(spoken > 10_000)
        _ = try dispatcher.say("-w", "-o", "hearsay", "-S", "-r", "50", "abc")
        #expect(try dispatcher.heard() > spoken)
        #expect(!daemon.log.contains("morning"))
    }
}

/// A speech-dispatcher of the test's own, with a sound server whose loudspeaker is recorded.
final class SpeechDispatcher {
    private static let programs = ["speech-dispatcher", "spd-say", "pulseaudio", "parec"]
    static let isThere = programs.allSatisfy { find($0) != nil }

    static func find(_ program: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private let folder: TemporaryFolder
    private let environment: [String: String]
    private var children: [Child] = []

    struct Failure: Error {
        let reason: String
    }

    init(daemon: RunningDaemon) throws {
        folder = try TemporaryFolder()
        chmod(folder.path, 0o700)
        environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": folder.path,
            "XDG_RUNTIME_DIR": folder.path, "LC_ALL": "C.UTF-8",
            "SPEECHD_ADDRESS": "unix_socket:\(folder.path)/socket", "PULSE_SERVER": "unix:\(folder.path)/native",
        ]
        try start(
            "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disallow-exit", "--realtime=no",
            "--high-priority=no", "--log-level=error", "-L",
            "module-native-protocol-unix socket=\(folder.path)/native auth-anonymous=1", "-L",
            "module-null-sink sink_name=speaker rate=22050 channels=1 norewinds=1", makes: "native")
        try start(
            "parec", "--raw", "--format=s16le", "--rate=22050", "--channels=1", "-d", "speaker.monitor", makes: "")
        try configure(daemon)
        try start(
            "speech-dispatcher", "-s", "-C", folder.path, "-c", "unix_socket", "-S", "\(folder.path)/socket", "-L",
            "\(folder.path)/log", "-P", "\(folder.path)/pid", "-t", "0", makes: "socket")
    }

    private func configure(_ daemon: RunningDaemon) throws {
        try folder.write(
            "speechd.conf",
            """
            LogLevel 3
            LogDir "\(folder.path)/log"
            DefaultVolume 100
            AudioOutputMethod "pulse"
            AddModule "hearsay" "\(RunningModule.path ?? "")" "hearsay.conf"
            DefaultModule hearsay
            DefaultLanguage "en"

            """.utf8)
        try folder.write("modules/hearsay.conf", "Socket \"\(daemon.socket)\"\n".utf8)
        try folder.write("clients/none.conf", "".utf8)
    }

    /// Starts a program and waits for the file that it makes.
    private func start(_ program: String, _ arguments: String..., makes name: String) throws {
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        let output = open("\(folder.path)/\(program).out", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { for descriptor in [nothing, output] { close(descriptor) } }
        children.append(
            try Child(
                [Self.find(program) ?? ""] + arguments, environment: environment, input: nothing, output: output,
                errors: nothing))
        for _ in 0..<600 where !folder.has(name) { usleep(100_000) }
    }

    deinit {
        for child in children.reversed() {
            child.send(SIGTERM)
            _ = child.wait()
        }
    }

    /// Runs `spd-say`; what it prints.
    func say(_ arguments: String...) throws -> String {
        let output = open("\(folder.path)/said", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { for descriptor in [output, nothing] { close(descriptor) } }
        let child = try Child(
            [Self.find("spd-say") ?? ""] + arguments, environment: environment, input: nothing, output: output,
            errors: output)
        let end = child.wait()
        let text = try folder.text("said")
        guard end == .exit(0) else { throw Failure(reason: text) }
        return text
    }

    /// How many samples that are not silence have left the loudspeaker.
    func heard() throws -> Int {
        // The recording is a little behind.
        usleep(500_000)
        return try folder.read("parec.out").withUnsafeBytes { bytes in
            bytes.bindMemory(to: Int16.self).count { $0.magnitude > 300 }
        }
    }
}
