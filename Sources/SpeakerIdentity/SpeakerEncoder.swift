internal import NeuralCodec
internal import Tensors
internal import WeightFiles

/// Tells voices apart: makes a ``SpeakerEmbedding`` of a recording. Immutable; any number of threads share one, and take
/// turns.
public final class SpeakerEncoder: Sendable {
    /// In Hz; the only rate that encoders here listen at.
    public static let sampleRate = 16_000
    /// Longest recording, in seconds.
    public static let longestRecording = 600

    /// How alike two voices must be to count as one.
    public struct Threshold: Sendable, Equatable {
        /// Holds for recordings that both have at least so much speech.
        public let seconds: Double
        /// The least cosine.
        public let similarity: Double
    }

    enum Network: Sendable {
        case own(SpeakerNetwork)
        case resemblyzer(ResemblyzerNetwork)
    }

    /// Names the encoder and its weights; embeddings of different ones cannot be compared.
    public let model: String
    /// Numbers in an embedding.
    public let dimension: Int
    /// Measured on speakers that training never heard: at most one in a thousand pairs of different people is as alike.
    /// In ascending order of seconds, and not empty.
    public let thresholds: [Threshold]

    let network: Network
    private let pool: ThreadPool

    /// Opens a folder with `speaker-encoder.json` and its weights, which stay mapped.
    ///
    /// - Parameter threads: that one recording is computed on.
    /// - Throws: `speaker.model_unreadable`, `speaker.model_invalid`.
    public static func open(_ folder: String, threads: Int = 1) throws(SpeakerIdentityError) -> SpeakerEncoder {
        try SpeakerEncoder(try EncoderFile.open(folder), threads: threads)
    }

    /// The encoder that comes with hearsay: `Models/speaker-encoder` in the first of `folders` that has it.
    ///
    /// - Throws: `speaker.model_unreadable` where none has it, and as ``open(_:threads:)`` does.
    public static func embedded(in folders: [String], threads: Int = 1) throws(SpeakerIdentityError) -> SpeakerEncoder {
        for folder in folders {
            let path = "\(folder)/Models/speaker-encoder"
            if EncoderFile.isThere(path) { return try open(path, threads: threads) }
        }
        throw SpeakerIdentityError(
            .modelUnreadable, "Models/speaker-encoder is in none of \(folders.joined(separator: ", "))")
    }

    private init(_ file: EncoderFile.Contents, threads: Int) throws(SpeakerIdentityError) {
        guard let pool = ThreadPool(threads: threads) else {
            throw SpeakerIdentityError(.modelUnreadable, "the system gives no threads for a speaker encoder")
        }
        do {
            let weights = NetworkWeights(file.weights)
            switch file.configuration.architecture {
            case .convNeXt:
                let network = try SpeakerNetwork(file.configuration, weights)
                dimension = network.dimension
                self.network = .own(network)
            case .resemblyzer:
                let network = try ResemblyzerNetwork(weights)
                dimension = network.dimension
                self.network = .resemblyzer(network)
            }
        } catch {
            throw SpeakerIdentityError(.modelInvalid, "\(file.weights.path) does not suit its network", cause: error)
        }
        model = "\(file.configuration.name)-\(file.digest)"
        thresholds = file.configuration.thresholds
        self.pool = pool
    }

    /// The voice in a recording.
    ///
    /// - Parameter samples: mono, 16 kHz, full scale ±1.
    /// - Throws: `speaker.audio_invalid`, `speaker.speech_too_short`, `speaker.memory_not_locked`.
    public func embed(_ samples: UnsafeBufferPointer<Float>) throws(SpeakerIdentityError) -> SpeakerEmbedding {
        try measure(samples).embedding()
    }

    /// Like the pointer form.
    public func embed(_ samples: [Float]) throws(SpeakerIdentityError) -> SpeakerEmbedding {
        try measure(samples).embedding()
    }

    /// The least similarity that counts as one voice, for recordings that both have so many seconds of speech.
    public func threshold(seconds: Double) -> Double {
        (thresholds.last { $0.seconds <= seconds } ?? thresholds[0]).similarity
    }

    /// ``threshold(seconds:)`` of six seconds: what a voice's consent asks for at least.
    public var threshold: Double { threshold(seconds: 6) }

    func measure(_ samples: [Float]) throws(SpeakerIdentityError) -> VoiceMeasure {
        let result: Result<VoiceMeasure, SpeakerIdentityError> = samples.withUnsafeBufferPointer { samples in
            Result { () throws(SpeakerIdentityError) in try measure(samples) }
        }
        return try result.get()
    }

    /// An embedding, and how much speech it is made of.
    func measure(_ samples: UnsafeBufferPointer<Float>) throws(SpeakerIdentityError) -> VoiceMeasure {
        guard samples.count <= Self.longestRecording * Self.sampleRate, Reduction.isFinite(samples) else {
            throw SpeakerIdentityError(
                .audioInvalid,
                "the recording of \(samples.count) samples is longer than \(Self.longestRecording) s or has samples that "
                    + "are no numbers")
        }
        let values = WipedBuffer(count: dimension)
        let seconds =
            switch network {
            case .own(let network): try network(samples, into: values.pointer, on: pool)
            case .resemblyzer(let network): try network(samples, into: values.pointer, on: pool)
            }
        let manner = WipedBuffer(count: VoiceManner.count)
        try VoiceManner.measure(samples, into: manner.pointer)
        return VoiceMeasure(values: values, manner: manner, model: model, seconds: seconds)
    }
}

/// What a network made of a recording, before it is an embedding.
struct VoiceMeasure {
    let values: WipedBuffer
    let manner: WipedBuffer
    let model: String
    /// Of speech.
    let seconds: Double

    func embedding() throws(SpeakerIdentityError) -> SpeakerEmbedding {
        try SpeakerEmbedding(
            UnsafeBufferPointer(start: values.pointer, count: values.count),
            manner: UnsafeBufferPointer(start: manner.pointer, count: manner.count), model: model)
    }
}
