import Foundation
import Pipelines
import Recognition
import TestSupport
import Testing

@testable import JobStore

/// No transcript ever replaces another recording's.
@Suite struct ResultFilesTests {
    private let folder: TemporaryFolder
    private let store: JobStore

    init() throws {
        folder = try TemporaryFolder()
        store = try JobStore(folder: folder.store)
    }

    private func transcript(_ text: String) -> Transcript {
        Transcript(task: .transcribe, language: "en", duration: 1, text: text, segments: window(0, text: text).segments)
    }

    /// Adds the recording, has it done with this text, and tells the names of its results.
    private func finish(_ path: String, _ text: String, formats: [TranscriptFormat] = [.txt, .srt]) throws -> String? {
        let output = TranscriptFiles(folder: folder.path + "/out", formats: formats)
        let id = try store.add(JobRequest(path: path, output: output), owner: 0).id
        #expect(try store.claimNext()?.job.id == id)
        try store.claimResults(of: id)?.write(transcript(text), of: path)
        try store.finish(id, transcript(text), warnings: [])
        return try store.job(id).request.output?.name
    }

    private func recording(_ name: String) throws -> String {
        try FileManager.default.createDirectory(
            atPath: (folder.path + "/" + name as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        return try folder.write(name, Array(name.utf8))
    }

    @Test func recordingsOfOneNameKeepTheirTranscripts() throws {
        let names = ["talk.wav", "talk.flac", "b/talk.flac", "c/talk.flac", "c/talk"]
        let results = try names.map { try finish(recording($0), $0) }
        #expect(results == ["talk", "talk.flac", "talk.flac.2", "talk.flac.3", "talk.2"])
        for (name, result) in zip(names, results) {
            #expect(try folder.text("out/\(try #require(result)).txt").hasPrefix(name))
            #expect(folder.has("out/\(try #require(result)).srt"))
        }
    }

    @Test func theSameRecordingIsWrittenAnew() throws {
        let path = try recording("talk.wav")
        #expect(try finish(path, "first") == "talk")
        #expect(try finish(path, "second") == "talk")
        #expect(try folder.text("out/talk.txt").hasPrefix("second"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/out").count == 2)
    }

    @Test func aFileOfUnknownOriginStays() throws {
        _ = try recording("out/talk.srt")
        #expect(try finish(recording("talk.wav"), "mine") == "talk.wav")
        #expect(try folder.text("out/talk.srt") == "out/talk.srt")
        #expect(!folder.has("out/talk.txt"))
    }

    @Test func bothJSONFormsAreLookedAt() throws {
        #expect(try finish(recording("talk.verbose.wav"), "one", formats: [.json]) == "talk.verbose")
        #expect(try finish(recording("talk.wav"), "two", formats: [.json, .verboseJSON]) == "talk.wav")
    }

    /// Between the choice of the name and the end of the job lies the writing, at which everything may stop.
    @Test func whatWasInterruptedWhileWritingKeepsItsName() throws {
        let path = try recording("talk.wav")
        let output = TranscriptFiles(folder: folder.path + "/out", formats: [.txt])
        let id = try store.add(JobRequest(path: path, output: output), owner: 0).id
        _ = try store.claimNext()
        try store.claimResults(of: id)?.write(transcript("half"), of: path)
        try store.release(id)
        _ = try store.claimNext()
        let files = try #require(try store.claimResults(of: id))
        #expect(files.name == "talk")
    }
}
