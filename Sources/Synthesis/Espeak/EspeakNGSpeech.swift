import Phonemes

/// One sentence of espeak-ng's on its way: asked for when the first chunk is, and handed out piece by piece.
final class EspeakNGSpeech: SpeechProducer {
    private(set) var marks: [SpeechMark] = []
    private let sentence: SpokenSentence
    private let factor: Float
    private let speak: () throws(SynthesisError) -> [Int16]
    private var sound: [Int16]?
    private var given = 0

    /// Samples in a piece.
    private static let piece = 4_096

    /// - Parameters:
    ///   - factor: of the amplitude.
    ///   - speak: makes the sentence's samples.
    init(_ sentence: SpokenSentence, factor: Float, speak: @escaping () throws(SynthesisError) -> [Int16]) {
        self.sentence = sentence
        self.factor = factor
        self.speak = speak
    }

    func next(into samples: inout [Float]) throws(SynthesisError) -> Bool {
        let sound = try spoken()
        guard given < sound.count else { return false }
        let piece = sound[given...].prefix(Self.piece)
        samples.reserveCapacity(samples.count + piece.count)
        for sample in piece { samples.append(Float(sample) / 32_768 * factor) }
        given += piece.count
        return true
    }

    private func spoken() throws(SynthesisError) -> [Int16] {
        if let sound { return sound }
        let new = sentence.phonemes.contains(where: \.isSpoken) ? try speak() : []
        sound = new
        marks = sentence.marks.map { mark in
            SpeechMark(name: mark.name, sample: new.count * mark.phonemeIndex / max(1, sentence.phonemes.count))
        }
        return new
    }
}
