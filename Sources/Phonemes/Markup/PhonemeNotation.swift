/// Reads phonemes that an author has written, in IPA or in espeak-ng's mnemonics, into the symbols that espeak-ng itself
/// would have written.
///
/// Authors put a stress mark before the syllable, espeak-ng before the vowel: it is moved to the next vowel. Where
/// several letters are one symbol (`oʊ`, `tʃ`), the longest known symbol counts.
struct PhonemeNotation: Sendable {
    /// What is wrong with a text that is no phonemes.
    struct Unknown: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    /// Phonemes that an author writes in one place.
    static let longest = 2_000

    private let isEnglish: Bool
    private let isAmerican: Bool

    /// - Parameter language: a tag. The mnemonics are those of English; other languages only have IPA.
    init(language: String) {
        let tag = language.lowercased()
        isEnglish = tag == "en" || tag.hasPrefix("en-") || tag.hasPrefix("en_")
        isAmerican = isEnglish && tag.dropFirst(3).hasPrefix("us")
    }

    /// IPA, as dictionaries write it: words between spaces, dots between syllables, tie bars and slashes as they like.
    func ipa(_ text: String) -> Result<[Phoneme], Unknown> {
        read(text) { rest in
            guard let first = rest.first else { return nil }
            if let boundary = Self.boundary(first, inMnemonics: false) { return (boundary, rest.dropFirst()) }
            guard Self.isIPALetter(first) else { return nil }
            return symbol(rest)
        }
    }

    /// espeak-ng's mnemonics for English, e.g. `h@l'oU`.
    func mnemonics(_ text: String) -> Result<[Phoneme], Unknown> {
        guard isEnglish else {
            return .failure(Unknown(description: "espeak-ng's mnemonics can be read for English only; write IPA."))
        }
        return read(text) { rest in
            guard let first = rest.first else { return nil }
            for count in stride(from: min(rest.count, EspeakMnemonics.longest), to: 0, by: -1) {
                let candidate = String(String.UnicodeScalarView(rest.prefix(count)))
                if let ipa = EspeakMnemonics.symbol(candidate, isAmerican: isAmerican) {
                    return (.symbol(ipa), rest.dropFirst(count))
                }
            }
            return Self.boundary(first, inMnemonics: true).map { ($0, rest.dropFirst()) }
        }
    }

    private enum Piece: Equatable {
        case symbol(String)
        case stress(UInt8)
        case word
        case nothing
    }

    private typealias Rest = ArraySlice<Unicode.Scalar>

    private func read(_ text: String, next: (Rest) -> (Piece, Rest)?) -> Result<[Phoneme], Unknown> {
        var rest = Array(text.unicodeScalars)[...]
        guard rest.count <= Self.longest else {
            return .failure(Unknown(description: "Phonemes may have \(Self.longest) letters at most in one place."))
        }
        var words: [[Phoneme]] = []
        var word = StressedWord()
        while let first = rest.first {
            guard let (piece, after) = next(rest) else {
                let code = String(first.value, radix: 16, uppercase: true)
                return .failure(
                    Unknown(description: "'\(EspeakText.clean(String(Character(first))))' (U+\(code)) is no phoneme."))
            }
            switch piece {
            case .symbol(let symbol): word.append(symbol)
            case .stress(let stress): word.stress(stress)
            case .word:
                if !word.phonemes.isEmpty { words.append(word.finished()) }
                word = StressedWord()
            case .nothing: break
            }
            rest = after
        }
        if !word.phonemes.isEmpty { words.append(word.finished()) }
        guard !words.isEmpty else { return .failure(Unknown(description: "There are no phonemes in it.")) }
        return .success(Array(words.joined(separator: [.wordBoundary])))
    }

    private static func boundary(_ scalar: Unicode.Scalar, inMnemonics: Bool) -> Piece? {
        switch scalar {
        case " ", "\t", "\n", "\r": .word
        case "'", "\u{2C8}": .stress(1)
        case ",", "\u{2CC}": .stress(2)
        case "|": inMnemonics ? .word : .nothing
        // Syllables, unstressed syllables, pauses, tie bars, and the brackets that phonemes stand between.
        case "_", "%", "=", ";": inMnemonics ? .nothing : nil
        case ".", "/", "\u{203F}", "\u{35C}", "\u{361}", "-": inMnemonics ? nil : .nothing
        default: nil
        }
    }

    /// Small letters of Latin and Greek, IPA's own and what modifies them.
    private static func isIPALetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x61...0x7A, 0xE6, 0xE7, 0xF0, 0xF8, 0x127, 0x14B, 0x153, 0x1C0...0x1C3, 0x250...0x2AF: true
        case 0x3B1...0x3C9, 0x1D00...0x1DBF, 0x1E00...0x1EFF, 0xE0...0xFF: true
        default: isModifier(scalar)
        }
    }

    private static func isModifier(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2B0...0x2C7, 0x2C9...0x2CB, 0x2CD...0x2FF, 0x300...0x36F, 0x207F, 0x3A: true
        default: false
        }
    }

    /// Several letters that are one symbol to espeak-ng's English, apart from modifiers.
    private static let english: [[Unicode.Scalar]] = [
        "tʃ", "dʒ", "eɪ", "aɪ", "ɔɪ", "aʊ", "oʊ", "əʊ", "iə", "eə", "ʊə", "aɪə", "aɪɚ", "əl", "ɑːɹ", "ɔːɹ", "oːɹ", "ɪɹ",
        "ɛɹ", "ʊɹ",
    ].map { Array($0.unicodeScalars) }.sorted { $0.count > $1.count }

    /// Letters that dictionaries of English write for a symbol of espeak-ng's.
    private static let englishLetters: [Unicode.Scalar: Unicode.Scalar] = ["r": "ɹ", "g": "ɡ", ":": "ː"]
    private static let americanVowels = ["ɑ": "ɑː", "ɝ": "ɜː", "ɝː": "ɜː", "ɜ": "ɜː", "ɒ": "ɑː", "o": "oʊ"]
    private static let ligatures: [Unicode.Scalar: [Unicode.Scalar]] = ["ʧ": ["t", "ʃ"], "ʤ": ["d", "ʒ"]]

    private func symbol(_ rest: Rest) -> (Piece, Rest) {
        let letters = folded(rest.prefix(8))
        if isEnglish, let match = Self.english.first(where: { isWhole($0, letters) }) {
            var after = rest
            // Letters that were folded in, tie bars among them, are not in the symbol one to one.
            var left = match.count
            while left > 0, let first = after.first {
                left -= folded([first]).count
                after = after.dropFirst()
            }
            return (.symbol(String(String.UnicodeScalarView(match))), after)
        }
        var symbol = String.UnicodeScalarView(folded(rest.prefix(1)))
        var after = rest.dropFirst()
        while let next = after.first, Self.isModifier(next), next.value != 0x361, next.value != 0x35C {
            symbol += folded([next])
            after = after.dropFirst()
        }
        let text = String(symbol)
        return (.symbol(isAmerican ? Self.americanVowels[text] ?? text : text), after)
    }

    /// `letters` begins with `symbol`, and what is behind does not belong to the end of it: `əl` is one symbol in
    /// "table", and two in "allow".
    private func isWhole(_ symbol: [Unicode.Scalar], _ letters: [Unicode.Scalar]) -> Bool {
        guard letters.starts(with: symbol) else { return false }
        let behind = letters.dropFirst(symbol.count).first { $0 != "\u{2C8}" && $0 != "\u{2CC}" && $0 != "." }
        guard let behind else { return true }
        let endsInConsonant = symbol.last == "l" || symbol.last == "ɹ"
        return !(endsInConsonant && StressedWord.vowels.contains(behind))
            && !(Self.isModifier(behind) && letters[symbol.count] == behind)
    }

    private func folded(_ scalars: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        for scalar in scalars {
            if let pair = Self.ligatures[scalar] {
                result += pair
            } else if scalar == ":" {
                result.append("ː")
            } else if scalar.value != 0x361, scalar.value != 0x35C {
                result.append(isEnglish || scalar == "g" ? Self.englishLetters[scalar] ?? scalar : scalar)
            }
        }
        return result
    }
}

/// A word whose stress marks wait for their vowels.
private struct StressedWord {
    static let vowels = Set("aeiouyæɑɐɒɔəɘɚɛɜɝɞɪɨɵøœɶʉʊʌɯɤʏᵻᵿ".unicodeScalars)

    private(set) var phonemes: [Phoneme] = []
    private var pending: (stress: UInt8, index: Int)?

    mutating func stress(_ stress: UInt8) {
        // Of several marks the strongest counts.
        if let pending, pending.stress == 1 { return }
        pending = (stress, phonemes.count)
    }

    mutating func append(_ symbol: String) {
        phonemes.append(Phoneme(symbol))
        guard let stress = pending?.stress, let first = symbol.unicodeScalars.first, Self.vowels.contains(first) else {
            return
        }
        phonemes[phonemes.count - 1].stress = stress
        pending = nil
    }

    /// A stress that found no vowel stays where it was written: `ˈn̩`.
    func finished() -> [Phoneme] {
        var phonemes = phonemes
        if let pending, pending.index < phonemes.count { phonemes[pending.index].stress = pending.stress }
        return phonemes
    }
}
