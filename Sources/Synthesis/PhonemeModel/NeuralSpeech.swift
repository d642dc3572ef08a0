internal import NeuralCodec

/// One sentence of a neural voice on its way to sound.
final class NeuralSpeech: SpeechProducer {
    let marks: [SpeechMark]
    private let features: FeatureStream
    private let decoder: CodecDecoderStream
    private let gain: GainCurve
    private var samplesGiven = 0
    private var hasStarted = false
    private var hasEnded = false

    /// Frames in a piece: the first is small, for sound as early as can be (what the networks look ahead must have
    /// passed before any comes out), the others keep the products efficient.
    private static let firstPiece = 56
    private static let piece = 128

    init(_ features: FeatureStream, decoder: CodecDecoderStream, gain: GainCurve, marks: [SpeechMark]) {
        self.features = features
        self.decoder = decoder
        self.gain = gain
        self.marks = marks
    }

    func next(into samples: inout [Float]) throws(SynthesisError) -> Bool {
        let start = samples.count
        while samples.count == start {
            guard !hasEnded else { return false }
            if let piece = features.next(frames: hasStarted ? Self.piece : Self.firstPiece) {
                hasStarted = true
                do {
                    try decoder.append(piece, into: &samples)
                } catch {
                    throw SynthesisError(.voiceConfigurationInvalid, "the voice does not suit its codec", cause: error)
                }
            } else {
                decoder.finish(into: &samples)
                hasEnded = true
            }
        }
        gain.apply(to: &samples, from: start, position: samplesGiven)
        samplesGiven += samples.count - start
        return true
    }
}

/// A factor for each sample, given per frame and interpolated between the frames' centres.
struct GainCurve {
    /// Nil when all frames have the same.
    private let frames: [Float]?
    private let constant: Float
    private let hopLength: Int

    init(_ plan: ProsodyPlan, hopLength: Int) {
        self.hopLength = hopLength
        constant = plan.gain.first ?? 1
        guard plan.gain.contains(where: { $0 != plan.gain.first }) else {
            frames = nil
            return
        }
        var frames: [Float] = []
        frames.reserveCapacity(plan.frames)
        for (index, gain) in plan.gain.enumerated() {
            frames.append(contentsOf: repeatElement(gain, count: plan.silence[index] + plan.durations[index]))
        }
        self.frames = frames
    }

    /// Scales `samples[start...]`, the first of which is sample `position` of the sentence.
    func apply(to samples: inout [Float], from start: Int, position: Int) {
        guard let frames, let last = frames.last else {
            guard constant != 1 else { return }
            for index in start..<samples.count { samples[index] *= constant }
            return
        }
        for index in start..<samples.count {
            let sample = position + index - start
            let frame = sample / hopLength
            let (a, b) = (
                frame < frames.count ? frames[frame] : last, frame + 1 < frames.count ? frames[frame + 1] : last
            )
            samples[index] *= a + (b - a) * Float(sample % hopLength) / Float(hopLength)
        }
    }
}
