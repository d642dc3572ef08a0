import Phonemes

/// Each letter is a phoneme, so that a test sees what was asked for; counts the calls.
final class LetterPhonemizer: Phonemizer {
    private let calls = Counter()

    /// The clauses of each call.
    var asked: [[String]] { calls.all }

    func phonemes(of clauses: [String], language: String) throws(PhonemeError) -> [String] {
        calls.add(clauses)
        return clauses.map { clause in
            clause.split(separator: " ").map { word in
                word.filter { $0.isLetter || $0.isNumber }.map(String.init).joined(separator: "_")
            }.joined(separator: " ")
        }
    }

    /// `@unchecked Sendable`: only used by the one thread that runs a test.
    private final class Counter: @unchecked Sendable {
        var all: [[String]] = []

        func add(_ clauses: [String]) { all.append(clauses) }
    }
}

extension SpeechFrontEnd {
    /// All sentences of plain text.
    func all(_ text: String) throws -> [SpokenSentence] {
        try Self.all(sentences(of: text))
    }

    /// All sentences of text in SSML, `speak` around it.
    func all(ssml: String, isLenient: Bool = false) throws -> [SpokenSentence] {
        try Self.all(sentences(ofSSML: "<speak>\(ssml)</speak>", isLenient: isLenient))
    }

    private static func all(_ sentences: SpokenSentences) throws -> [SpokenSentence] {
        var sentences = sentences
        var result: [SpokenSentence] = []
        while let sentence = try sentences.next() { result.append(sentence) }
        return result
    }
}

extension SpokenSentence {
    /// The symbols with their stress, one after the other.
    var written: String { phonemes.map(\.description).joined() }
}
