import Testing

@testable import Phonemes

@Suite struct SpeechFrontEndTests {
    private let frontEnd = SpeechFrontEnd(language: "en-us", phonemizer: LetterPhonemizer())

    @Test func computesASentenceWhenItIsAskedFor() throws {
        let phonemizer = LetterPhonemizer()
        let frontEnd = SpeechFrontEnd(language: "en-us", phonemizer: phonemizer)
        var sentences = frontEnd.sentences(of: "one two\n\nthree\n \nfour")
        #expect(phonemizer.asked.isEmpty)
        let first = try sentences.next()
        #expect(first?.written == "^one two$" && first?.pauseAfter == 0.7)
        #expect(phonemizer.asked.count == 1)
        #expect(try sentences.next()?.text == "three")
        let last = try sentences.next()
        #expect(last?.text == "four" && last?.pauseAfter == 0)
        #expect(try sentences.next() == nil)
        #expect(phonemizer.asked.count == 3)
    }

    @Test(arguments: ["", " \n\n ", "...", "*** --- \"\"", "\u{0}\u{1}", "\u{E000}\u{FFFF}", "[[]]", "()"])
    func saysNothingWhereThereIsNothing(text: String) throws {
        #expect(try frontEnd.all(text) == [])
    }

    @Test(arguments: [
        ("say [[h@l'oU]] you", "^say həlˈoʊ you$"), ("[[h@l'oU]]", "^həlˈoʊ$"),
        ("see [[Wiki link]] now", "^see,Wiki link,now$"),
        ("open [[ only", "^open,only$"), ("[[a]][[a]]", "^ææ$"),
        ("[[x y [[h@l'oU]]", "^x y həlˈoʊ$"),
    ])
    func readsInlinePhonemes(text: String, expected: String) throws {
        #expect(try frontEnd.all(text).map(\.written).joined() == expected)
    }

    @Test func inlinePhonemesCanBeSwitchedOff() throws {
        var options = SpeechFrontEnd.Options()
        options.allowsInlinePhonemes = false
        let frontEnd = SpeechFrontEnd(language: "en-us", phonemizer: LetterPhonemizer(), options: options)
        #expect(try frontEnd.all("say [[bee]] you").map(\.written) == ["^say,bee,you$"])
    }

    @Test(arguments: [
        String(repeating: "s'", count: 100), String(repeating: "a", count: 20_000),
        String(repeating: "9", count: 2_000),
        String(repeating: "\u{200D}", count: 2_000), "a" + String(repeating: "\u{301}", count: 500),
        String(repeating: "\u{202E}", count: 1_000) + "abc", "1e999999 -0.0000000000000000000000001", "🇩🇪🇫🇷👨‍👩‍👧‍👦",
        "\u{1}5+10Ps \u{1B}[31m", String(repeating: "[[", count: 5_000),
        String(repeating: "the 日本 Москва ", count: 100),
        String(repeating: "<p>", count: 1_000), String(repeating: "\n", count: 2_000),
        String(repeating: "?! ", count: 500),
    ])
    func survivesHostileText(text: String) throws {
        let phonemizer = try EspeakPhonemizer()
        let frontEnd = SpeechFrontEnd(language: "en-us", phonemizer: phonemizer)
        for sentence in try frontEnd.all(text) {
            #expect(sentence.phonemes.first == .beginning && sentence.phonemes.last == .end)
            #expect(sentence.phonemes.allSatisfy { !$0.symbol.isEmpty && !$0.symbol.utf8.contains { $0 < 0x20 } })
            #expect(sentence.phonemes.count < 20_000)
        }
        var lenient = try frontEnd.sentences(ofSSML: text, isLenient: true)
        while let sentence = try lenient.next() { #expect(sentence.phonemes.last == .end) }
    }

    @Test func readsEspeaksOutput() {
        func written(_ text: String) -> [String] { EspeakOutput.phonemes(of: text).map(\.description) }
        #expect(written("_ˈeɪ_tʃ  t_ ˌɛ__l_") == ["ˈeɪ", "tʃ", " ", "t", " ", "ˌɛ", "l"])
        #expect(written("a_(fr)b (en) c_(x") == ["a", "b", " ", "c", "(x"])
        #expect(written("ˈˌa aˈb ˈ n_\u{329}") == ["ˈa", " ", "aˈb", " ", " ", "n", "\u{329}"])
        #expect(written("") == [] && written(" ") == [] && written("(en)") == [])
    }

    @Test func streamsSentences() throws {
        var stream = frontEnd.stream()
        var written: [String] = []
        for piece in ["One th", "ing is done", ". Another", " one is not"] {
            written += try stream.append(piece).map(\.written)
        }
        written += try stream.finish().map(\.written)
        #expect(written.joined().filter(\.isLetter) == "OnethingisdoneAnotheroneisnot")
    }

    @Test func streamsPausesOfParagraphsAndWarnings() throws {
        var stream = frontEnd.stream()
        var pauses: [Double] = []
        var warnings = 0
        for piece in ["One. Two.", "\n", "\nThree", "\n\n [[h@l'oU", "]] [[Wiki link]] four. Five"] {
            pauses += try stream.append(piece).map(\.pauseAfter)
            warnings += stream.takeWarnings().count
        }
        pauses += try stream.finish().map(\.pauseAfter)
        #expect(pauses == [0.3, 0.7, 0.7, 0.3, 0.3])
        var whole = frontEnd.sentences(of: "[[Wiki link]] four.")
        #expect(try whole.next() != nil && warnings == 1 && whole.warnings.count == 1)
    }

    @Test func cancelsBetweenSentences() async throws {
        let frontEnd = frontEnd
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            _ = try frontEnd.all("one")
        }
        task.cancel()
        let result = await task.result
        #expect(throws: PhonemeError.self) { try result.get() }
    }
}
