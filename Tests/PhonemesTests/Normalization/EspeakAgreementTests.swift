import Testing

@testable import Phonemes

/// Where espeak-ng's own rules are right, our words sound like what it makes of the digits.
@Suite struct EspeakAgreementTests {
    private static let written: [String] =
        (0...120).map(String.init)
        + [
            "200", "305", "999", "1000", "1001", "1,234", "10000", "12,345", "100000", "999,999", "1000000",
            "7,654,321",
        ]
        + [
            "2000000000", "1000000000000", "3.14", "0.5", "10.05", "-5", "5%", "1st", "2nd", "3rd", "4th", "12th",
            "21st",
        ]
        + ["123456789012345678", "007"]

    @Test func numbersSoundAlike() throws {
        let phonemizer = try EspeakPhonemizer()
        let normalizer = TextNormalizer(language: "en-us")
        let spoken = Self.written.map { normalizer.normalize($0) }
        let ours = try phonemizer.phonemes(of: spoken, language: "en-us").map(Self.sounds)
        let theirs = try phonemizer.phonemes(of: Self.written, language: "en-us").map(Self.sounds)
        for (index, text) in Self.written.enumerated() { #expect(ours[index] == theirs[index], "\(text)") }
    }

    /// Phonemes without stress and word boundaries, which depend on how a number is put together.
    private static func sounds(_ phonemes: String) -> String {
        // The vowels of "forty" and "eleven" have two symbols each.
        String(phonemes.filter { !"_ ˈˌ".contains($0) }.map { $0 == "ɔ" ? "o" : $0 == "ᵻ" ? "ɪ" : $0 })
    }

    @Test func nothingIsLeftToSpell() throws {
        let normalizer = TextNormalizer(language: "en-us")
        for table in [
            NormalizationTable.numbers, NormalizationTable.dates, NormalizationTable.money, NormalizationTable.units,
        ] {
            for row in table {
                let words = normalizer.normalize(row.written)
                #expect(
                    !words.unicodeScalars.contains { $0.isDigit || "$%&/°".unicodeScalars.contains($0) }, "\(words)")
            }
        }
    }
}
