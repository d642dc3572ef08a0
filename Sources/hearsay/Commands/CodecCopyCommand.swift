import ArgumentParser
import AudioIO
import NeuralCodec

/// `hearsay codec copy`
struct CodecCopyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: "Make a recording anew from its spectrum, without codes.",
        discussion: """
            What a vocoder makes of a recording's own features is the best that it can sound. It is that of a voice, or a \
            Vocos mel model (a folder with config.yaml and model.safetensors). \(CodecCommand.limit)
            """)

    @OptionGroup
    var codec: CodecArguments

    @Argument(help: ArgumentHelp("Any sound file.", valueName: "recording"), completion: .file())
    var input: String

    @Argument(
        help: ArgumentHelp("File for the sound: .wav, .flac, .opus or .ogg.", valueName: "copy"), completion: .file())
    var output: String

    @Option(parsing: .unconditional, help: "Seed of the noise in voiceless sounds; a Vocos model has none.")
    var seed: UInt64 = 0

    func run() throws {
        if let voice = codec.voice, Vocos.isModel(at: voice) {
            let model = try Vocos.open(voice, pool: try codec.pool())
            let samples = try CodecCommand.samples(of: input, sampleRate: model.sampleRate)
            var writer = try VocodedFile(output, sampleRate: model.sampleRate, samples: samples.count)
            try writer.write(samples.withUnsafeBufferPointer { model.features(of: $0) }, by: model)
        } else {
            let codec = try codec.open()
            let samples = try CodecCommand.samples(of: input, sampleRate: codec.sampleRate)
            var writer = try VocodedFile(output, sampleRate: codec.sampleRate, samples: samples.count)
            try writer.write(
                samples.withUnsafeBufferPointer { codec.features(of: $0) }, by: try codec.makeDecoder(seed: seed))
        }
    }
}

/// A recording that is made from features, piece by piece.
struct VocodedFile {
    private let writer: AudioFileWriter
    /// Samples that are still to be written; a last frame may have more.
    private var left: Int

    private static let piece = 1_024

    init(_ path: String, sampleRate: Int, samples: Int) throws {
        writer = try AudioFileWriter(path: path, sampleRate: sampleRate)
        left = samples
    }

    /// Writes all that `decoder` makes of `features`, and finishes the file.
    mutating func write(_ features: CodecFeatures, by decoder: CodecDecoderStream) throws {
        let piece = Self.piece * features.width
        for start in stride(from: 0, to: features.values.count, by: piece) {
            var samples: [Float] = []
            let values = Array(features.values[start..<min(start + piece, features.values.count)])
            try decoder.append(CodecFeatures(melBins: features.melBins, values: values), into: &samples)
            try write(samples)
        }
        var samples: [Float] = []
        decoder.finish(into: &samples)
        try write(samples)
        try writer.finish()
    }

    /// Writes all that `model` makes of log-mel frames, and finishes the file.
    mutating func write(_ mel: [Float], by model: Vocos) throws {
        let stream = try model.makeDecoder()
        let frames = mel.count / model.melBins
        for start in stride(from: 0, to: frames, by: Self.piece) {
            var samples: [Float] = []
            let count = min(Self.piece, frames - start)
            mel[(start * model.melBins)..<((start + count) * model.melBins)].withUnsafeBufferPointer { mel in
                guard let base = mel.baseAddress else { return }
                stream.append(base, frames: count, into: &samples)
            }
            try write(samples)
        }
        var samples: [Float] = []
        stream.finish(into: &samples)
        try write(samples)
        try writer.finish()
    }

    private mutating func write(_ samples: [Float]) throws {
        if HearsayCommand.interruption.isRequested { throw CancellationError() }
        let part = samples.prefix(left)
        left -= part.count
        try part.withUnsafeBufferPointer { try writer.write($0) }
    }
}
