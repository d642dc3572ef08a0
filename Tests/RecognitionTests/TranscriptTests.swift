import Foundation
import StrictJSON
import Testing

@testable import Recognition

/// Writers against the files that OpenAI's `whisper.utils.get_writer` left on the disk for the same results.
@Suite struct TranscriptWriterTests {
    @Test(arguments: try TranscriptCase.all())
    func writesTheReferencesBytes(_ example: TranscriptCase) throws {
        for file in example.files {
            let writer = TranscriptWriter(file.format, subtitles: file.options)
            let written = writer(example.transcript)
            #expect(
                Array(written.utf8) == Array(file.text.utf8), "\(example.name).\(file.format) with \(file.options)")
        }
    }

    @Test func theFixtureCoversEveryFormatAndOption() throws {
        let files = try TranscriptCase.all().flatMap(\.files)
        #expect(Set(files.map(\.format)) == [.txt, .tsv, .json, .srt, .vtt])
        #expect(files.contains { $0.options.maxLineCount != nil && $0.options.maxLineWidth != nil })
        #expect(files.contains { $0.options.maxWordsPerLine != nil })
        #expect(files.contains { $0.options.highlightsWords })
    }

    @Test func writesNumbersThatAreNoneAsPythonDoes() {
        let segment = Segment(
            id: 0, seek: 0, start: 0, end: 1, text: "", tokens: [], temperature: 0, averageLogProbability: -.infinity,
            compressionRatio: .infinity, noSpeechProbability: .nan)
        let transcript = Transcript(language: "en", duration: 1, text: "", segments: [segment])
        // python3 -c 'import json, math; print(json.dumps([-math.inf, math.inf, math.nan]))'
        #expect(
            TranscriptWriter(.json)(transcript).contains(
                #""avg_logprob": -Infinity, "compression_ratio": Infinity, "no_speech_prob": NaN}"#))
        let strict = TranscriptWriter(.verboseJSON)(transcript)
        #expect(strict.contains(#""avg_logprob": null, "compression_ratio": null, "no_speech_prob": null}"#))
    }

    @Test func segmentsWithoutWordsAmongOthersAreWrittenWhole() {
        var segments = ["a", "b"].map { text in
            Segment(
                id: 0, seek: 0, start: 1, end: 2, text: " \(text) c", tokens: [], temperature: 0,
                averageLogProbability: 0, compressionRatio: 1, noSpeechProbability: 0)
        }
        // What a segment that was cleared looks like: the reference fails on it.
        segments[0].words = []
        let transcript = Transcript(language: "en", duration: 2, text: "", segments: segments)
        #expect(
            TranscriptWriter(.srt)(transcript)
                == "1\n00:00:01,000 --> 00:00:02,000\na c\n\n2\n00:00:01,000 --> 00:00:02,000\nb c\n\n")
    }

    @Test(arguments: [-1, -.infinity, .infinity, .nan, 1e300, Double.greatestFiniteMagnitude])
    func timesOutOfRangeDoNotTrap(_ time: Double) {
        let word = Word(text: " x", start: time, end: time, probability: 1)
        var segment = Segment(
            id: 0, seek: 0, start: time, end: time, text: " x", tokens: [], temperature: 0, averageLogProbability: 0,
            compressionRatio: 1, noSpeechProbability: 0)
        for words in [nil, [word]] {
            segment.words = words
            let transcript = Transcript(language: "en", duration: time, text: " x", segments: [segment])
            for format in TranscriptFormat.allCases {
                let text = TranscriptWriter(format, subtitles: SubtitleOptions(highlightsWords: true))(transcript)
                #expect(!text.isEmpty)
                if time < 0 || time.isNaN, format == .vtt { #expect(text.contains("00:00.000 --> 00:00.000")) }
            }
        }
    }

    @Test func limitsBelowOneAreNone() {
        let options = SubtitleOptions(maxLineWidth: 0, maxLineCount: -1, maxWordsPerLine: 0)
        #expect(options == SubtitleOptions())
    }
}

/// The shape of OpenAI's `verbose_json`.
@Suite struct OpenAIVerboseJSONTests {
    private static let transcript = Transcript(
        task: .translate, language: "ht", duration: 8.25, text: " Él \"dit\". ",
        segments: [
            Segment(
                id: 0, seek: 0, start: 0, end: 3.5, text: " Él \"dit\".", tokens: [50364, 7, 50414], temperature: 0.2,
                averageLogProbability: -0.25, compressionRatio: 1.5, noSpeechProbability: 1e-5,
                words: [
                    Word(text: " Él", start: 0, end: 1.25, probability: 0.5),
                    Word(text: " \"dit\".", start: 1.25, end: 3.5, probability: 1),
                ])
        ])
    private static let head =
        #"{"task": "translate", "language": "haitian creole", "duration": 8.25, "text": "Él \"dit\".""#
    private static let segmentHead =
        #", "segments": [{"id": 0, "seek": 0, "start": 0.0, "end": 3.5, "text": " Él \"dit\".", "tokens": [50364, 7, 50414], "#
        + #""temperature": 0.2, "avg_logprob": -0.25, "compression_ratio": 1.5, "no_speech_prob": 1e-05"#
    private static let nestedWords =
        #", "words": [{"word": " Él", "start": 0.0, "end": 1.25, "probability": 0.5}, "#
        + #"{"word": " \"dit\".", "start": 1.25, "end": 3.5, "probability": 1.0}]"#
    private static let words =
        #", "words": [{"word": "Él", "start": 0.0, "end": 1.25}, {"word": "\"dit\".", "start": 1.25, "end": 3.5}]"#

    @Test func writesSegmentsAndWords() {
        #expect(
            OpenAIVerboseJSON(Self.transcript).text
                == Self.head + Self.segmentHead + Self.nestedWords + "}]" + Self.words + "}")
    }

    @Test func writesWhatIsAskedFor() {
        #expect(
            OpenAIVerboseJSON(Self.transcript, granularities: .segment).text
                == Self.head + Self.segmentHead + "}]}")
        #expect(OpenAIVerboseJSON(Self.transcript, granularities: .word).text == Self.head + Self.words + "}")
        #expect(OpenAIVerboseJSON(Self.transcript, granularities: []).text == Self.head + "}")
    }

    @Test func isStrictJSONWithAnUnknownLanguageAsItIs() throws {
        var transcript = Self.transcript
        transcript.language = "tlh"
        transcript.text = "\u{0}\u{1F600}\u{2028}"
        let value = try JSONValue(parsing: OpenAIVerboseJSON(transcript).bytes)
        #expect(value["language"]?.string == "tlh")
        #expect(value["text"]?.string == "\u{0}\u{1F600}")
    }
}
