/// Turns text into tokens: cuts it into words and merges the bytes of each word pair by pair.
///
/// A word of n bytes takes O(n log n) time, however long it is. Bytes for which the vocabulary has no token are left
/// out, as Hugging Face's tokenizers do when there is no unknown token.
struct BytePairEncoder: Sendable {
    let tokens: TokenTable
    private let index: TokenIndex
    let rule: MergeRule

    init(tokens: TokenTable, index: TokenIndex, rule: MergeRule) {
        self.tokens = tokens
        self.index = index
        self.rule = rule
    }

    /// Tokens of a text, special tokens not being recognised.
    func encode(_ text: String) -> [Int] {
        var text = text
        return text.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            var words = PreTokenizer(bytes)
            var merging = WordMerging()
            var output: [Int] = []
            while let word = words.next() {
                encode(UnsafeRawBufferPointer(rebasing: bytes[word]), &merging, &output)
            }
            return output
        }
    }

    private func encode(_ word: UnsafeRawBufferPointer, _ merging: inout WordMerging, _ output: inout [Int]) {
        let wholeWordsFirst =
            switch rule {
            case .tokenID: true
            case .listed(_, let wholeWordsFirst): wholeWordsFirst
            }
        if wholeWordsFirst, let id = index.id(of: word, in: tokens) {
            output.append(id)
            return
        }
        merging.start(count: word.count) { byte in
            id(of: word, byte..<(byte + 1))
        }
        merging.run { left, right, bytes in
            switch rule {
            case .tokenID:
                let id = id(of: word, bytes)
                return id < 0 ? nil : (UInt32(id), id)
            case .listed(let table, _):
                return table.merge(left: left, right: right)
            }
        }
        merging.appendTokens(to: &output)
    }

    /// Id of the token of some bytes of a word; −1 if there is none.
    private func id(of word: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int32 {
        index.id(of: UnsafeRawBufferPointer(rebasing: word[range]), in: tokens).map { Int32(truncatingIfNeeded: $0) }
            ?? -1
    }
}

/// The parts of a word while they are merged: a linked list of parts and a heap of the pairs that may merge.
private struct WordMerging {
    private struct Part {
        /// Token of the part; −1 if it has none.
        var token: Int32
        /// First byte of the part before; −1 at the start of the word.
        var previous: Int
        /// First byte of the part after, which is one past the last byte of this part.
        var next: Int
        var isAlive: Bool
    }

    private struct Pair {
        /// Rank, then position: of pairs of one rank the leftmost goes first.
        var key: UInt64
        /// One past the last byte of the pair; a pair whose bytes have changed since is void.
        var end: Int
        var result: Int32

        var position: Int { Int(key & 0xFFFF_FFFF) }
    }

    /// Parts by their first byte.
    private var parts: [Part] = []
    private var heap: [Pair] = []

    mutating func start(count: Int, token: (Int) -> Int32) {
        parts.removeAll(keepingCapacity: true)
        heap.removeAll(keepingCapacity: true)
        for byte in 0..<count {
            parts.append(Part(token: token(byte), previous: byte - 1, next: byte + 1, isAlive: true))
        }
    }

    /// Merges until no pair is left that may.
    ///
    /// - Parameter rule: rank and result of the merge of two tokens, which lie in the given bytes; nil if they do not.
    mutating func run(rule: (_ left: Int32, _ right: Int32, _ bytes: Range<Int>) -> (rank: UInt32, result: Int32)?) {
        for byte in parts.indices { push(byte, rule) }
        while let pair = pop() {
            let left = pair.position
            guard parts[left].isAlive, parts[left].next < parts.count else { continue }
            let right = parts[left].next
            guard parts[right].next == pair.end else { continue }
            parts[left].token = pair.result
            parts[left].next = pair.end
            parts[right].isAlive = false
            if pair.end < parts.count { parts[pair.end].previous = left }
            push(left, rule)
            if parts[left].previous >= 0 { push(parts[left].previous, rule) }
        }
    }

    func appendTokens(to output: inout [Int]) {
        var byte = 0
        while byte < parts.count {
            if parts[byte].token >= 0 { output.append(Int(parts[byte].token)) }
            byte = parts[byte].next
        }
    }

    /// Puts the pair that begins with the part at `left` on the heap, if it may merge.
    private mutating func push(
        _ left: Int, _ rule: (_ left: Int32, _ right: Int32, _ bytes: Range<Int>) -> (rank: UInt32, result: Int32)?
    ) {
        let right = parts[left].next
        guard right < parts.count, parts[left].token >= 0, parts[right].token >= 0 else { return }
        let end = parts[right].next
        guard let merge = rule(parts[left].token, parts[right].token, left..<end) else { return }
        heap.append(Pair(key: UInt64(merge.rank) << 32 | UInt64(left), end: end, result: merge.result))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if heap[parent].key <= heap[child].key { break }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func pop() -> Pair? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if heap.isEmpty { return first }
        heap[0] = last
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return first }
            let right = left + 1
            let child = right < heap.count && heap[right].key < heap[left].key ? right : left
            if heap[parent].key <= heap[child].key { return first }
            heap.swapAt(parent, child)
            parent = child
        }
    }
}
