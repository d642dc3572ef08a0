import Testing

@testable import Phonemes

@Suite struct ClauseTests {
    private static let rows: [(sentence: String, clauses: String)] = [
        ("Hello, world.", "Hello<,> world<.>"),
        (
            "Well, he said: \"no; never\" — and left (quietly) on Monday...",
            "Well<,> he said<:> no<;> never<-> and left<,> quietly<,> on Monday<…>"
        ),
        ("Really?!", "Really<?>"),
        ("No!!!", "No<!>"),
        ("no mark", "no mark<>"),
        ("He left - slowly – now—then.", "He left<-> slowly<-> now<-> then<.>"),
        ("a well-known fact", "a well-known fact<>"),
        ("It's 'quoted' and 'tis.", "It's quoted and 'tis<.>"),
        ("the dogs' tails", "the dogs tails<>"),
        ("F.A.Q and the U.S Army.", "F.A.Q and the U.S Army<.>"),
        ("at five p.m.", "at five p.m<.>"),
        ("in the U.S. Army", "in the U.S Army<>"),
        ("Dr. Müller", "Dr Müller<>"),
        ("do it. then go", "do it<.> then go<>"),
        ("one,two", "one<,> two<>"),
        ("1,234 and 3.14 at 5:30", "1,234 and 3.14 at 5:30<>"),
        ("(What?!) Yes", "What<?> Yes<>"),
        ("He said \"yes.\"", "He said yes<.>"),
        ("\"Yes,\" he said.", "Yes<,> he said<.>"),
        ("etc., and more", "etc<,> and more<>"),
        ("list: a, b", "list<:> a<,> b<>"),
        ("你好，世界。", "你好<,> 世界<.>"),
        ("¿Qué tal?", "Qué tal<?>"),
        (", , ; .", ""),
        ("", ""),
        ("...", ""),
        ("\"", ""),
        ("- dash first", "dash first<>"),
        ("end ,", "end<,>"),
        ("a , b", "a<,> b<>"),
    ]

    @Test func cutsAtPunctuation() {
        let splitter = SentenceSplitter(language: "en-us")
        for row in Self.rows {
            let clauses = splitter.clauses(of: row.sentence).map { "\($0.text)<\($0.terminator.rawValue)>" }
            #expect(clauses.joined(separator: " ") == row.clauses, "\(row.sentence)")
        }
    }

    @Test func greekAsksWithASemicolon() {
        #expect(SentenceSplitter(language: "el").clauses(of: "Τι κάνεις;").map(\.terminator) == [.question])
    }

    @Test func takesABreathInLongClauses() {
        let clauses = SentenceSplitter(language: "en-us").clauses(of: String(repeating: "seven ", count: 200))
        #expect(clauses.count > 3)
        #expect(clauses.allSatisfy { $0.text.utf8.count <= SentenceSplitter.longestClause + 10 })
        #expect(clauses.dropLast().allSatisfy { $0.terminator == .comma })
    }
}
