import Testing

@testable import Phonemes

/// What is written, and what is said for it in American English; one table per topic.
enum NormalizationTable {}

@Suite struct NormalizationTests {
    private let normalizer = TextNormalizer(language: "en-us")

    @Test(arguments: [
        NormalizationTable.numbers, NormalizationTable.dates, NormalizationTable.times, NormalizationTable.money,
        NormalizationTable.units, NormalizationTable.names, NormalizationTable.abbreviations, NormalizationTable.web,
        NormalizationTable.symbols, NormalizationTable.ambiguous,
    ])
    func saysWhatAReaderWouldSay(table: [(written: String, spoken: String)]) {
        for row in table {
            #expect(normalizer.normalize(row.written) == row.spoken, "\(row.written)")
        }
    }

    @Test func readsWholeSentences() {
        let sentences = [
            "Dr. Smith paid $3.50 on 3/4/2025 at 5:30pm.":
                "Doctor Smith paid three dollars and fifty cents on March fourth, twenty twenty five at five thirty p.m.",
            "I read it in Nature, vol. 5, no. 3, pp. 10-12 (see fig. 2).":
                "I read it in Nature, volume five, number three, pages ten to twelve (see figure two).",
            "He earned $45,000/yr (approx. 10% more than in 2019).":
                "He earned forty five thousand dollars per year (approximately ten percent more than in twenty nineteen).",
            "\"It's 3/4 full,\" she said; \"0.75 L of H2O.\"":
                "\"It's three quarters full,\" she said; \"zero point seven five liters of H two O.\"",
        ]
        for (written, spoken) in sentences { #expect(normalizer.normalize(written) == spoken) }
    }

    @Test func keepsPlainText() {
        let text =
            "The quick brown fox jumps over the lazy dog; it didn't (really) mind. Did it? No!\n\nYes, well-known."
        #expect(normalizer.normalize(text) == text)
    }

    /// What is said holds nothing that would have to be normalised again.
    @Test func changesNothingTwice() {
        for table in [NormalizationTable.numbers, NormalizationTable.dates, NormalizationTable.money] {
            for row in table { #expect(normalizer.normalize(row.spoken) == row.spoken) }
        }
    }

    @Test(arguments: [
        ("3/4/2025", "the third of April, twenty twenty five"),
        ("4 March", "the fourth of March"),
        ("105", "one hundred and five"),
        ("1,005", "one thousand and five"),
        ("2004", "two thousand and four"),
        ("1,234,567", "one million two hundred and thirty four thousand five hundred and sixty seven"),
        ("5 km", "five kilometres"),
        ("2 l", "two litres"),
        ("50p", "fifty pence"),
        ("£3.20", "three pounds and twenty pence"),
        ("on 3/4", "on the third of April"),
    ])
    func followsBritishHabits(written: String, spoken: String) {
        #expect(TextNormalizer(language: "en-gb").normalize(written) == spoken)
    }

    @Test(arguments: ["de", "fr", "cmn", "", "../../etc"])
    func leavesOtherLanguagesToThePhonemizer(language: String) {
        let normalizer = TextNormalizer(language: language)
        #expect(normalizer.normalize("Am 3. Oktober: 5 € & „mehr“") == "Am 3. Oktober: 5 € & \"mehr\"")
        #expect(normalizer.normalize("ｆｕｌｌ\u{200B}\u{202E}") == "full ")
    }
}
