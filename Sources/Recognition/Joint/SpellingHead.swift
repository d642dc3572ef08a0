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

    /// - Throws: `model.tensor_invalid` where the weights have no such layer for the alphabet.
    init(_ weights: WeightCatalogue, width: Int, alphabet: SpellingAlphabet) throws(RecognitionError) {
        layer = try weights.linear(Self.weightName, inputs: width, outputs: alphabet.count)
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
