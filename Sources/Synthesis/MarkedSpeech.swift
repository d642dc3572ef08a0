internal import Watermark

/// A sentence whose sound is marked once it is there.
final class MarkedSpeech: SpeechProducer {
    private let speech: any SpeechProducer
    private let stage: WatermarkStage
    private var plain: [Float] = []
    private var isOver = false

    init(_ speech: any SpeechProducer, _ stage: WatermarkStage) {
        self.speech = speech
        self.stage = stage
    }

    var marks: [SpeechMark] { speech.marks }

    func next(into samples: inout [Float]) throws(SynthesisError) -> Bool {
        guard !isOver else { return false }
        plain.removeAll(keepingCapacity: true)
        if try speech.next(into: &plain) {
            plain.withUnsafeBufferPointer { stage.append($0, into: &samples) }
        } else {
            stage.finish(into: &samples)
            isOver = true
        }
        return true
    }
}
