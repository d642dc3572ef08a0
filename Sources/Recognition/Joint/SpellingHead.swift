internal import Glibc
internal import Tensors

/// A linear layer on the encoder's output that spells what is said, letter by letter: connectionist temporal
/// classification over a blank and an alphabet.
///
/// Whisper's architecture does not have it; models trained by Training/recognition do. Source: Graves et al.,
/// "Connectionist temporal classification" (2006).
struct SpellingHead: Sendable {
    static let weightName = "spelling_head"

    private let layer: Linear
    /// Class of each letter, 1…; 0 is the blank.
    private let classes: [Unicode.Scalar: UInt8]
    /// The class of a space between words.
    let space: UInt8?

    /// - Parameter letters: the letters of the classes after the blank.
    /// - Throws: `model.tensor_invalid`, `model.configuration_invalid`.
    init(_ weights: WeightCatalogue, width: Int, letters: String) throws(RecognitionError) {
        var classes: [Unicode.Scalar: UInt8] = [:]
        for (index, letter) in letters.unicodeScalars.enumerated() where index < 255 {
            classes[letter] = UInt8(index + 1)
        }
        guard !classes.isEmpty, classes.count == letters.unicodeScalars.count else {
            throw RecognitionError(
                .modelConfigurationInvalid, "the letters \"\(letters)\" of the spelling head must be 1 to 254 different"
            )
        }
        layer = try weights.linear(Self.weightName, inputs: width, outputs: classes.count + 1)
        self.classes = classes
        space = classes[" "]
    }

    /// Spells one window.
    ///
    /// - Parameter features: the encoder's output `[positions, width]`.
    func spell(_ features: UnsafePointer<Float>, positions: Int, on pool: ThreadPool) -> Spelling {
        let width = layer.outputs
        let logits = FloatBuffer(count: positions * width)
        layer(features, rows: positions, into: logits.pointer, on: pool)
        var values = [Float](repeating: 0, count: positions * width)
        for position in 0..<positions {
            let row = UnsafeBufferPointer(start: logits.pointer + position * width, count: width)
            let normalizer = Reduction.logSumExp(row)
            for index in 0..<width { values[position * width + index] = row[index] - normalizer }
        }
        return Spelling(width: width, logProbabilities: values)
    }

    /// The classes of a token's letters; nil stands for anything else, which separates words.
    func classes(of text: String) -> [UInt8?] {
        text.unicodeScalars.flatMap { String($0).lowercased().unicodeScalars }.map {
            let found = classes[$0]
            return found == space ? nil : found
        }
    }
}

/// What a window spells: log-probabilities of blank and letters at each position.
package struct Spelling: Sendable {
    /// The blank and the letters.
    let width: Int
    /// `[positions, width]`, lowered at each position by the largest one: how far each is behind the best.
    let behind: [Float]
    /// Sum of the largest log-probabilities of the positions before each, and of all.
    let best: [Float]

    var positions: Int { best.count - 1 }

    init(width: Int, logProbabilities: [Float]) {
        self.width = width
        var (behind, best) = (logProbabilities, [Float(0)])
        for start in stride(from: 0, to: behind.count, by: width) {
            let largest = behind[start..<start + width].max() ?? 0
            for index in start..<start + width { behind[index] -= largest }
            best.append((best.last ?? 0) + largest)
        }
        self.behind = behind
        self.best = best
    }
}
