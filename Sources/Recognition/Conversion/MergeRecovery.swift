/// Finds the merges that a byte-pair vocabulary was made with, from its tokens alone.
///
/// Where ids are ranks, a token was made by joining the last two parts that remain when its bytes are merged with the
/// tokens before it. Files of tiktoken and whisper.cpp hold such vocabularies without their merges.
struct MergeRecovery {
    private let tokens: TokenTable
    private let index: TokenIndex

    init(_ tokens: TokenTable, _ index: TokenIndex) {
        self.tokens = tokens
        self.index = index
    }

    /// The two parts of token `id`; nil for a single byte, and for a token that no merge makes.
    func parts(of id: Int) -> (left: ArraySlice<UInt8>, right: ArraySlice<UInt8>)? {
        let token = tokens[id]
        guard token.count > 1 else { return nil }
        var ends = Array(token.indices.map { $0 + 1 })
        while ends.count > 2 {
            guard let pair = lowestPair(token, ends, below: id) else { return nil }
            ends.remove(at: pair)
        }
        return (token[..<ends[0]], token[ends[0]...])
    }

    /// The pair of neighbouring parts that make the lowest token below `limit`.
    private func lowestPair(_ token: ArraySlice<UInt8>, _ ends: [Int], below limit: Int) -> Int? {
        var best: (pair: Int, id: Int)?
        for pair in 0..<(ends.count - 1) {
            let start = pair == 0 ? token.startIndex : ends[pair - 1]
            let id = token[start..<ends[pair + 1]].withUnsafeBytes { index.id(of: $0, in: tokens) }
            if let id, id < limit, id < best?.id ?? limit { best = (pair, id) }
        }
        return best?.pair
    }
}
