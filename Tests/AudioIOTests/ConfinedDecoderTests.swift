import AudioCore
import Foundation
import Glibc
import HelperProcess
import TestSupport
import Testing

@testable import AudioIO

@Suite(.enabled(if: BuiltProgram.path != nil, "the program is not built"))
struct ConfinedDecoderTests {
    private let confined = ConfinedAudioDecoder(helper: .program(path: BuiltProgram.path ?? ""))

    /// What decodes here decodes there, sample for sample, damage and errors included.
    @Test(arguments: DecodedFile.all) func agreesWithDecodingInThisProcess(file: DecodedFile) throws {
        let here = try AudioFile.open(file.path)
        let there = try AudioFile.open(file.path, decoder: confined)
        #expect(there.format == here.format)
        #expect(there.frameCount == here.frameCount)
        #expect(try there.readAll(chunk: 777) == here.readAll())
        #expect(there.damage == nil)
    }

    @Test func errorsAndDamageNameTheFile() throws {
        let folder = try TemporaryFolder()
        let texts = [
            "text.wav": Array("no sound at all".utf8), "empty.flac": [],
            "zeros.mp3": [UInt8](repeating: 0, count: 9_000),
        ]
        let system = SystemAudioDecoder(ffmpeg: FFmpegDecoder(executable: nil))
        let decoder = ConfinedAudioDecoder(
            helper: .program(path: BuiltProgram.path ?? ""), ffmpeg: FFmpegDecoder(executable: nil))
        for (name, bytes) in texts {
            let path = try folder.write(name, bytes)
            let here = #expect(throws: AudioError.self) { try AudioFile.open(path, decoder: system) }
            let there = #expect(throws: AudioError.self) { try AudioFile.open(path, decoder: decoder) }
            #expect(there?.code == here?.code)
            #expect(there?.message == here?.message)
        }
        let whole = try #require(DecodedFile.all.first { $0.name == "pcm16.flac" })
        let bytes = try Data(contentsOf: URL(filePath: whole.path))
        let cut = try folder.write("cut.flac", bytes.prefix(bytes.count / 2))
        #expect(Self.outcome(of: cut, with: decoder) == Self.outcome(of: cut, with: system))
        #expect(Self.outcome(of: cut, with: decoder).contains("cut.flac"))
    }

    /// What comes of reading a damaged file: the sound until the damage and its description, or the error.
    private static func outcome(of path: String, with decoder: some AudioFileDecoder) -> String {
        do {
            let reader = try AudioFile.open(path, decoder: decoder)
            return "\(try reader.readAll()) \(reader.damage?.description ?? "")"
        } catch {
            return "\(error)"
        }
    }

    @Test func aDecoderThatEndsCostsAnError() throws {
        let file = try #require(DecodedFile.all.first { $0.name == "pcm16.flac" })
        for program in ["/bin/true", "/nonexistent/program"] {
            let decoder = ConfinedAudioDecoder(helper: .program(path: program))
            let error = #expect(throws: AudioError.self) { try AudioFile.open(file.path, decoder: decoder) }
            #expect(error?.code == .decoderCrashed)
        }
    }

    /// 100 in a row, each killed while it decodes; the next file is served as if nothing had been.
    @Test func aDecoderThatIsKilledCostsAnError() throws {
        let folder = try TemporaryFolder()
        // More than the socket holds, so that the process is there when it is killed.
        let path = try folder.write("long.wav", WAV.file(Data(repeating: 1, count: 4_000_000)))
        for _ in 0..<100 {
            let reader = try ConfinedReader(
                AudioFileHandle(path: path), helper: .program(path: BuiltProgram.path ?? ""))
            kill(try #require(reader.helperIdentifier), SIGKILL)
            let error = #expect(throws: AudioError.self) { try reader.readAll() }
            #expect(error?.code == .decoderCrashed)
        }
        #expect(try AudioFile.open(path, decoder: confined).readAll().count == 2_000_000)
    }

    @Test func aDecoderKnowsLittleAndMayDoLittle() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("long.wav", WAV.file(Data(repeating: 1, count: 4_000_000)))
        setenv("HEARSAY_TEST_SECRET", "quizzacious", 1)
        defer { unsetenv("HEARSAY_TEST_SECRET") }
        let reader = try ConfinedReader(
            AudioFileHandle(path: path), helper: .program(path: BuiltProgram.path ?? ""))
        let process = "/proc/\(try #require(reader.helperIdentifier))"
        #expect(try !String(contentsOfFile: process + "/environ", encoding: .utf8).contains("quizzacious"))
        let limits = try String(contentsOfFile: process + "/limits", encoding: .utf8).split(separator: "\n")
        for (name, most) in [("Max cpu time", 7_200), ("Max open files", 32), ("Max address space", 1 << 30)] {
            let line = try #require(limits.first { $0.hasPrefix(name) }).dropFirst(name.count)
            #expect(line.split(separator: " ").prefix(2).allSatisfy { Int($0) == most }, "\(line)")
        }
        #expect(try reader.readAll().count == 2_000_000)
    }

    @Test func aDecoderThatHangsIsGivenUp() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("long.wav", WAV.file(Data(repeating: 1, count: 4_000_000)))
        let reader = try ConfinedReader(
            AudioFileHandle(path: path), helper: .program(path: BuiltProgram.path ?? ""))
        kill(try #require(reader.helperIdentifier), SIGSTOP)
        let error = #expect(throws: AudioError.self) { try reader.readAll() }
        #expect(error?.code == .decoderTimedOut)
    }

    @Test func messagesSurviveTheSocket() {
        let error = AudioError(.formatDamaged, "\(DecoderMessage.nameMark) is damaged")
        let messages: [DecoderMessage] = [
            .header(sampleRate: 384_000, channels: 64, frameCount: 1 << 47),
            .header(sampleRate: 4_000, channels: 1, frameCount: nil), .end, .damage(error), .failure(error),
        ]
        for message in messages {
            let payload = Array(message.bytes.dropFirst(HelperFrame.headerCount))
            let back = DecoderMessage(payload, fileName: "'a'")
            switch (message, back) {
            case (.header(let a, let b, let c), .header(let x, let y, let z)): #expect(a == x && b == y && c == z)
            case (.end, .end): break
            case (.damage, .damage(let told)), (.failure, .failure(let told)):
                #expect(told.code == .formatDamaged && told.message == "'a' is damaged")
            default: Issue.record("\(message) became \(String(describing: back))")
            }
        }
        #expect(DecoderMessage([], fileName: "") == nil)
        #expect(DecoderMessage([9], fileName: "") == nil)
        #expect(DecoderMessage([0, 1, 2], fileName: "") == nil)
        #expect(DecoderMessage([3, 200, 0, 65], fileName: "") == nil)
    }
}
