/// The decoder as the search sees it: a set of token sequences, each on an audio window, that grows by one token per
/// step. Keys, values and encoder output stay behind this protocol.
///
/// One object serves one thread. The buffers that it hands out belong to it.
package protocol DecoderInference: AnyObject {
    /// Length of every logits row.
    var vocabularySize: Int { get }

    /// Forgets all sequences, then runs each prompt on its window; sequence `i` is `starts[i]`.
    func begin(_ starts: [SequenceStart]) throws(RecognitionError)

    /// Appends `tokens[i]` to sequence `i`.
    func step(_ tokens: [Int]) throws(RecognitionError)

    /// Sequence `i` of the new set continues sequence `parents[i]` of the old one; the count may change, which is how
    /// sequences fork and how finished ones leave.
    func select(_ parents: [Int])

    /// Logits `[vocabularySize]` of the last position of a sequence. The caller may change them in place; they are
    /// valid until the next call of `begin`, `step` or `select`.
    func logits(of sequence: Int) -> UnsafeMutableBufferPointer<Float>

    /// Logits `[vocabularySize]` at the sequence's `probePosition`; only between `begin` and the next call of `begin`,
    /// `step` or `select`, and nil if no position was asked for.
    func probeLogits(of sequence: Int) -> UnsafeMutableBufferPointer<Float>?

    /// What the model's spelling head heard in a window; nil where the model has none.
    func spelling(of window: Int) -> Spelling?

    /// One pass over all of `tokens` for word timestamps; the sequences of the search are forgotten.
    func align(window: Int, tokens: [Int]) throws(RecognitionError) -> AlignmentPass
}

extension DecoderInference {
    package func spelling(of window: Int) -> Spelling? { nil }
}

/// A sequence at its start: the prompt that it begins with and the window that it listens to.
package struct SequenceStart: Sendable, Equatable {
    /// Index of the encoded window.
    package var window: Int
    /// Everything before the first sampled token; never empty.
    package var tokens: [Int]
    /// Position in `tokens` whose logits are kept as well (no-speech probability at `<|startoftranscript|>`).
    package var probePosition: Int?

    package init(window: Int, tokens: [Int], probePosition: Int? = nil) {
        self.window = window
        self.tokens = tokens
        self.probePosition = probePosition
    }
}

/// What word alignment needs from one pass over a whole token sequence.
package struct AlignmentPass: Sendable {
    /// Number of alignment heads.
    package var heads: Int
    /// Number of tokens that were run.
    package var tokens: Int
    /// Number of audio positions (20 ms each).
    package var positions: Int
    /// Scaled query·key scores before softmax, `[heads, tokens, positions]`.
    package var scores: [Float]
    /// For each `i`, the probability of `tokens[i + 1]` given `tokens[0...i]`, by softmax over ids below
    /// `<|endoftext|>`; count is `tokens - 1`. Entries whose next token is not text are unspecified.
    package var nextTokenProbabilities: [Float]
}
