/// The tokens that a whisper.cpp model spells out, as bytes; valid while the file lives.
///
/// A token may be empty, and need not be UTF-8. There may be fewer than `n_vocab`: the special tokens are left out.
public struct GGMLVocabulary: Sendable, RandomAccessCollection {
    private let file: MappedFile
    /// Where each token's length field begins, and where the last token ends.
    private let boundaries: [Int]

    public var count: Int { boundaries.count - 1 }
    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    /// The bytes of token `index`, which must be below ``count``. The pointer lives as long as the file, so keep this
    /// value until the bytes have been used.
    public subscript(index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: file.bytes[(boundaries[index] + 4)..<boundaries[index + 1]])
    }

    /// Reads the tokens; no two but empty ones may be equal, since the second could never be produced.
    init(_ cursor: inout GGMLCursor, limit: Int) throws(WeightFileError) {
        let count = Int(try cursor.int32("the vocabulary's size"))
        guard (0...limit).contains(count) else {
            throw cursor.error(.ggmlVocabulary, "the vocabulary's size is \(count) (0…n_vocab = \(limit) allowed)")
        }
        guard count <= cursor.remaining / 4 else {
            throw cursor.error(
                .ggmlTruncated, "the vocabulary's size is \(count), and \(cursor.remaining) bytes are left")
        }
        file = cursor.file
        var boundaries: [Int] = []
        boundaries.reserveCapacity(count + 1)
        for _ in 0..<count {
            boundaries.append(cursor.offset)
            let length = try cursor.int32("a token's length")
            _ = try cursor.skip(Int(UInt32(bitPattern: length)), "a token")
        }
        boundaries.append(cursor.offset)
        self.boundaries = boundaries
        if let repeated = firstRepeated() {
            throw WeightFileError(
                .ggmlVocabulary, file.path, "the token \(repeated) equals an earlier one", offset: boundaries[repeated])
        }
    }

    /// The first token that equals an earlier one. A table of indices with open addressing: a `Set` of byte arrays
    /// would take milliseconds more for each opening. `Hasher` is seeded, so collisions cannot be planned.
    private func firstRepeated() -> Int? {
        var size = 16
        while size < 2 * count { size *= 2 }
        var table = [Int32](repeating: -1, count: size)
        for index in 0..<count {
            let token = self[index]
            if token.isEmpty { continue }
            var hasher = Hasher()
            hasher.combine(bytes: token)
            var slot = hasher.finalize() & (size - 1)
            while table[slot] >= 0 {
                if self[Int(table[slot])].elementsEqual(token) { return index }
                slot = (slot + 1) & (size - 1)
            }
            table[slot] = Int32(index)
        }
        return nil
    }
}
