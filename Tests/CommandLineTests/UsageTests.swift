import ArgumentParser
import Foundation
import Pipelines
import Recognition
import TestSupport
import Testing

@testable import hearsay

/// What the program says and how it ends when there is nothing to compute.
@Suite(.enabled(if: Program.path != nil, "the program is not built"))
struct UsageTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test(arguments: [
        ["transcribe"], ["nonsense"], ["transcribe", "--nonsense", "a.wav"],
        ["transcribe", "-f", "docx", "a.wav"], ["transcribe", "-f", "txt,srt", "a.wav"],
        ["transcribe", "-f", "srt", "a.wav", "b.wav"], ["transcribe", "-o", "x", "a.wav", "b/a.mp3"],
        ["transcribe", "--rate", "8000", "a.wav"], ["transcribe", "-", "-"],
        ["transcribe", "--max-line-width", "40", "a.wav"], ["transcribe", "--highlight-words", "a.wav"],
        ["transcribe", "--word-timestamps", "--max-line-count", "2", "a.wav"],
        ["transcribe", "--language", "klingon", "a.wav"], ["transcribe", "--temperature", "-1", "a.wav"],
        ["transcribe", "--temperature-increment-on-fallback", "0", "a.wav"], ["transcribe", "--threads", "0", "a.wav"],
        ["transcribe", "--beam-size", "many", "a.wav"], ["models", "pull"],
    ])
    func wrongUsageEndsWithTwo(arguments: [String]) throws {
        let result = try Program.run(arguments, in: folder)
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("Usage:") || result.errors.contains("Error:"))
    }

    @Test func helpAndVersionGoToStandardOutput() throws {
        for arguments in [["--help"], ["help", "transcribe"], ["--version"], ["transcribe", "--help"], []] {
            let result = try Program.run(arguments, in: folder)
            #expect(result.status == 0)
            #expect(!result.output.isEmpty && result.errors.isEmpty)
        }
    }

    @Test func modelProblemsEndWithThree() throws {
        try folder.write("broken/config.json", Data("{}".utf8))
        try folder.write("broken/model.safetensors", Data(count: 3))
        try folder.write("broken.bin", Data("not a model".utf8))
        for name in ["one", "two"] {
            try folder.write("hearsay/models/\(name)/config.json", Data("{}".utf8))
            try folder.write("hearsay/models/\(name)/model.safetensors", Data(count: 3))
        }
        let cases = [
            ([], "[store.model_unspecified]"), (["-m", "small"], "`hearsay models pull small`"),
            (["-m", "./nothing"], "[store.model_unknown]"), (["-m", "\(folder.path)/broken"], "[model."),
            (["-m", "\(folder.path)/broken.bin"], "[model."),
        ]
        for (arguments, words) in cases {
            let result = try Program.run(["transcribe"] + arguments + ["a.wav"], in: folder)
            #expect(result.status == 3, "\(result.errors)")
            #expect(result.errors.contains(words), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        }
    }

    /// Before the model is opened, and long before anything is computed.
    @Test func namesThatCannotBeWrittenEndWithFive() throws {
        try folder.write("out/talk.srt/file", Data())
        let long = String(repeating: "n", count: 254) + ".wav"
        for recording in ["talk.wav", long] {
            let result = try Program.run(
                ["transcribe", "-o", "\(folder.path)/out", "-f", "txt,srt", recording], in: folder)
            #expect(result.status == 5, "\(result.errors)")
        }
    }

    @Test func namesOfResults() {
        #expect(TranscriptFiles.stem(of: "a/talk.one.flac") == "talk.one")
        #expect(TranscriptFiles.stem(of: "talk") == "talk")
        #expect(TranscriptFiles.stem(of: "/x/.hidden") == ".hidden")
        #expect(TranscriptFiles.stem(of: "-") == "stdin")
        #expect(TranscriptFiles(folder: "o", formats: [.verboseJSON]).path("a.wav", .verboseJSON) == "o/a.json")
        #expect(
            TranscriptFiles(folder: "o", formats: [.json, .verboseJSON]).path("a.wav", .verboseJSON)
                == "o/a.verbose.json")
    }

    @Test func theBarFitsItsTerminal() {
        let line = ProgressBar.line(label: "talk.flac", unit: .time, done: 60, total: 240, rate: 2, columns: 100)
        #expect(line == "talk.flac [#######.......................] 25 %  1:00 of 4:00  2.0× real time  1:30 left")
        for columns in [1, 10, 40, 80, 300] {
            let line = ProgressBar.line(
                label: "talk.flac", unit: .bytes, done: 1e6, total: 3e9, rate: 1e6, columns: columns)
            #expect(line.count < max(columns, 2))
        }
        let unknown = ProgressBar.line(label: "pipe", unit: .time, done: 3725, total: nil, rate: 0, columns: 80)
        #expect(unknown == "pipe 1:02:05")
        #expect(ProgressBar.byteCount(151_060_136) == "144.1 MiB")
    }

    /// The temperatures of `numpy.arange(t, 1.0 + 1e-6, increment)`, as the reference computes them.
    @Test func temperaturesAsTheReferenceSpacesThem() throws {
        func temperatures(_ arguments: [String]) throws -> [Double] {
            try DecodingArguments.parse(arguments).options.temperatures
        }
        #expect(try temperatures([]).count == 6)
        #expect(try temperatures([]).last == 1.0)
        #expect(try temperatures(["--temperature", "0.5"]) == [0.5, 0.7, 0.9])
        #expect(try temperatures(["--temperature", "2"]) == [2])
        #expect(try temperatures(["--temperature-increment-on-fallback", "none"]) == [0])
        #expect(try temperatures(["--temperature-increment-on-fallback", "0.3"]).count == 4)
    }

    @Test func noneSwitchesThresholdsOff() throws {
        let options = try DecodingArguments.parse([
            "--logprob-threshold", "-0.5", "--compression-ratio-threshold", "none", "--no-speech-threshold", "None",
            "--beam-size", "none", "--suppress-tokens", "-1,5", "--clip-timestamps", "0, 10.5,20",
            "--condition-on-previous-text", "false", "--language", "German",
        ]).options
        #expect(options.logProbabilityThreshold == -0.5)
        #expect(options.compressionRatioThreshold == nil && options.noSpeechThreshold == nil && options.beamSize == nil)
        #expect(options.suppressTokens == [-1, 5] && options.clipTimestamps == [0, 10.5, 20])
        #expect(options.conditionOnPreviousText == false && options.language == "de")
    }

    /// The manual pages are committed: they must not fall behind the program.
    @Test(arguments: [
        [], ["transcribe"], ["models"], ["models", "list"], ["models", "info"], ["models", "pull"],
        ["models", "quantize"],
        ["models", "verify"],
    ])
    func theManualHasEveryOption(command: [String]) throws {
        let page = (["hearsay"] + command).joined(separator: "-")
        let url = Program.root.appendingPathComponent("Documentation/man/\(page).1")
        let manual = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        let help = try Program.run(command + ["--help"], in: folder).output
        let offered = Set(help.matches(of: /(?m)^ {2}(?:-\w, )?--([a-z-]+)/).map { String($0.output.1) })
        let documented = Set(manual.matches(of: /(?m)^\.It Fl (?:\w , )?-([a-z-]+)/).map { String($0.output.1) })
        #expect(!offered.isEmpty)
        #expect(offered == documented)
        // The generator drops what is not ASCII from help texts without a word.
        #expect(!help.replacing(#/\(default:\s[^\n]*/#, with: "").contains { !$0.isASCII })
        // The manual has the defaults that the help has.
        let defaults = help.matches(of: #/default:\s/#).count
        #expect(manual.matches(of: #/default: |\nThe default is (?!HEARSAY)/#).count == defaults)
        for status in ExitStatus.allCases {
            #expect(manual.contains(".It \(status.rawValue)\n"))
        }
    }
}
