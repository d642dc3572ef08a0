/// The bytes of each token of a vocabulary, in one buffer.
struct TokenTable: Sendable {
    /// Bytes of all tokens, in the order in which they were read.
    let bytes: [UInt8]
    /// Where the bytes of each token lie, by id.
    let ranges: [Range<UInt32>]
    /// Whether a token stands for itself and never comes from text, by id.
    let isSpecial: [Bool]

    var count: Int { ranges.count }

    /// The bytes of a token; none for an id outside the table.
    subscript(id: Int) -> ArraySlice<UInt8> {
        guard ranges.indices.contains(id) else { return [] }
        return bytes[Int(ranges[id].lowerBound)..<Int(ranges[id].upperBound)]
    }

    /// The text of a token, for messages.
    func name(_ id: Int) -> String {
        String(decoding: self[id].prefix(60), as: UTF8.self)
    }
}

/// Collects tokens in any order and then puts them in the order of their ids.
///
/// Memory grows with what was read, never with an id that was read.
struct TokenTableBuilder {
    private struct Entry {
        var id: Int32
        var range: Range<UInt32>
        var isSpecial: Bool
    }

    let file: String
    /// Bytes of the tokens so far; a token's bytes are appended here before `add`.
    var bytes: [UInt8] = []
    private var entries: [Entry] = []
    /// The highest id so far; −1 before the first.
    private(set) var highestID: Int32 = -1

    /// - Parameter sizeHint: bytes that the tokens will about take together.
    init(file: String, sizeHint: Int) {
        self.file = file
        bytes.reserveCapacity(sizeHint)
        entries.reserveCapacity(sizeHint / 8)
    }

    /// Name of the token with the highest id if it is a special one.
    private(set) var lastSpecialName: String?

    /// Adds the token whose bytes were appended since `start`.
    ///
    /// - Parameter isSpecial: whether the token stands for itself; one in the form `<|…|>` does in any case.
    mutating func add(id: Int32, from start: Int, isSpecial: Bool) {
        let range = UInt32(truncatingIfNeeded: start)..<UInt32(truncatingIfNeeded: bytes.count)
        let isSpecial = isSpecial || hasSpecialForm(from: start)
        entries.append(Entry(id: id, range: range, isSpecial: isSpecial))
        if id >= highestID {
            highestID = id
            lastSpecialName = isSpecial ? text(range) : nil
        }
    }

    /// Adds a special token by name after the highest id so far.
    mutating func append(special name: String) {
        let start = bytes.count
        bytes.append(contentsOf: name.utf8)
        add(id: highestID + 1, from: start, isSpecial: true)
    }

    private func hasSpecialForm(from start: Int) -> Bool {
        bytes.count - start > 4 && bytes[start] == UInt8(ascii: "<") && bytes[start + 1] == UInt8(ascii: "|")
            && bytes[bytes.count - 2] == UInt8(ascii: "|") && bytes[bytes.count - 1] == UInt8(ascii: ">")
    }

    /// Checks that the ids are 0, 1, 2, … with none missing and none given to two tokens; a token that is listed again
    /// with the same bytes (as added tokens are that stand in the vocabulary too) is one token.
    ///
    /// - Throws: `tokenizer.vocabulary_invalid`.
    consuming func finish() throws(RecognitionError) -> TokenTable {
        let unset = UInt32.max..<UInt32.max
        var ranges = [Range<UInt32>](repeating: unset, count: entries.count)
        var isSpecial = [Bool](repeating: false, count: entries.count)
        var distinct = 0
        for entry in entries {
            let id = Int(entry.id)
            // An id beyond the number of entries leaves a hole somewhere below; it is found after this loop.
            guard id < ranges.count else { continue }
            if entry.isSpecial { isSpecial[id] = true }
            if ranges[id] == unset {
                ranges[id] = entry.range
                distinct += 1
            } else if slice(ranges[id]) != slice(entry.range) {
                throw RecognitionError(
                    .vocabularyInvalid,
                    "\(file): the id \(id) is given to \"\(text(ranges[id]))\" and to \"\(text(entry.range))\"")
            }
        }
        guard Int(highestID) + 1 == distinct else {
            let hole = ranges.firstIndex(of: unset) ?? distinct
            throw RecognitionError(
                .vocabularyInvalid, "\(file): no token has the id \(hole), though ids go up to \(highestID)")
        }
        return TokenTable(
            bytes: bytes, ranges: Array(ranges.prefix(distinct)), isSpecial: Array(isSpecial.prefix(distinct)))
    }

    private func slice(_ range: Range<UInt32>) -> ArraySlice<UInt8> {
        bytes[Int(range.lowerBound)..<Int(range.upperBound)]
    }

    private func text(_ range: Range<UInt32>) -> String {
        String(decoding: slice(range).prefix(60), as: UTF8.self)
    }
}
