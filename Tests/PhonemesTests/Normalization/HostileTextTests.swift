import Testing

@testable import Phonemes

/// Text that is made to break a front end. The tests are not timed, but nothing that takes more than linear time passes
/// them in a reasonable one.
@Suite struct HostileTextTests {
    private let normalizer = TextNormalizer(language: "en-us")
    private let splitter = SentenceSplitter(language: "en-us")

    private static let patterns: [String] = [
        "a", "1", "é", "字", "s'", "'", "1,", "1,111,", "1.", "1.1.", "1 000 ", "1/", "1/2/", "1-", "1:", "1:1", "$",
        "$1-", "#", "#a",
        "@", "@a", "a@", "a@b.", "(@", "(a", "(((", "a.", "A.", "A. ", "e.g.", "a.b.c/", "www.", "http://", "/a", "~/",
        "../", "\\",
        "I", "IV", "X ", "M", "-", "--", "=", "*", "_", "…", "\u{BD}", "\u{B2}", "\u{301}", "\u{200D}", "\u{202E}",
        "\u{E000}",
        "👩\u{200D}👩\u{200D}👧", "🇺🇸", "\u{1}5+10P", "[[", "]]", "[1]", "&amp;", "&", "<foo", "\n", "\n\n", "- ", "Dr. ",
        "\"", "5'", "5 km ",
        "1e9", "1e", "Mar. 4, ", "5pm-", "v1.", "x^", "1x1", "100 m", "1.1A ", "5-5W ", "III's ", "51:02:", "max. ",
        "% ", "٣", "Q&A", "C+", "+1 ", "(1) ",
    ]

    @Test(arguments: patterns) func longRunsStayLinear(pattern: String) {
        let text = String(repeating: pattern, count: 4000 / pattern.unicodeScalars.count)
        let spoken = normalizer.normalize(text)
        // A digit becomes a word of seven letters at the most, an exponent a phrase.
        #expect(spoken.utf8.count <= 40 * text.utf8.count + 100)
        let sentences = splitter.split(text)
        #expect(sentences.allSatisfy { $0.unicodeScalars.count <= SentenceSplitter.longestSentence })
        for sentence in sentences.prefix(10) {
            let clauses = splitter.clauses(of: normalizer.normalize(String(sentence)))
            #expect(clauses.allSatisfy { !$0.text.isEmpty })
        }
    }

    @Test func longTextWithoutSpaces() {
        let text = String(repeating: "abcdefghij", count: 20_000)
        let words = normalizer.normalize(text).split(separator: " ")
        #expect(words.allSatisfy { $0.utf8.count <= UnicodeCleanup.longestWord })
        #expect(words.joined() == text)
        #expect(splitter.split(text).count == 500)
    }

    @Test func tenThousandDigits() {
        let spoken = normalizer.normalize(String(repeating: "7", count: 10_000))
        #expect(spoken.split(separator: " ").count == 10_000)
        #expect(spoken.hasPrefix("seven seven seven"))
        #expect(
            normalizer.normalize("-0." + String(repeating: "0", count: 10_000)).hasPrefix("minus zero point zero zero"))
        #expect(splitter.clauses(of: spoken).allSatisfy { $0.text.utf8.count <= SentenceSplitter.longestClause + 10 })
    }

    @Test(arguments: [
        ("a\u{0}b", "ab"), ("\u{1}5+10P hi", "five plus ten P hi"), ("x\u{202E}y\u{202C}", "xy"), ("\u{FEFF}hi", "hi"),
        ("a\u{200D}\u{200D}b", "ab"), ("p\u{E000}q", "pq"), ("p\u{FFFD}q", "p q"),
        ("cafe\u{301}", "café"), ("[[h@l'oU]]", "[[h at l'oU]]"), ("\u{7F}", ""), ("", ""), ("   ", ""), ("\n\n", ""),
        ("Z\u{338}\u{322}\u{34E}a\u{337}lgo", "Zalgo"), ("a" + String(repeating: "\u{300}", count: 500) + "b", "àb"),
        ("🇺🇸🇩🇪", ""), ("👩\u{200D}👩\u{200D}👧", ""), ("<foo", "foo"),
        (
            "1e999999999999",
            "one times ten to the power of nine hundred ninety nine billion nine hundred ninety nine million nine hundred ninety nine thousand nine hundred ninety nine"
        ),
    ])
    func unspeakableCharactersGo(written: String, spoken: String) {
        #expect(normalizer.normalize(written) == spoken)
    }

    @Test func noncharactersGo() {
        for value: UInt32 in [0xFFFE, 0xFFFF, 0xFDD0, 0x1_FFFF, 0x10_FFFF, 0xE0001] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            #expect(normalizer.normalize("p" + String(scalar) + "q") == "pq")
        }
    }

    @Test func wordsStayShortEnoughForThePhonemizer() {
        let apostrophes = normalizer.normalize(String(repeating: "s'", count: 100))
        #expect(apostrophes.split(separator: " ").allSatisfy { $0.count { $0 == "'" } <= 5 })
        for language in ["de", "hi", "cmn"] {
            let spoken = TextNormalizer(language: language).normalize(String(repeating: "9", count: 1000))
            #expect(spoken.split(separator: " ").allSatisfy { $0.utf8.count <= UnicodeCleanup.longestWord })
        }
    }

    @Test(arguments: ["", " ", "\n", "...", "!?!", "\u{200B}", "—", "()", "\"\"", "\u{1F1FA}", "***", "-----"])
    func nothingToSayIsNoError(text: String) {
        #expect(splitter.split(normalizer.normalize(text)).isEmpty)
        #expect(splitter.clauses(of: normalizer.normalize(text)).isEmpty)
    }

    /// Random scalars of all planes, from a fixed seed.
    @Test func randomTextIsSurvived() {
        var state: UInt64 = 42
        func next(_ bound: UInt32) -> UInt32 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt32(truncatingIfNeeded: state >> 33) % bound
        }
        let signs = Array("0123456789.,:;-/'\"()$%°#@&+*=<>!? \nAIVXeaxkmst½²–…".unicodeScalars)
        for round in 0..<200 {
            var view = String.UnicodeScalarView()
            for _ in 0..<next(200) {
                if round % 4 == 0, let scalar = Unicode.Scalar(next(0x11_0000)) {
                    view.append(scalar)
                } else {
                    view.append(signs[Int(next(UInt32(signs.count)))])
                }
            }
            let text = String(view)
            let spoken = normalizer.normalize(text)
            #expect(!spoken.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
            for sentence in splitter.split(text) {
                _ = splitter.clauses(of: sentence)
                _ = normalizer.spoken(String(sentence), as: .address)
            }
        }
    }
}
