/// Text operations with the meaning that they have in the reference, which is written in Python.
///
/// Python counts and compares Unicode scalars; Swift's `String` counts and compares grapheme clusters, so that
/// `"e\u{301}".count` or a comparison with `"\r\n"` would come out otherwise.
enum ReferenceText {
    /// Whether Python's `str.isspace`, `str.strip` and the `\s` of its `re` take the scalar for white space.
    ///
    /// Unicode's White_Space with the four information separators U+001C…U+001F, which are of bidirectional class B or S.
    static func isWhitespace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
            true
        default:
            false
        }
    }

    /// `str.strip()`.
    static func strip(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isWhitespace($0) }),
            let last = scalars.lastIndex(where: { !isWhitespace($0) })
        else { return "" }
        return String(scalars[first...last])
    }

    /// `len(str)`: the number of Unicode scalars.
    static func length(_ text: String) -> Int {
        text.unicodeScalars.count
    }

    /// `str.replace("-->", "->")`: WebVTT and SubRip would take the long arrow for a cue's timing line.
    static func shorteningArrows(_ text: String) -> String {
        var rest = text.utf8[...]
        var result: [UInt8] = []
        result.reserveCapacity(rest.count)
        while let byte = rest.first {
            if rest.starts(with: "-->".utf8) {
                result += "->".utf8
                rest = rest.dropFirst(3)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// `str.replace(old, new)` for single scalars.
    static func replacing(_ old: Unicode.Scalar, with new: Unicode.Scalar, in text: String) -> String {
        var result = String.UnicodeScalarView()
        result.append(contentsOf: text.unicodeScalars.lazy.map { $0 == old ? new : $0 })
        return String(result)
    }
}
