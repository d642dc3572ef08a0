import Testing

@testable import Phonemes

@Suite struct LexiconTests {
    private func lexicon(_ text: String) throws -> Lexicon {
        try Lexicon(parsing: text.utf8, language: "en-us")
    }

    private func written(_ lexicon: Lexicon, _ text: String) throws -> [String] {
        let frontEnd = SpeechFrontEnd(language: "en-us", phonemizer: LetterPhonemizer(), lexicon: lexicon)
        return try frontEnd.all(text).map(\.written)
    }

    private static let sample = """
        \u{FEFF}# names

        nguyen = ˈwɪn   # a comment
        gif=[[dZ'If]]\r
        New Orleans = nuː ˈɔːɹlɪnz
        orleans = ɔ
        Polish = ˈpoʊlɪʃ
        NATO = neɪtoʊ
        e-mail = iː
        it's = ɪ
        gif = ɡɪf
        """

    @Test func readsEntries() throws {
        let lexicon = try lexicon(Self.sample)
        #expect(lexicon.count == 8)
        #expect(lexicon.longestEntry == 2)
        #expect(lexicon.phonemes(of: "NGUYEN")?.map(\.description) == ["w", "ˈɪ", "n"])
        #expect(lexicon.phonemes(of: "gif")?.map(\.description) == ["ɡ", "ɪ", "f"])
        #expect(lexicon.phonemes(of: "Polish") != nil && lexicon.phonemes(of: "polish") == nil)
        #expect(lexicon.phonemes(of: "nato") != nil && lexicon.phonemes(of: "absent") == nil)
    }

    @Test(arguments: [
        ("a Gif b", "^a ɡɪf b$"), ("gif", "^ɡɪf$"), ("gifs a", "^gifs a$"), ("in new orleans now", "^in new ɔ now$"),
        ("in New  Orleans now", "^in nuː ˈɔːɹlɪnz now$"), ("Polish polish", "^pˈoʊlɪʃ polish$"),
        ("E-mail it's", "^iː ɪ$"),
        ("gif gif nguyen", "^ɡɪf ɡɪf wˈɪn$"), ("(gif) \"gif\"", "^ɡɪf,ɡɪf$"), ("gif-like x", "^ɡɪf like x$"),
    ])
    func replacesTheLongestWords(text: String, expected: String) throws {
        #expect(try written(lexicon(Self.sample), text).joined() == expected)
    }

    @Test(
        arguments: [
            ("Use C++, not c.", "^Use siːpiː,not c.$"), ("(C++) \"3D\"", "^siːpiː,θɹiːdiː$"), (".NET", "^nɛt$"),
            ("Tom's dog", "^tɒmz dog$"),
            ("Max\u{2019}s dog", "^mæksᵻz dog$"), ("C+++ a", nil),
        ] as [(String, String?)])
    func findsSymbolsAndPossessives(text: String, expected: String?) throws {
        let lexicon = try Lexicon(
            parsing: "C++ = siːpiː\n3D = θɹiːdiː\n.NET = nɛt\nTom = tɒm\nMax = mæks".utf8, language: "en-gb")
        let found = try written(lexicon, text).joined()
        if let expected { #expect(found == expected) } else { #expect(!found.contains("siːpiː")) }
    }

    @Test func oneSentenceIsOneCall() throws {
        let phonemizer = LetterPhonemizer()
        let frontEnd = SpeechFrontEnd(language: "en-us", phonemizer: phonemizer, lexicon: try lexicon("gif = a"))
        _ = try frontEnd.all("one gif two gif three")
        #expect(phonemizer.asked.map { $0.map { $0.filter { $0 != " " } } } == [["one", "two", "three"]])
    }

    @Test(arguments: [
        ("gif dʒɪf", 1, 9, "no '='"), ("a = b\n = x", 2, 1, "no word"), ("a = b\n\nword = ", 3, 8, "no phonemes"),
        ("word = Hello", 1, 8, "is no phoneme"), ("word = [[h@l'oU", 1, 8, "not closed"),
        ("word = [[W]]", 1, 8, "is no phoneme"),
        ("123 = a", 1, 1, "no letter"), ("a b c d e f g h i = a", 1, 1, "8 words"),
        ("ä = b = c", 1, 5, "is no phoneme"),
        ("\(String(repeating: "a", count: 300)) = a", 1, 1, "200 bytes"),
    ])
    func saysWhereItBreaks(text: String, line: Int, column: Int, message: String) throws {
        let error = #expect(throws: PhonemeError.self) { _ = try lexicon(text) }
        #expect(error?.code == .lexiconInvalid)
        #expect(error?.position == TextPosition(line: line, column: column), "\(String(describing: error))")
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test func refusesOtherEncodings() throws {
        let error = #expect(throws: PhonemeError.self) {
            _ = try Lexicon(parsing: Array("a = b\nä".utf8) + [0xE4, 0x20], language: "en")
        }
        #expect(error?.position == TextPosition(line: 2, column: 2))
    }

    @Test func limitsEntriesAndSize() throws {
        let entries = Array("# two\na = a\nb = b\na = c\nc = c".utf8)
        #expect(try Lexicon(parsing: entries, language: "en", mostEntries: 3).count == 3)
        let many = #expect(throws: PhonemeError.self) {
            _ = try Lexicon(parsing: entries, language: "en", mostEntries: 2)
        }
        #expect(many?.position == TextPosition(line: 5, column: 1))
        let error = #expect(throws: PhonemeError.self) {
            _ = try Lexicon(parsing: repeatElement(UInt8(ascii: "\n"), count: Lexicon.longest + 1), language: "en")
        }
        #expect(error?.code == .textTooLong)
    }
}
