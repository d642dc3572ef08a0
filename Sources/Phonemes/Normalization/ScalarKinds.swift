extension Unicode.Scalar {
    /// One of 0 to 9.
    var isDigit: Bool { self >= "0" && self <= "9" }

    /// A letter of any script, or a mark that belongs to one.
    var isLetter: Bool {
        if isASCII { return (self >= "a" && self <= "z") || (self >= "A" && self <= "Z") }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        case .nonspacingMark, .spacingMark: return true
        default: return false
        }
    }

    var isUppercaseLetter: Bool {
        isASCII ? self >= "A" && self <= "Z" : properties.isUppercase
    }

    var isLowercaseLetter: Bool {
        isASCII ? self >= "a" && self <= "z" : properties.isLowercase
    }

    /// A space or a line break.
    var isBlank: Bool {
        isASCII ? self == " " || self == "\n" || self == "\t" || self == "\r" : properties.isWhitespace
    }

    /// Han, kana and other scripts that are written without spaces between sentences.
    var isIdeographic: Bool {
        (0x3040...0x30FF).contains(value) || (0x3400...0x9FFF).contains(value) || (0xF900...0xFAFF).contains(value)
            || (0x20000...0x3FFFF).contains(value)
    }
}

extension String {
    init(scalars: some Sequence<Unicode.Scalar>) {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}
