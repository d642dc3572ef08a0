import Testing

@testable import Phonemes

@Suite struct SentenceSplittingTests {
    private let splitter = SentenceSplitter(language: "en-us")

    /// The sentences between bars, and the text without them.
    private static func parts(_ marked: String) -> (sentences: [String], text: String) {
        let sentences = marked.split(separator: "|").map { part in
            String(part.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
        }
        // A space stands between sentences unless their own white space or script says otherwise.
        var text = ""
        for part in marked.split(separator: "|") {
            let needsSpace =
                !text.isEmpty && part.first?.isWhitespace == false
                && text.unicodeScalars.last.map(SentenceScanner.isWideTerminator) == false
            text += (needsSpace ? " " : "") + part
        }
        return (sentences.filter { $0.contains { $0.isLetter || $0.isNumber } }, text)
    }

    @Test(arguments: SentenceTable.english) func endsSentencesWhereReadersWould(marked: String) {
        let (sentences, text) = Self.parts(marked)
        #expect(splitter.split(text).map(String.init) == sentences)
    }

    @Test(arguments: SentenceTable.others) func endsSentencesOfOtherLanguages(language: String, marked: String) {
        let (sentences, text) = Self.parts(marked)
        #expect(SentenceSplitter(language: language).split(text).map(String.init) == sentences)
    }

    @Test func sentencesAreSlicesOfTheText() {
        let text = "  Café. \u{1F600} Yes.\r\nNo.  "
        let sentences = splitter.split(text)
        #expect(sentences.map(String.init) == ["Café.", "\u{1F600} Yes.", "No."])
        for sentence in sentences { #expect(text[sentence.startIndex..<sentence.endIndex] == sentence) }
    }

    // MARK: Long sentences

    @Test func cutsLongSentencesAtClauses() {
        let clause = "and another clause that goes on for a while, "
        let sentences = splitter.split(String(repeating: clause, count: 30))
        #expect(sentences.count > 2)
        #expect(sentences.allSatisfy { $0.hasSuffix(",") && $0.utf8.count <= SentenceSplitter.longestSentence })
    }

    @Test func cutsLongSentencesAtSpaces() {
        let sentences = splitter.split(String(repeating: "word ", count: 300))
        #expect(sentences.allSatisfy { $0.hasPrefix("word") && $0.hasSuffix("word") })
        #expect(sentences.map { $0.split(separator: " ").count }.reduce(0, +) == 300)
    }

    @Test func cutsOutsideOfCharacters() {
        let sentences = splitter.split("x" + String(repeating: "e\u{301}", count: 1000))
        #expect(sentences.allSatisfy { $0.unicodeScalars.first != "\u{301}" })
        #expect(sentences.map(\.unicodeScalars.count).reduce(0, +) == 2001)
    }

    // MARK: Streams

    private static func stream(_ text: String, pieces: Int) -> [String] {
        var stream = SentenceStream(splitter: SentenceSplitter(language: "en-us"))
        var sentences: [String] = []
        var rest = Array(text.unicodeScalars)[...]
        while !rest.isEmpty {
            sentences += stream.append(String(scalars: rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
        }
        return sentences + stream.finish()
    }

    @Test(arguments: [1, 2, 3, 7, 50]) func streamsFindTheSameSentences(pieces: Int) {
        var texts = SentenceTable.english.map { Self.parts($0).text }
        texts.append(texts.joined(separator: " "))
        texts.append(String(repeating: "a, b ", count: 500))
        texts.append(String(repeating: "x", count: 1000) + ". " + String(repeating: ".", count: 1000) + "y")
        for text in texts { #expect(Self.stream(text, pieces: pieces) == splitter.split(text).map(String.init)) }
    }

    @Test func sentencesLeaveAsSoonAsTheyAreCertain() {
        var stream = SentenceStream(splitter: splitter)
        #expect(stream.append("Hello there").isEmpty)
        #expect(stream.append(". ").isEmpty)
        #expect(stream.append("H") == ["Hello there."])
        #expect(stream.append("e met Dr. ").isEmpty)
        #expect(stream.append("Smith! N") == ["He met Dr. Smith!"])
        #expect(stream.finish() == ["N"])
        #expect(stream.finish().isEmpty)
        #expect(stream.append("Again. And") == ["Again."])
    }

    @Test func waitingTextIsBounded() {
        var stream = SentenceStream(splitter: splitter)
        var count = 0
        for _ in 0..<5000 { count += stream.append("abcd").reduce(0) { $0 + $1.utf8.count } }
        #expect(count > 20_000 - 2 * SentenceSplitter.longestSentence)
    }
}
