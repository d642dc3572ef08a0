import Glibc
import Testing

@testable import Phonemes

@Suite struct EspeakTests {
    @Test func speaksSeveralClausesAtOnce() throws {
        let phonemizer = try EspeakPhonemizer()
        let phonemes = try phonemizer.phonemes(of: ["Hello world", "", "this is it"], language: "en-us")
        #expect(phonemes == ["h_ə_l_ˈoʊ w_ˈɜː_l_d", "", "ð_ɪ_s ɪ_z ɪ_t"])
    }

    @Test func joinsTheParts() throws {
        let phonemes = try EspeakPhonemizer().phonemes(of: ["one, two. Three"], language: "en-us")
        #expect(phonemes == ["w_ˈʌ_n t_ˈuː θ_ɹ_ˈiː"])
    }

    @Test func findsVoicesByTag() throws {
        let voices = [
            EspeakVoice(
                identifier: "gmw/en", tags: [.init(priority: 2, name: "en-gb"), .init(priority: 2, name: "en")]),
            EspeakVoice(
                identifier: "gmw/en-US", tags: [.init(priority: 2, name: "en-us"), .init(priority: 3, name: "en")]),
            EspeakVoice(identifier: "roa/pt-BR", tags: [.init(priority: 5, name: "pt-br")]),
            EspeakVoice(identifier: "mb/mb-de1", tags: [.init(priority: 1, name: "de")]),
        ]
        #expect(voices.voice(for: "en")?.identifier == "gmw/en")
        #expect(voices.voice(for: "EN_us")?.identifier == "gmw/en-US")
        #expect(voices.voice(for: "en-us-texas")?.identifier == "gmw/en-US")
        #expect(voices.voice(for: "pt")?.identifier == "roa/pt-BR")
        #expect(voices.voice(for: "pt-ao")?.identifier == "roa/pt-BR")
        for tag in ["de", "", "-", "../../etc/passwd", "e", "\u{0}"] {
            #expect(voices.voice(for: tag) == nil, "\(tag)")
        }
    }

    @Test(arguments: ["", "../../en", "xx-klingon", "en\u{0}", "%s%n", String(repeating: "a", count: 100_000)])
    func refusesUnknownLanguages(language: String) throws {
        let phonemizer = try EspeakPhonemizer()
        let error = #expect(throws: PhonemeError.self) {
            _ = try phonemizer.phonemes(of: ["a"], language: language)
        }
        #expect(error?.code == .languageUnsupported)
        #expect((error?.message.utf8.count ?? 0) < 300)
    }

    @Test func listsManyLanguages() throws {
        let languages = try EspeakPhonemizer().languages
        #expect(languages.count > 100)
        #expect(languages == languages.sorted())
        #expect(Set(["en-us", "de", "fr", "cmn", "pt-br"]).isSubset(of: languages))
    }

    @Test(arguments: [
        ("plain text, as it is", "plain text, as it is"),
        ("don't [stop]", "don't [stop]"),
        ("a\u{1}5+10Ps b", "a 5+10Ps b"),
        ("[[h@l'oU]] you", "[h@l'oU] you"),
        ("tab\tand\nline", "tab and line"),
        ("so\u{AD}ft\u{200B}ly \u{202E}reversed\u{202C}", "softly reversed"),
        ("\u{E000}private \u{FFFF}none", "private none"),
        ("می\u{200C}\u{200C}\u{200C}خواهم", "می\u{200C}خواهم"),
        ("Zalgo" + String(repeating: "\u{301}", count: 500), "Zalgo\u{301}\u{301}\u{301}\u{301}"),
        ("ma\u{F1}ana", "ma\u{F1}ana"),
        (
            String(repeating: "a", count: 130),
            [60, 60, 10].map { String(repeating: "a", count: $0) }.joined(separator: " ")
        ),
        (String(repeating: "s'", count: 10), "s's's's's's's's's 's'"),
    ])
    func cleansText(text: String, expected: String) {
        #expect(
            EspeakText.clean(text).unicodeScalars.elementsEqual(expected.unicodeScalars), "\(EspeakText.clean(text))")
    }

    @Test func readsNoMoreThanItShould() {
        #expect(EspeakText.clean(String(repeating: "word ", count: 100_000)).utf8.count == EspeakText.longest)
        #expect(EspeakText.clean(String(repeating: "語", count: 100_000)).utf8.count <= EspeakText.longest + 4)
    }
}
