/// What of a text may reach espeak-ng.
///
/// espeak-ng takes commands inside text (`\u{1}` and what follows), and 1.51 writes past a buffer of its own when one
/// word has too many phonemes: a hundred times `s'` is enough.
enum EspeakText {
    /// UTF-8 bytes of a clause that are read; what is behind them is dropped.
    static let longest = 8_192
    /// Letters after which a word is cut, and the apostrophes that it may have.
    private static let wordLetters = 60
    private static let wordApostrophes = 8
    /// Marks upon one letter. Vietnamese and Hebrew need three.
    private static let combiningMarks = 4

    /// `text` without control characters, formatting characters and phoneme brackets, its words of a length that can be
    /// spoken.
    static func clean(_ text: String) -> String {
        if text.utf8.count <= longest, isHarmless(text) { return text }
        var result = ""
        var state = State()
        for scalar in text.unicodeScalars {
            guard result.utf8.count < longest else { break }
            state.add(scalar, to: &result)
        }
        return result
    }

    /// The common case: short words of ASCII.
    private static func isHarmless(_ text: String) -> Bool {
        var letters = 0
        var apostrophes = 0
        var previous: UInt8 = 0
        for byte in text.utf8 {
            guard byte >= 0x20, byte < 0x7F else { return false }
            if byte == UInt8(ascii: " ") {
                letters = 0
                apostrophes = 0
            } else {
                letters += 1
                if byte == UInt8(ascii: "'") { apostrophes += 1 }
                if byte == previous, byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]") { return false }
            }
            guard letters <= wordLetters, apostrophes <= wordApostrophes else { return false }
            previous = byte
        }
        return true
    }

    private struct State {
        var letters = 0
        var apostrophes = 0
        var marks = 0
        var previous: Unicode.Scalar = " "

        mutating func add(_ scalar: Unicode.Scalar, to result: inout String) {
            switch EspeakText.meaning(of: scalar) {
            case .nothing: return
            case .space:
                letters = 0
                apostrophes = 0
                marks = 0
                if previous != " " { result.unicodeScalars.append(" ") }
                previous = " "
                return
            case .joiner:
                if previous == scalar { return }
            case .mark:
                marks += 1
                if marks > EspeakText.combiningMarks { return }
            case .letter:
                marks = 0
            }
            // Phoneme brackets are double; single ones are harmless.
            if scalar == previous, scalar == "[" || scalar == "]" { return }
            letters += 1
            if scalar == "'" || scalar == "\u{2019}" { apostrophes += 1 }
            if letters > EspeakText.wordLetters || apostrophes > EspeakText.wordApostrophes {
                result.unicodeScalars.append(" ")
                letters = 1
                apostrophes = scalar == "'" || scalar == "\u{2019}" ? 1 : 0
            }
            result.unicodeScalars.append(scalar)
            previous = scalar
        }
    }

    private enum Meaning {
        case letter, mark, joiner, space, nothing
    }

    private static func meaning(of scalar: Unicode.Scalar) -> Meaning {
        if scalar.value > 0x20 && scalar.value < 0x7F { return .letter }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .control, .spaceSeparator, .lineSeparator, .paragraphSeparator: return .space
        case .format:
            // Zero-width joiners mean something in Persian and the scripts of India.
            return scalar.value == 0x200C || scalar.value == 0x200D ? .joiner : .nothing
        case .privateUse, .surrogate, .unassigned: return .nothing
        case .nonspacingMark, .enclosingMark: return .mark
        default: return properties.isNoncharacterCodePoint ? .nothing : .letter
        }
    }
}
