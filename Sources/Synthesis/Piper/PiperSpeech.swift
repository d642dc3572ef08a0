import Tensors

/// One sentence of a Piper voice on its way to sound: its latent frames are known, and become samples piece by piece.
final class PiperSpeech: SpeechProducer {
    let marks: [SpeechMark]
    private var work: (latents: VITS.Latents, stream: HiFiGANStream, channels: Int, timeline: PiperTimeline)?
    private var nextFrame = 0
    private var samplesGiven = 0
    private var isOver = false

    /// Frames in a piece: the first is small, for sound as early as can be (about 13 frames wait for what follows
    /// them), the others keep the products efficient and yet what is at work within the cache.
    private static let firstPiece = 32
    private static let piece = 48

    init(_ latents: VITS.Latents, _ stream: HiFiGANStream, channels: Int, timeline: PiperTimeline) {
        work = (latents, stream, channels, timeline)
        marks = timeline.marks
    }

    /// A sentence without a phoneme that the voice knows.
    init() {
        work = nil
        marks = []
    }

    func next(into samples: inout [Float]) throws(SynthesisError) -> Bool {
        guard let work, !isOver else { return false }
        var sound: [Float] = []
        while sound.isEmpty, nextFrame < work.latents.count {
            let count = min(nextFrame == 0 ? Self.firstPiece : Self.piece, work.latents.count - nextFrame)
            work.stream.append(work.latents.frames.pointer + nextFrame * work.channels, count: count, into: &sound)
            nextFrame += count
        }
        if nextFrame == work.latents.count {
            work.stream.finish(into: &sound)
            isOver = true
        }
        self.work?.timeline.append(sound, position: samplesGiven, to: &samples)
        samplesGiven += sound.count
        if isOver { work.timeline.end(position: samplesGiven, into: &samples) }
        return true
    }
}
