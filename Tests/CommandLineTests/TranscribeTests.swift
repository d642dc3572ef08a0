import Foundation
import Glibc
import TestSupport
import Testing

/// `hearsay transcribe` as a process, on golden models.
@Suite(.enabled(if: GoldenCase.isPresent, "no golden data, or the program is not built"))
struct TranscribeTests {
    let folder: TemporaryFolder
    let golden: GoldenCase

    /// One greedy attempt, as the golden results were made.
    static let plain = [
        "--language", "en", "--beam-size", "none", "--best-of", "none", "--temperature-increment-on-fallback", "none",
        "--compression-ratio-threshold", "none", "--logprob-threshold", "none", "--no-speech-threshold", "none",
    ]

    init() throws {
        folder = try TemporaryFolder()
        golden = try #require(GoldenCase.all.first)
    }

    private func transcribe(_ arguments: [String], input: Data? = nil) throws -> Program.Result {
        try Program.run(["transcribe", "--model", golden.model] + Self.plain + arguments, input: input, in: folder)
    }

    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    private func tokens(_ result: [String: Any]) -> [[Int]] {
        (result["segments"] as? [[String: Any]] ?? []).map { $0["tokens"] as? [Int] ?? [] }
    }

    @Test(arguments: GoldenCase.all)
    func tokensAreTheReferences(golden: GoldenCase) throws {
        for model in [golden.model, golden.ggml] {
            let result = try Program.run(
                ["transcribe", "--model", model, "--format", "json", "--word-timestamps"] + Self.plain + [golden.audio],
                in: folder)
            #expect(result.status == 0, "\(result.errors)")
            let transcript = try object(result.output)
            let expected = try golden.expected("words")
            #expect(tokens(transcript) == tokens(expected))
            #expect(transcript["text"] as? String == expected["text"] as? String)
        }
    }

    @Test func writesEveryFormat() throws {
        let formats = "txt,srt,vtt,tsv,json,verbose_json"
        let result = try transcribe(["--format", formats, "--output-dir", "\(folder.path)/a/b", golden.audio])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(
            try folder.names("a/b")
                == ["audio.json", "audio.srt", "audio.tsv", "audio.txt", "audio.verbose.json", "audio.vtt"])
        #expect(try folder.text("a/b/audio.srt").hasPrefix("1\n00:00:"))
        #expect(try folder.text("a/b/audio.vtt").hasPrefix("WEBVTT\n\n00:"))
        #expect(try folder.text("a/b/audio.tsv").hasPrefix("start\tend\ttext\n"))
        #expect(try object(folder.text("a/b/audio.verbose.json"))["task"] as? String == "transcribe")
        #expect(try object(folder.text("a/b/audio.json")).keys.sorted() == ["language", "segments", "text"])
        // What is printed as it is recognised is what would have been written.
        #expect(try transcribe([golden.audio]).output == folder.text("a/b/audio.txt"))
        #expect(try transcribe(["--format", "srt", golden.audio]).output == folder.text("a/b/audio.srt"))
    }

    @Test func withAFolderAllFormatsAreTheDefault() throws {
        #expect(try transcribe(["-o", "\(folder.path)/all", golden.audio]).status == 0)
        #expect(try folder.names("all") == ["audio.json", "audio.srt", "audio.tsv", "audio.txt", "audio.vtt"])
    }

    @Test func severalFilesAreNamedAndOneFailingStopsNothing() throws {
        let copy = try folder.write("other.wav", Data(contentsOf: URL(fileURLWithPath: golden.audio)))
        let noise = try folder.write("noise.wav", Data("this is no sound".utf8))
        let result = try transcribe([golden.audio, noise, copy])
        #expect(result.status == 1)
        let text = try transcribe([golden.audio]).output
        #expect(result.output == "==> \(golden.audio) <==\n\(text)\n==> \(noise) <==\n\n==> \(copy) <==\n\(text)")
        let lines = result.errors.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.contains("noise.wav") == true && lines.first?.contains("[audio.") == true)
        #expect(lines.last?.contains("1 of 3 files failed") == true)
    }

    @Test func rawSamplesFromStandardInput() throws {
        let result = try transcribe(
            ["--rate", "16000", "--channels", "1", "--encoding", "s16le", "-"], input: golden.sound())
        #expect(result.status == 0, "\(result.errors)")
        #expect(try result.output == transcribe([golden.audio]).output)
        #expect(try transcribe(["-"], input: Data()).status != 2)
    }

    @Test func printsNoBarIntoAPipe() throws {
        let result = try transcribe([golden.audio])
        #expect(!result.errors.contains("\r") && !result.errors.contains("\u{1B}"))
        #expect(try transcribe(["--quiet", golden.audio]).errors.isEmpty)
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func anInterruptLeavesNothingHalf(signal: Int32) throws {
        // Beams and fallback on a random model take many seconds.
        let output = DescriptorPipe()
        defer { close(output.reading) }
        let child = try Program.start(
            ["transcribe", "--quiet", "--model", golden.model, "--output-dir", "\(folder.path)/out"] + Self.manyAttempts
                + [golden.audio],
            output: output.writing, in: folder)
        close(output.writing)
        while !folder.has("out") { usleep(10_000) }
        child.send(signal)
        #expect(child.wait() == .exit(130))
        #expect(try folder.names("out").isEmpty)
        #expect(try folder.text("errors") == "")
    }

    /// No text compresses so badly: every temperature is tried.
    private static let manyAttempts = ["--language", "en", "--compression-ratio-threshold", "0.001", "--best-of", "20"]

    @Test func aReaderThatGoesAwayIsNoError() throws {
        let output = DescriptorPipe()
        let child = try Program.start(
            ["transcribe", "--model", golden.model, "--quiet"] + Self.plain + [golden.audio], output: output.writing,
            in: folder)
        close(output.reading)
        close(output.writing)
        #expect(child.wait() == .signal(SIGPIPE))
        #expect(try folder.text("errors") == "")
    }

    @Test func audioProblems() throws {
        let text = try folder.write("text.wav", Data("this is no sound".utf8))
        for file in ["\(folder.path)/missing.wav", text, folder.path] {
            let result = try transcribe([file])
            #expect(result.status == 4, "\(file)")
            #expect(result.output.isEmpty)
            #expect(result.errors.hasPrefix("hearsay: ") && result.errors.contains("[audio."), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        }
    }

    @Test func outputProblems() throws {
        let file = try folder.write("file", Data())
        let result = try transcribe(["--output-dir", "\(file)/below", golden.audio])
        #expect(result.status == 5)
        #expect(result.errors.contains("[output.folder_unusable]"))
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        let child = try Program.start(
            ["transcribe", "--model", golden.model] + Self.plain + [golden.audio], output: full, in: folder)
        #expect(child.wait() == .exit(5))
        #expect(try folder.text("errors").contains("[output.write_failed]"))
    }
}
