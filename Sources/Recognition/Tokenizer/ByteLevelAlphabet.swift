/// GPT-2's way of writing bytes as printable characters in `tokenizer.json`, `vocab.json` and `merges.txt`.
///
/// Bytes that Latin-1 prints stand for themselves; the others, in order, are U+0100, U+0101, … (a space is `Ġ`).
enum ByteLevelAlphabet {
    /// Byte of each character U+0000…U+0143; −1 where the character stands for none.
    private static let byteOfScalar: [Int16] = {
        var table = [Int16](repeating: -1, count: 0x144)
        var next = 0x100
        for byte in 0..<256 {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF:
                table[byte] = Int16(byte)
            default:
                table[next] = Int16(byte)
                next += 1
            }
        }
        return table
    }()

    /// Character of each byte.
    static let scalarOfByte: [Unicode.Scalar] = {
        var scalars = [Unicode.Scalar](repeating: "\0", count: 256)
        for (value, byte) in byteOfScalar.enumerated() where byte >= 0 {
            scalars[Int(byte)] = Unicode.Scalar(UInt32(value)) ?? "\0"
        }
        return scalars
    }()

    /// Appends the bytes that `text`, which is valid UTF-8, stands for; if a character of it stands for none, the text
    /// itself, as Hugging Face's decoder takes it.
    static func append(_ text: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        output.append(addingCapacity: text.count) { (span: inout OutputSpan<UInt8>) in
            guard !appendBytes(of: text, to: &span) else { return }
            span.removeAll()
            for byte in text { span.append(byte) }
        }
    }

    private static func appendBytes(of text: UnsafeRawBufferPointer, to output: inout OutputSpan<UInt8>) -> Bool {
        byteOfScalar.withUnsafeBufferPointer { table in
            var i = 0
            while i < text.count {
                var scalar = Int(text[i])
                i += 1
                if scalar >= 0x80 {
                    // All characters of the alphabet beyond ASCII have two bytes in UTF-8.
                    guard scalar & 0xE0 == 0xC0, i < text.count else { return false }
                    scalar = (scalar & 0x1F) << 6 | Int(text[i] & 0x3F)
                    i += 1
                }
                guard scalar < table.count, table[scalar] >= 0 else { return false }
                output.append(UInt8(truncatingIfNeeded: table[scalar]))
            }
            return true
        }
    }
}
