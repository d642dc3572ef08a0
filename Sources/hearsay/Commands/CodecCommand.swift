import ArgumentParser
import AudioCore
import AudioIO
import Glibc
import ModelStore
import NeuralCodec
import Tensors

/// `hearsay codec`: recordings through the neural codec, so that it can be judged by ear and by measure.
struct CodecCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codec",
        abstract: "Code recordings of speech with a voice's neural codec, and decode them.",
        subcommands: [CodecEncodeCommand.self, CodecDecodeCommand.self, CodecCopyCommand.self])

    /// Longest recording in seconds; it is coded and decoded as a whole.
    static let longest = 3_600.0
    /// ``longest`` for people.
    static let limit = "A recording may last an hour."

    /// All samples of a recording.
    ///
    /// - Throws: `AudioError`, `CancellationError`.
    static func samples(of path: String, sampleRate: Int) throws -> [Float] {
        let reader = try AudioFile.open(path, maximumSeconds: longest)
        let stream = try MonoStream(reader, sampleRate: sampleRate)
        var samples: [Float] = []
        var block = [Float](repeating: 0, count: 1 << 16)
        while true {
            let count = try block.withUnsafeMutableBufferPointer { try stream.read(into: $0) }
            guard count > 0 else { return samples }
            samples += block[..<count]
            if HearsayCommand.interruption.isRequested { throw CancellationError() }
        }
    }
}

/// Which codec is meant.
struct CodecArguments: ParsableArguments {
    @Option(
        name: [.customShort("v"), .long],
        help: ArgumentHelp(
            "A voice with its codec: a folder, a codec's file, or the name of an installed voice.",
            valueName: "name|path"), completion: .file())
    var voice: String?

    @Option(parsing: .unconditional, help: "Threads for the computation; as many as processors without it.")
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 … 1024") }
    }

    func pool() throws -> ThreadPool {
        guard let pool = ThreadPool(threads: threads ?? ThreadPool.availableProcessors) else {
            throw Failure(.failure, code: "speech.no_threads", "the system gave no threads to compute with")
        }
        return pool
    }

    func open() throws -> NeuralCodec {
        let pool = try pool()
        if let voice, Vocos.isModel(at: voice) {
            throw Failure(
                .model, code: "codec.part_missing",
                "\(voice) is a Vocos model, which has no codes; 'hearsay codec copy' takes it")
        }
        if let voice, VoiceLibrary.voice(at: voice) == nil, Self.isPath(voice) {
            return try NeuralCodec.open(voice, pool: pool)
        }
        let installed = try VoicesCommand.library.resolve(voice)
        guard installed.form == .neural else {
            throw Failure(
                .model, code: "codec.part_missing",
                "\(installed.path) is a voice of Piper's, which has no codec; name a voice of hearsay's with --voice")
        }
        return try NeuralCodec.open(installed.path, pool: pool)
    }

    /// Whether `name` is a place and no installed voice's name.
    private static func isPath(_ name: String) -> Bool {
        name.contains("/") || name.hasSuffix(".safetensors") || name.hasSuffix(".json")
            || access("\(name)/codec.json", F_OK) == 0
    }
}

/// `hearsay codec encode`
struct CodecEncodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode", abstract: "Turn a recording of speech into codes.", discussion: CodecCommand.limit)

    @OptionGroup
    var codec: CodecArguments

    @Argument(help: ArgumentHelp("Any sound file.", valueName: "recording"), completion: .file())
    var input: String

    @Argument(help: ArgumentHelp("File for the codes.", valueName: "codes"), completion: .file())
    var output: String

    func run() throws {
        let codec = try codec.open()
        let samples = try CodecCommand.samples(of: input, sampleRate: codec.sampleRate)
        let codes = try codec.encode(samples.withUnsafeBufferPointer { codec.features(of: $0) })
        let file = try CodecStreamFile(codes, samples: samples.count, codec: codec)
        try file.write(output)
        let bits = Int(file.bitRate.rounded())
        let seconds = (100 * Double(samples.count) / Double(codec.sampleRate)).rounded() / 100
        Message.note("\(output): \(seconds) s at \(bits) bit/s")
    }
}

/// `hearsay codec decode`
struct CodecDecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode", abstract: "Turn codes back into a recording.", discussion: CodecCommand.limit)

    @OptionGroup
    var codec: CodecArguments

    @Argument(help: ArgumentHelp("A file that `codec encode` wrote.", valueName: "codes"), completion: .file())
    var input: String

    @Argument(
        help: ArgumentHelp("File for the sound: .wav, .flac, .opus or .ogg.", valueName: "recording"),
        completion: .file())
    var output: String

    @Option(parsing: .unconditional, help: "Seed of the noise in voiceless sounds.")
    var seed: UInt64 = 0

    func run() throws {
        let codec = try codec.open()
        let file = try CodecStreamFile.read(input)
        guard file.suits(codec) else {
            throw Failure(
                .audio, code: "codec.stream_foreign",
                "\(input) was written by another codec: name the voice that it was encoded with")
        }
        guard Double(file.samples) <= CodecCommand.longest * Double(codec.sampleRate) else {
            let limit = Int(CodecCommand.longest)
            throw Failure(
                .audio, code: "codec.stream_too_long",
                "\(input) holds more than the \(limit) seconds that are decoded at once")
        }
        var writer = try VocodedFile(output, sampleRate: codec.sampleRate, samples: file.samples)
        try writer.write(try codec.decode(file.codes), by: try codec.makeDecoder(seed: seed))
    }
}
