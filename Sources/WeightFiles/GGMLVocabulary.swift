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

    /// Reads where the tokens lie. That none stands twice is checked by the tokenizer, which indexes them anyway.
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
    }
}
