import Foundation
import StrictJSON
import Testing

@testable import Recognition

/// A transcript and the reference's files of it, from `Tests/Fixtures/transcript/generate.py`.
struct TranscriptCase: Sendable, CustomTestStringConvertible {
    struct File: Sendable {
        var format: TranscriptFormat
        var options: SubtitleOptions
        var text: String
    }

    var name: String
    var transcript: Transcript
    var files: [File]

    var testDescription: String { name }

    static func all() throws -> [TranscriptCase] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/transcript/cases.json")
        let cases = try JSONValue(parsing: [UInt8](Data(contentsOf: path)))
        return try (cases.array ?? []).map(TranscriptCase.init)
    }

    private init(_ value: JSONValue) throws {
        name = try #require(value["name"]?.string)
        files = try #require(value["files"]?.array).map { file in
            let options = try #require(file["options"])
            return File(
                format: try #require(file["format"]?.string.flatMap(TranscriptFormat.init)),
                options: SubtitleOptions(
                    maxLineWidth: options["max_line_width"]?.integer, maxLineCount: options["max_line_count"]?.integer,
                    maxWordsPerLine: options["max_words_per_line"]?.integer,
                    highlightsWords: options["highlight_words"]?.bool ?? false),
                text: try #require(file["text"]?.string))
        }
        let result = try #require(files.first { $0.format == .json })
        transcript = try Transcript(try JSONValue(parsing: Array(result.text.utf8)))
    }
}

extension Transcript {
    /// Reads the reference's result.
    fileprivate init(_ value: JSONValue) throws {
        self.init(
            language: try #require(value["language"]?.string), duration: 0, text: try #require(value["text"]?.string),
            segments: try #require(value["segments"]?.array).map(Segment.init))
    }
}

extension Segment {
    fileprivate init(_ value: JSONValue) throws {
        self.init(
            id: try #require(value["id"]?.integer), seek: try #require(value["seek"]?.integer),
            start: try #require(value["start"]?.double), end: try #require(value["end"]?.double),
            text: try #require(value["text"]?.string),
            tokens: try #require(value["tokens"]?.array).map { try #require($0.integer) },
            temperature: try #require(value["temperature"]?.double),
            averageLogProbability: try #require(value["avg_logprob"]?.double),
            compressionRatio: try #require(value["compression_ratio"]?.double),
            noSpeechProbability: try #require(value["no_speech_prob"]?.double),
            words: try value["words"]?.array?.map(Word.init))
    }
}

extension Word {
    fileprivate init(_ value: JSONValue) throws {
        self.init(
            text: try #require(value["word"]?.string), start: try #require(value["start"]?.double),
            end: try #require(value["end"]?.double), probability: try #require(value["probability"]?.double))
    }
}
