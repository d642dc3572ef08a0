/// Characters with a plain ASCII spelling that every language reads alike.
enum UnicodeFolding {
    /// The ASCII text that stands for `scalar`; nil where it stands for itself.
    static func fold(_ scalar: Unicode.Scalar) -> String? {
        table[scalar]
    }

    private static let table: [Unicode.Scalar: String] = {
        var table: [Unicode.Scalar: String] = [:]
        for (spelling, scalars) in spellings {
            for scalar in scalars.unicodeScalars { table[scalar] = spelling }
        }
        return table
    }()

    // Written as escapes where the character is invisible or easily taken for another one.
    private static let spellings: [(String, String)] = [
        ("'", "\u{2018}\u{2019}\u{201A}\u{201B}\u{2039}\u{203A}\u{02BC}\u{00B4}\u{02B9}\u{FF07}"),
        ("\"", "\u{201C}\u{201D}\u{201E}\u{201F}\u{00AB}\u{00BB}\u{301D}\u{301E}\u{FF02}"),
        ("-", "\u{2010}\u{2011}\u{FE63}\u{FF0D}"),
        ("ff", "\u{FB00}"), ("fi", "\u{FB01}"), ("fl", "\u{FB02}"), ("ffi", "\u{FB03}"), ("ffl", "\u{FB04}"),
        ("st", "\u{FB05}\u{FB06}"),
        ("I", "\u{2160}"), ("II", "\u{2161}"), ("III", "\u{2162}"), ("IV", "\u{2163}"), ("V", "\u{2164}"),
        ("VI", "\u{2165}"), ("VII", "\u{2166}"), ("VIII", "\u{2167}"), ("IX", "\u{2168}"), ("X", "\u{2169}"),
        ("XI", "\u{216A}"), ("XII", "\u{216B}"), ("L", "\u{216C}"), ("C", "\u{216D}"), ("D", "\u{216E}"),
        ("M", "\u{216F}"),
        ("/", "\u{2044}\u{2215}"), ("*", "\u{2217}"), ("..", "\u{2025}"),
        ("TEL", "\u{2121}"), ("c/o", "\u{2105}"),
        (" ", "\u{200B}"),
    ]
}

/// Full-width, mathematical, circled and subscript forms of letters and digits.
enum EastAsianForms {
    /// The plain form of `scalar`; nil where it has none. Sentence marks are folded only where `punctuation` says so,
    /// because East Asian phonemizers know their own.
    static func fold(_ scalar: Unicode.Scalar, punctuation: Bool) -> Unicode.Scalar? {
        let value = scalar.value
        switch value {
        case 0xFF10...0xFF19, 0xFF21...0xFF3A, 0xFF41...0xFF5A: return Unicode.Scalar(value - 0xFEE0)
        case 0xFF01...0xFF5E: return punctuation ? Unicode.Scalar(value - 0xFEE0) : nil
        case 0xFFE0: return "\u{A2}"
        case 0xFFE1: return "\u{A3}"
        case 0xFFE5: return "\u{A5}"
        case 0xFFE6: return "\u{20A9}"
        case 0x3002, 0xFF61: return punctuation ? "." : nil
        case 0x3001: return punctuation ? "," : nil
        case 0x1D400...0x1D6A3: return mathematicalLetter(value - 0x1D400)
        case 0x1D7CE...0x1D7FF: return Unicode.Scalar(48 + (value - 0x1D7CE) % 10)
        case 0x2080...0x2089: return Unicode.Scalar(48 + value - 0x2080)
        case 0x2460...0x2468: return Unicode.Scalar(49 + value - 0x2460)
        case 0x24B6...0x24CF: return Unicode.Scalar(65 + value - 0x24B6)
        case 0x24D0...0x24E9: return Unicode.Scalar(97 + value - 0x24D0)
        case 0x1F130...0x1F149: return Unicode.Scalar(65 + value - 0x1F130)
        default: return nil
        }
    }

    /// The mathematical alphabets follow one another, each of 26 capitals and 26 small letters.
    private static func mathematicalLetter(_ offset: UInt32) -> Unicode.Scalar? {
        let letter = offset % 52
        return Unicode.Scalar(letter < 26 ? 65 + letter : 97 + letter - 26)
    }
}
