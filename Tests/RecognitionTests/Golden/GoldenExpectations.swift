import StrictJSON
import Testing

/// What `expected.json` holds.
struct GoldenExpectations: Sendable {
    /// One window, decoded.
    struct Decoding: Sendable {
        let tokens: [Int]
        let text: String
        let averageLogProbability: Double
        let noSpeechProbability: Double
        let compressionRatio: Double
    }

    struct Word: Sendable {
        let text: String
        let start: Double
        let end: Double
        let probability: Double
    }

    struct Segment: Sendable {
        let seek: Int
        let start: Double
        let end: Double
        let text: String
        let tokens: [Int]
        let averageLogProbability: Double
        let noSpeechProbability: Double
        let words: [Word]?
    }

    /// A whole file, transcribed.
    struct Transcription: Sendable {
        let text: String
        let language: String
        let segments: [Segment]
    }

    struct TokenizedText: Sendable {
        let text: String
        let tokens: [Int]
    }

    /// Teacher-forced tokens and, for each, the most probable next token.
    let prefixTokens: [Int]
    let prefixArgmax: [Int]
    /// The most probable languages; nil for English-only models.
    let languageProbabilities: [String: Double]?
    let longRepeat: Int
    let texts: [TokenizedText]
    private let root: JSONValue

    init(_ json: JSONValue) throws {
        root = json
        prefixTokens = try json.integers("prefix_tokens")
        prefixArgmax = try json.integers("prefix_argmax")
        languageProbabilities = json["language_probs"]?.object.map { languages in
            Dictionary(uniqueKeysWithValues: languages.members.map { ($0.key, $0.value.double ?? .nan) })
        }
        longRepeat = try #require(json["long_repeat"]?.integer)
        texts = try json.elements("texts").map {
            TokenizedText(text: try $0.string("text"), tokens: try $0.integers("tokens"))
        }
    }

    /// `greedy`, `beam5` …
    func decoding(_ name: String) throws -> Decoding {
        let json = try #require(root[name])
        return Decoding(
            tokens: try json.integers("tokens"), text: try json.string("text"),
            averageLogProbability: try json.double("avg_logprob"),
            noSpeechProbability: try json.double("no_speech_prob"),
            compressionRatio: try json.double("compression_ratio"))
    }

    /// `long`, `words` …
    func transcription(_ name: String) throws -> Transcription {
        let json = try #require(root[name])
        return Transcription(
            text: try json.string("text"), language: try json.string("language"),
            segments: try json.elements("segments").map(Self.segment))
    }

    private static func segment(_ json: JSONValue) throws -> Segment {
        Segment(
            seek: try #require(json["seek"]?.integer), start: try json.double("start"), end: try json.double("end"),
            text: try json.string("text"), tokens: try json.integers("tokens"),
            averageLogProbability: try json.double("avg_logprob"),
            noSpeechProbability: try json.double("no_speech_prob"),
            words: try json["words"]?.array?.map {
                Word(
                    text: try $0.string("word"), start: try $0.double("start"), end: try $0.double("end"),
                    probability: try $0.double("probability"))
            })
    }
}

extension JSONValue {
    fileprivate func elements(_ key: String) throws -> [JSONValue] { try #require(self[key]?.array) }

    fileprivate func integers(_ key: String) throws -> [Int] { try elements(key).map { try #require($0.integer) } }

    fileprivate func string(_ key: String) throws -> String { try #require(self[key]?.string) }

    fileprivate func double(_ key: String) throws -> Double { try #require(self[key]?.double) }
}
