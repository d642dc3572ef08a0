import Glibc
import Testing

@testable import Phonemes

@Suite struct NotationTests {
    private func ipa(_ text: String, _ language: String = "en-us") -> String? {
        (try? PhonemeNotation(language: language).ipa(text).get())?.map(\.description).joined(separator: "_")
    }

    @Test(arguments: [
        ("həˈloʊ", "h_ə_l_ˈoʊ"), ("/təˈmeɪ.toʊ/", "t_ə_m_ˈeɪ_t_oʊ"), ("ˈt͡ʃɜːtʃ", "tʃ_ˈɜː_tʃ"), ("dʒɪf", "dʒ_ɪ_f"),
        ("ʤɪf", "dʒ_ɪ_f"), ("ɡreɪ greɪ", "ɡ_ɹ_eɪ_ _ɡ_ɹ_eɪ"), ("ˈteɪbəl", "t_ˈeɪ_b_əl"), ("əˈlaʊ", "ə_l_ˈaʊ"),
        ("fɑːɹ", "f_ɑːɹ"), ("ˈfɑːɹɪŋ", "f_ˈɑː_ɹ_ɪ_ŋ"), ("ˈbʌt.n̩", "b_ˈʌ_t_n̩"),
        ("ˌɪntəˈnæʃənəl", "ˌɪ_n_t_ə_n_ˈæ_ʃ_ə_n_əl"),
        ("bɝd", "b_ɜː_d"), ("fɑðər", "f_ɑː_ð_ə_ɹ"), ("ˈn̩", "ˈn̩"), ("fi:t", "f_iː_t"), ("'wɪn", "w_ˈɪ_n"),
    ])
    func readsIPA(text: String, expected: String) {
        #expect(ipa(text) == expected)
    }

    @Test func keepsLettersOfOtherLanguagesAlone() {
        #expect(ipa("ʁaɪ̯tɐ", "de") == "ʁ_a_ɪ̯_t_ɐ")
        #expect(ipa("kaˈsa", "it") == "k_a_s_ˈa")
    }

    @Test(arguments: ["", "   ", "Hello", "a1", "?", "日本", "a\u{1}", "ˈ", "..", String(repeating: "a", count: 2_001)])
    func refusesWhatIsNoIPA(text: String) {
        #expect(ipa(text) == nil)
    }

    /// Each mnemonic alone and in words, as espeak-ng's own program writes them.
    @Test(.enabled(if: EspeakProgram.isPresent, "espeak-ng is not installed"))
    func readsMnemonicsAsEspeakDoes() throws {
        let words = [
            "h@l'oU", "w'3:ld", "t@m'eIdoU", "k'0fi", "tS'3:tS", "dZ'VdZ", "s'IN@L", "'O:l", "S'i:", "m'EZ3",
            "T'INk", "f'A:D3", "b'OI", "h'aUs", "'aIs", "l'U@k", "a#b'aUt", "n'u:||j'o@k", "x'a",
        ]
        let notation = PhonemeNotation(language: "en-us")
        for word in words {
            let ours = try notation.mnemonics(word).get()
            let theirs = EspeakOutput.phonemes(of: EspeakProgram.ipa(["[[\(word)]]"], language: "en-us"))
            #expect(ours.map(\.description) == theirs.map(\.description), "\(word)")
        }
    }

    @Test func mnemonicsAreForEnglish() {
        #expect(throws: PhonemeNotation.Unknown.self) { try PhonemeNotation(language: "de").mnemonics("a").get() }
        #expect(throws: PhonemeNotation.Unknown.self) { try PhonemeNotation(language: "en-us").mnemonics("Wiki").get() }
        let british = try? PhonemeNotation(language: "en-gb").mnemonics("g'oU 0").get()
        #expect(british?.map(\.description) == ["ɡ", "ˈəʊ", " ", "ɒ"])
    }
}

/// espeak-ng's own program.
enum EspeakProgram {
    static let isPresent = access("/usr/bin/espeak-ng", X_OK) == 0

    /// What it writes for paragraphs of text, one line for each.
    static func ipa(_ paragraphs: [String], language: String) -> String {
        var path = Array("/tmp/hearsay-espeak-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        defer {
            unlink(path)
            close(descriptor)
        }
        let text = Array(paragraphs.joined(separator: "\n\n").utf8)
        guard write(descriptor, text, text.count) == text.count else { return "" }
        let name = path.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        guard let pipe = popen("espeak-ng -q --ipa --sep=_ -v \(language) -f \(name)", "r") else { return "" }
        defer { pclose(pipe) }
        var bytes: [UInt8] = []
        while case let byte = getc(pipe), byte != EOF { bytes.append(UInt8(byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

@Suite(.enabled(if: EspeakProgram.isPresent, "espeak-ng is not installed"))
struct EspeakParityTests {
    /// Numbers, which every language has, by their own rules, and some words.
    @Test(arguments: ["en-us", "en-gb", "de", "fr", "es", "ru", "pl", "tr"])
    func agreesWithTheProgram(language: String) throws {
        let words =
            (1...90).map { String($0) } + ["radio", "hotel", "taxi", "metro", "1.000", "2,5", "Berlin", "Paris"]
        let lines = EspeakProgram.ipa(words, language: language).split(separator: "\n").map(String.init)
        let ours = try EspeakPhonemizer().phonemes(of: words, language: language)
        try #require(lines.count == words.count)
        for (word, (line, phonemes)) in zip(words, zip(lines, ours)) {
            #expect(EspeakOutput.phonemes(of: line) == EspeakOutput.phonemes(of: phonemes), "\(word)")
        }
    }
}
