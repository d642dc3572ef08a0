/// Finds tokens by their bytes: a hash table with open addressing whose keys stay in the token table.
///
/// The hash is seeded anew in each process, so that a file cannot be made whose tokens all collide.
struct TokenIndex: Sendable {
    /// Which tokens of the table are found.
    enum Selection: Sendable {
        /// Those that come from text.
        case text
        /// Those that stand for themselves.
        case special
    }

    /// Id + 1 of the token in each slot; 0 where there is none. A power of two of slots, at most half of them taken.
    private let slots: [UInt32]
    /// Number of tokens found here.
    let count: Int
    /// Length in bytes of the longest of them.
    let longest: Int

    /// - Throws: `tokenizer.vocabulary_invalid` if two tokens have the same bytes.
    init(_ tokens: TokenTable, _ selection: Selection, file: String) throws(RecognitionError) {
        var capacity = 16
        while capacity < tokens.count * 2 { capacity *= 2 }
        var slots = [UInt32](repeating: 0, count: capacity)
        var count = 0
        var longest = 0
        var duplicate: (first: Int, second: Int)?
        tokens.bytes.withUnsafeBytes { bytes in
            for id in 0..<tokens.count where tokens.isSpecial[id] == (selection == .special) {
                let key = Self.key(tokens.ranges[id], bytes)
                // Whisper's multilingual vocabulary has an empty token, which no text becomes.
                if key.isEmpty { continue }
                let slot = Self.slot(of: key, slots, tokens.ranges, bytes)
                if slots[slot] != 0 {
                    duplicate = (Int(slots[slot]) - 1, id)
                    return
                }
                slots[slot] = UInt32(id) + 1
                count += 1
                longest = max(longest, key.count)
            }
        }
        if let duplicate {
            throw RecognitionError(
                .vocabularyInvalid,
                "\(file): the token \"\(tokens.name(duplicate.first))\" has two ids, \(duplicate.first) and "
                    + "\(duplicate.second)")
        }
        self.slots = slots
        self.count = count
        self.longest = longest
    }

    /// Id of the token with these bytes; nil if there is none.
    func id(of key: UnsafeRawBufferPointer, in tokens: TokenTable) -> Int? {
        if key.isEmpty || key.count > longest { return nil }
        let entry = tokens.bytes.withUnsafeBytes { bytes in
            slots[Self.slot(of: key, slots, tokens.ranges, bytes)]
        }
        return entry == 0 ? nil : Int(entry) - 1
    }

    /// Id of the token with this text; nil if there is none.
    func id(of name: String, in tokens: TokenTable) -> Int? {
        Array(name.utf8).withUnsafeBytes { id(of: $0, in: tokens) }
    }

    /// The slot that holds `key`, or the empty one where it belongs.
    private static func slot(
        of key: UnsafeRawBufferPointer, _ slots: [UInt32], _ ranges: [Range<UInt32>], _ bytes: UnsafeRawBufferPointer
    ) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: key)
        var slot = hasher.finalize() & (slots.count - 1)
        while slots[slot] != 0 {
            let candidate = self.key(ranges[Int(slots[slot]) - 1], bytes)
            if candidate.count == key.count, candidate.elementsEqual(key) { return slot }
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    private static func key(_ range: Range<UInt32>, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }
}
