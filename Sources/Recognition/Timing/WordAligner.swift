/// Finds when each word of a window was said, from cross-attention and dynamic time warping.
///
/// Behaves as the reference's `find_alignment`: one pass over the start sequence, `<|notimestamps|>`, the text and
/// `<|endoftext|>`; the path through the alignment matrix says at which position each token begins.
struct WordAligner: Sendable {
    /// Audio positions per second of the encoder's output.
    static let positionsPerSecond = 50.0

    /// Tokens before the text: start sequence and `<|notimestamps|>`.
    let opening: [Int]
    let endOfText: Int

    init(vocabulary: some DecodingVocabulary, language: String, task: TranscriptionTask) throws(RecognitionError) {
        opening =
            try vocabulary.startSequence(language: language, task: task) + [vocabulary.special.noTimestamps]
        endOfText = vocabulary.special.endOfText
    }

    /// What the decoder is to be run on. Text that the context does not hold is cut off and gets no times.
    func sequence(for textTokens: [Int], textContext: Int) -> [Int] {
        opening + textTokens.prefix(max(0, textContext - opening.count - 1)) + [endOfText]
    }

    /// Times of the words.
    ///
    /// - Parameters:
    ///   - words: the text and `<|endoftext|>` split into words, with their tokens.
    ///   - pass: the decoder's pass over `sequence(for:textContext:)`.
    ///   - frames: mel frames of audio in the window.
    func timings(
        words: (words: [String], tokens: [[Int]]), pass: AlignmentPass, frames: Int
    ) -> [WordTiming] {
        let matrix = AlignmentMatrix(pass, positions: frames / 2)
        // The row of `<|notimestamps|>` stands for what is before the first word; that of `<|endoftext|>` is left out.
        let firstRow = opening.count - 1
        let rowCount = matrix.tokens - firstRow - 1
        guard words.tokens.count > 1, rowCount > 0, matrix.positions > 0 else { return [] }
        let rows = matrix.values[firstRow * matrix.positions..<(firstRow + rowCount) * matrix.positions]
        let path = DynamicTimeWarping.path(
            cost: rows.map { -$0 }, rowCount: rowCount, columnCount: matrix.positions)
        let begins = beginnings(path, rowCount)
        var timings: [WordTiming] = []
        var first = 0
        for (word, tokens) in zip(words.words, words.tokens).dropLast() {
            let last = first + tokens.count
            guard last < begins.count else { break }
            let probabilities = pass.nextTokenProbabilities[firstRow + first..<firstRow + last]
            timings.append(
                WordTiming(
                    word: word, tokens: tokens, start: begins[first], end: begins[last],
                    probability: probabilities.reduce(0.0) { $0 + Double($1) } / Double(tokens.count)))
            first = last
        }
        return timings
    }

    /// Seconds at which the path enters each row.
    private func beginnings(_ path: DynamicTimeWarping.Path, _ rowCount: Int) -> [Double] {
        var begins: [Double] = []
        begins.reserveCapacity(rowCount)
        for (row, column) in zip(path.rows, path.columns) where row == begins.count {
            begins.append(Double(column) / Self.positionsPerSecond)
        }
        return begins
    }
}
