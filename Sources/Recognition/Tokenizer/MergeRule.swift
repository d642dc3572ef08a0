/// The merges of a byte-pair encoding as written, in order of priority.
struct MergeList {
    /// The bytes of all parts, one after the other.
    var bytes: [UInt8] = []
    /// Where the left and the right part of each merge end in `bytes`.
    private var ends: [(left: UInt32, right: UInt32)] = []

    var count: Int { ends.count }

    /// - Parameter sizeHint: bytes that the parts will about take together.
    init(sizeHint: Int = 0) {
        bytes.reserveCapacity(sizeHint)
        ends.reserveCapacity(sizeHint / 8)
    }

    /// Adds a merge whose parts were appended to `bytes`, the left one up to `leftEnd`.
    mutating func add(leftEnd: Int) {
        ends.append((UInt32(truncatingIfNeeded: leftEnd), UInt32(truncatingIfNeeded: bytes.count)))
    }

    /// Where the left part, the right part and both together lie in `bytes`.
    func ranges(_ merge: Int) -> (left: Range<Int>, right: Range<Int>, both: Range<Int>) {
        let start = merge == 0 ? 0 : Int(ends[merge - 1].right)
        let (left, right) = (Int(ends[merge].left), Int(ends[merge].right))
        return (start..<left, left..<right, start..<right)
    }
}

/// Which two neighbouring tokens become one, and which pair goes first.
enum MergeRule: Sendable {
    /// Any pair whose bytes together are a token; the lowest id goes first. This is tiktoken's rule, and so OpenAI's.
    case tokenID
    /// The pairs of a list, in its order. If `wholeWordsFirst`, a word that is a token is not looked at further
    /// (`ignore_merges` in `tokenizer.json`).
    case listed(MergeTable, wholeWordsFirst: Bool)

    /// The rule that a list of merges amounts to.
    ///
    /// Where the tokens are the single bytes and then the results of the merges in their order, the ids are the ranks,
    /// and the list says nothing that the vocabulary does not; that is so in all of OpenAI's vocabularies. The table
    /// of pairs, which takes as long to build as the whole file takes to read, is only built for other vocabularies.
    ///
    /// - Throws: `tokenizer.merge_invalid` for a merge of, or to, something that is no token.
    init(
        _ merges: MergeList, wholeWordsFirst: Bool, tokens: TokenTable, index: TokenIndex, file: String
    ) throws(RecognitionError) {
        if Self.idsAreRanks(merges, tokens: tokens, index: index) {
            self = .tokenID
        } else {
            self = .listed(
                try MergeTable(merges, tokens: tokens, index: index, file: file), wholeWordsFirst: wholeWordsFirst)
        }
    }

    private static func idsAreRanks(_ merges: MergeList, tokens: TokenTable, index: TokenIndex) -> Bool {
        guard merges.count > 0 else { return true }
        let first = merges.bytes.withUnsafeBytes { bytes in
            index.id(of: UnsafeRawBufferPointer(rebasing: bytes[merges.ranges(0).both]), in: tokens)
        }
        guard let first, index.count == 256 + merges.count else { return false }
        for id in 0..<first where !tokens.isSpecial[id] && tokens[id].count > 1 { return false }
        return (0..<merges.count).allSatisfy { merge in
            first + merge < tokens.count && !tokens.isSpecial[first + merge]
                && tokens[first + merge] == merges.bytes[merges.ranges(merge).both]
        }
    }
}

/// Finds the merge of two tokens: a hash table with open addressing.
struct MergeTable: Sendable {
    private struct Merge {
        var left: Int32
        var right: Int32
        var result: Int32
    }

    private let merges: [Merge]
    /// Rank + 1 of the merge in each slot; 0 where there is none.
    private var slots: [UInt32]

    init(
        _ list: MergeList, tokens: TokenTable, index: TokenIndex, file: String
    ) throws(RecognitionError) {
        var merges: [Merge] = []
        merges.reserveCapacity(list.count)
        for rank in 0..<list.count {
            let (left, right, both) = list.ranges(rank)
            func id(_ range: Range<Int>) throws(RecognitionError) -> Int32 {
                let id = list.bytes.withUnsafeBytes { bytes in
                    index.id(of: UnsafeRawBufferPointer(rebasing: bytes[range]), in: tokens)
                }
                if let id { return Int32(truncatingIfNeeded: id) }
                let text = String(decoding: list.bytes[range].prefix(60), as: UTF8.self)
                throw RecognitionError(
                    .mergeInvalid, "\(file): merges[\(rank)]: \"\(text)\" is not in the vocabulary")
            }
            merges.append(Merge(left: try id(left), right: try id(right), result: try id(both)))
        }
        var capacity = 16
        while capacity < list.count * 2 { capacity *= 2 }
        self.merges = merges
        slots = [UInt32](repeating: 0, count: capacity)
        for (rank, merge) in merges.enumerated() {
            let slot = slot(left: merge.left, right: merge.right)
            if slots[slot] != 0 {
                throw RecognitionError(
                    .mergeInvalid, "\(file): merges[\(rank)] stands already at \(slots[slot] - 1)")
            }
            slots[slot] = UInt32(rank) + 1
        }
    }

    /// Rank and result of the merge of two tokens; nil if they do not merge.
    func merge(left: Int32, right: Int32) -> (rank: UInt32, result: Int32)? {
        let entry = slots[slot(left: left, right: right)]
        return entry == 0 ? nil : (entry - 1, merges[Int(entry) - 1].result)
    }

    private func slot(left: Int32, right: Int32) -> Int {
        var hasher = Hasher()
        hasher.combine(left)
        hasher.combine(right)
        var slot = hasher.finalize() & (slots.count - 1)
        while slots[slot] != 0 {
            let merge = merges[Int(slots[slot]) - 1]
            if merge.left == left, merge.right == right { return slot }
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }
}
