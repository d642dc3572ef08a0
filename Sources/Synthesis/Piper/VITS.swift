import Glibc
import ONNXFiles
import Tensors

/// A VITS network (Kim, Kong, Son 2021) as Piper trains it, ready to speak. Immutable.
struct VITS: Sendable {
    /// How much is left to chance and how fast the speech is.
    struct Scales: Sendable, Equatable {
        /// Of the latent frames.
        var noise: Float
        /// Of the durations.
        var durationNoise: Float
    }

    /// Latent frames of one utterance, and the sound's time line.
    struct Latents {
        /// `[count, channels]`
        let frames: FloatBuffer
        let count: Int
        /// Frames of each phoneme.
        let durations: [Int]
    }

    /// Number of phonemes that one utterance may have: scores of attention grow with its square.
    static let maximumPhonemes = 4096

    /// Numbers in the largest of the buffers for one utterance's frames.
    private static let maximumBuffer = 1 << 25

    let encoder: VITSTextEncoder
    let durations: VITSDurationPredictor
    let flow: ResidualCouplingFlow
    let generator: HiFiGANGenerator
    /// `[speakers, width]`; nil for a voice of one speaker.
    private let speakerEmbedding: (width: Int, values: [Float])?

    var vocabulary: Int { encoder.vocabulary }
    var speakers: Int { speakerEmbedding.map { $0.values.count / $0.width } ?? 1 }

    init(model: ONNXModel) throws(SynthesisError) {
        let parameters = try VITSParameters(model: model)
        encoder = try VITSTextEncoder(parameters)
        if parameters.has(tensor: "emb_g.weight") {
            let (shape, values) = try parameters.tensor("emb_g.weight")
            guard shape.count == 2, (1...65536).contains(shape[0]), (1...4096).contains(shape[1]) else {
                throw SynthesisError(.voiceTensorInvalid, "emb_g has an impossible shape, \(shape)")
            }
            speakerEmbedding = (shape[1], values)
        } else {
            speakerEmbedding = nil
        }
        let width = speakerEmbedding?.width
        durations = try VITSDurationPredictor(parameters, inputs: encoder.channels, speakerChannels: width)
        flow = try ResidualCouplingFlow(parameters, channels: encoder.latents, speakerChannels: width)
        generator = try HiFiGANGenerator(parameters, latents: encoder.latents, speakerChannels: width)
    }

    /// The embedding of speaker `number`, or nil when the voice has only one.
    func speaker(_ number: Int) -> [Float]? {
        speakerEmbedding.map { Array($0.values[(number * $0.width)..<((number + 1) * $0.width)]) }
    }

    /// Throws ``SynthesisError/Code/sentenceTooLong``.
    static func checkLength(_ phonemes: Int) throws(SynthesisError) {
        guard phonemes <= maximumPhonemes else {
            throw SynthesisError(
                .sentenceTooLong, "the sentence has \(phonemes) phonemes; \(maximumPhonemes) are possible")
        }
    }

    /// The prior's frames, moved through the flow.
    ///
    /// - Parameters:
    ///   - ids: phonemes, each below ``vocabulary``.
    ///   - lengthScales: factor of each phoneme's duration.
    ///   - maximumFrames: what the utterance may become.
    ///   - durationNoise: `[2, phonemes]`, already scaled.
    ///   - noise: writes `[frames, channels]` of noise, already scaled.
    /// - Throws: ``SynthesisError/Code/sentenceTooLong``.
    func latents(
        _ ids: [Int], lengthScales: [Float], speaker: [Float]?, maximumFrames: Int, durationNoise: [Float],
        noise: (UnsafeMutableBufferPointer<Float>) -> Void, on pool: ThreadPool
    ) throws(SynthesisError) -> Latents {
        try Self.checkLength(ids.count)
        let encoded = encoder(ids, on: pool)
        let logarithms = durations(
            encoded.hidden.pointer, phonemes: ids.count, noise: durationNoise, speaker: speaker, on: pool)
        let frames = try Self.frames(
            logarithms, lengthScales, maximum: min(maximumFrames, Self.maximumBuffer / flow.widest))
        let count = frames.reduce(0, +)
        let channels = encoder.latents
        let latents = FloatBuffer(count: count * channels)
        noise(latents.elements)
        var frame = 0
        for (phoneme, repeats) in frames.enumerated() {
            let means = encoded.statistics.pointer + phoneme * 2 * channels
            let deviations = (0..<channels).map { expf(means[channels + $0]) }
            for _ in 0..<repeats {
                let row = latents.pointer + frame * channels
                for channel in 0..<channels { row[channel] = means[channel] + row[channel] * deviations[channel] }
                frame += 1
            }
        }
        flow(latents.pointer, count: count, speaker: speaker, on: pool)
        return Latents(frames: latents, count: count, durations: frames)
    }

    /// Whole frames of each phoneme: what lies between two frames is rounded up, and something is always said.
    private static func frames(
        _ logarithms: [Float], _ lengthScales: [Float], maximum: Int
    ) throws(SynthesisError) -> [Int] {
        var total = 0
        var frames: [Int] = []
        for (logarithm, scale) in zip(logarithms, lengthScales) {
            let duration = (expf(logarithm) * scale).rounded(.up)
            // The comparison also fails for NaN.
            guard duration >= 0, duration <= Float(maximum - total) else {
                throw SynthesisError(
                    .sentenceTooLong,
                    "a sentence of \(logarithms.count) phonemes would be longer than \(maximum) frames")
            }
            frames.append(Int(duration))
            total += Int(duration)
        }
        if total == 0, !frames.isEmpty { frames[0] = 1 }
        return frames
    }
}
