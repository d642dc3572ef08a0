/// Removes what nobody can say from text and folds spellings of the same character together, in any language.
///
/// Controls, bidirectional and zero-width marks, private-use characters, noncharacters and piles of combining marks go;
/// quotation marks, dashes, spaces, full-width and mathematical letters become the plain ones; a run of more than
/// ``longestWord`` characters without a space is cut, because phonemizers overflow on such words.
struct UnicodeCleanup {
    /// Characters without a space after which one is put in. espeak-ng 1.51 aborts on some longer words.
    static let longestWord = 60
    /// Apostrophes kept between two spaces, for the same reason.
    static let mostApostrophes = 4
    /// Combining marks kept on one character; no orthography that espeak-ng reads needs more.
    static let mostMarks = 3

    /// Fold sentence punctuation of East Asian scripts and name emoji too, as English rules expect.
    let english: Bool

    private var output: [Unicode.Scalar] = []
    private var marks = 0
    private var wordLength = 0
    private var apostrophes = 0

    private init(english: Bool) {
        self.english = english
    }

    /// The scalars of `text` that can be spoken, folded.
    static func clean(_ text: String, english: Bool) -> [Unicode.Scalar] {
        var cleanup = UnicodeCleanup(english: english)
        cleanup.output.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars { cleanup.append(scalar) }
        return cleanup.output
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        if scalar.isASCII {
            appendASCII(scalar)
        } else if (0xC0...0x24F).contains(scalar.value) || scalar.isIdeographic {
            keep(scalar)
        } else if let folded = UnicodeFolding.fold(scalar) {
            for part in folded.unicodeScalars { appendASCII(part) }
        } else if let kept = spokenForm(of: scalar) {
            keep(kept)
        }
    }

    private mutating func appendASCII(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\n": keep("\n")
        case "\r", "\u{0B}", "\u{0C}": keep("\n")
        case "\t", " ": keep(" ")
        case "\0"..."\u{1F}", "\u{7F}": break
        default: keep(scalar)
        }
    }

    /// What stands for a character outside ASCII that has no folding; nil to drop it.
    private mutating func spokenForm(of scalar: Unicode.Scalar) -> Unicode.Scalar? {
        if let plain = EastAsianForms.fold(scalar, punctuation: english) { return plain }
        if english, let name = EmojiNames.name(of: scalar) {
            say(name)
            return nil
        }
        let properties = scalar.properties
        if properties.isNoncharacterCodePoint || properties.isDefaultIgnorableCodePoint || properties.isEmojiModifier {
            return joinsLetters(scalar) ? scalar : nil
        }
        switch properties.generalCategory {
        case .spaceSeparator: return groupsDigits(scalar) ? nil : " "
        case .lineSeparator, .paragraphSeparator: return "\n"
        case .control: return scalar == "\u{85}" ? "\n" : nil
        case .format, .privateUse, .surrogate, .unassigned: return nil
        case .nonspacingMark, .enclosingMark: return markForm(of: scalar)
        case .otherSymbol: return properties.isEmoji || properties.isEmojiPresentation ? nil : scalar
        case .decimalNumber: return english ? digit(scalar) : scalar
        default: return scalar == "\u{FFFD}" ? " " : scalar
        }
    }

    /// A joiner between two letters of a script that shapes by it (Persian, Hindi); more than one in a row goes.
    private func joinsLetters(_ scalar: Unicode.Scalar) -> Bool {
        guard !english, scalar == "\u{200C}" || scalar == "\u{200D}", let last = output.last else { return false }
        return !last.isASCII && last != scalar && last.properties.isAlphabetic
    }

    /// A thin space after a digit, which groups thousands or sets off a unit: "10 000", "5 %".
    private func groupsDigits(_ space: Unicode.Scalar) -> Bool {
        (space == "\u{2009}" || space == "\u{202F}") && output.last?.isDigit == true
    }

    /// A combining mark, unless it was merged into the letter before it or comes after too many others.
    private mutating func markForm(of mark: Unicode.Scalar) -> Unicode.Scalar? {
        guard let base = output.last, base != " ", base != "\n" else { return nil }
        if marks == 0, let composed = LetterComposition.composed(base, mark) {
            output[output.count - 1] = composed
            return nil
        }
        // A mark that merges with no Latin letter is decoration: there is no letter of that kind to read.
        guard base.value >= 0x370, marks < Self.mostMarks else { return nil }
        marks += 1
        output.append(mark)
        return nil
    }

    private func digit(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        guard let value = scalar.properties.numericValue, (0...9).contains(value) else { return nil }
        return Unicode.Scalar(UInt8(48 + value))
    }

    private mutating func say(_ name: String) {
        // A row of the same emoji is said once.
        let words = Array(" \(name) ".unicodeScalars)
        guard !output.suffix(words.count).elementsEqual(words) else { return }
        for scalar in words { keep(scalar) }
    }

    private mutating func keep(_ scalar: Unicode.Scalar) {
        marks = 0
        if scalar == "'" {
            apostrophes += 1
            guard apostrophes <= Self.mostApostrophes else { return }
        } else if scalar.isLetter || (scalar.isDigit && !english) {
            wordLength += 1
            if wordLength > Self.longestWord {
                output.append(" ")
                wordLength = 1
                apostrophes = 0
            }
        } else {
            wordLength = 0
            if scalar == " " || scalar == "\n" { apostrophes = 0 }
        }
        output.append(scalar)
    }
}
