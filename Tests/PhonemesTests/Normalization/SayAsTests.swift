import Phonemes
import Testing

@Suite struct SayAsTests {
    private let normalizer = TextNormalizer(language: "en-us")

    private static let rows: [(text: String, kind: SayAs, spoken: String)] = [
        ("12", .cardinal, "twelve"),
        ("-1,234.5", .cardinal, "minus one thousand two hundred thirty four point five"),
        ("2004", .cardinal, "two thousand four"),
        ("1984", .cardinal, "one thousand nine hundred eighty four"),
        ("XIV", .cardinal, "fourteen"),
        ("12", .ordinal, "twelfth"),
        ("21st", .ordinal, "twenty first"),
        ("VIII", .ordinal, "eighth"),
        ("1905", .digits, "one nine zero five"),
        ("12-34", .digits, "one two, three four"),
        ("3.14", .digits, "three point one four"),
        ("abc", .characters, "eh B C"),
        ("A1-z", .characters, "eh one dash Z"),
        ("a.b@c", .characters, "eh dot B at C"),
        ("3/4/2025", .date(format: nil), "March fourth, twenty twenty five"),
        ("3/4/2025", .date(format: "mdy"), "March fourth, twenty twenty five"),
        ("3/4/2025", .date(format: "dmy"), "April third, twenty twenty five"),
        ("2025-03-04", .date(format: "ymd"), "March fourth, twenty twenty five"),
        ("3/2025", .date(format: "my"), "March twenty twenty five"),
        ("3-4", .date(format: "md"), "March fourth"),
        ("1905", .date(format: "y"), "nineteen oh five"),
        ("5", .date(format: "d"), "fifth"),
        ("5:30pm", .time, "five thirty p.m"),
        ("17:05", .time, "seventeen oh five"),
        ("2'15\"", .time, "two minutes and fifteen seconds"),
        ("90 min", .time, "ninety minutes"),
        ("5551234567", .telephone, "five five five, one two three, four five six seven"),
        ("+1 555 123 4567", .telephone, "plus one, five five five, one two three, four five six seven"),
        ("3/4", .fraction, "three quarters"),
        ("3 1/2", .fraction, "three and one half"),
        ("355/113", .fraction, "three hundred fifty five over one hundred thirteen"),
        ("5km", .unit, "five kilometers"),
        ("12V", .unit, "twelve volts"),
        ("5'11\"", .unit, "five foot eleven"),
        ("$3.50", .currency, "three dollars and fifty cents"),
        ("20 EUR", .currency, "twenty euros"),
        ("1234 Main St.", .address, "twelve thirty four Main Street."),
        ("205 Elm Ave.", .address, "two oh five Elm Avenue."),
    ]

    @Test func readsAsAsked() {
        for row in Self.rows {
            #expect(normalizer.spoken(row.text, as: row.kind) == row.spoken, "\(row.text) as \(row.kind)")
        }
    }

    @Test(arguments: [SayAs.cardinal, .ordinal, .digits, .date(format: "mdy"), .time, .telephone, .unit, .currency])
    func readsOtherTextPlainly(kind: SayAs) {
        #expect(normalizer.spoken("hello & welcome", as: kind) == "hello and welcome")
        #expect(normalizer.spoken("", as: kind).isEmpty)
    }

    @Test(arguments: ["mdy", "x", "", "yyyyyyyy", "dmy", "md"])
    func survivesDatesThatAreNone(format: String) {
        #expect(normalizer.spoken("99/99/9999", as: .date(format: format)).contains("ninety nine"))
    }

    @Test func knowsTheNamesOfSSML() {
        #expect(SayAs(interpretAs: "spell-out") == .characters)
        #expect(SayAs(interpretAs: "Date", format: "dmy") == .date(format: "dmy"))
        #expect(SayAs(interpretAs: "number", format: "ordinal") == .ordinal)
        #expect(SayAs(interpretAs: "nonsense") == nil)
    }
}
