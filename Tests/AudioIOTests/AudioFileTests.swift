import AudioCore
import AudioIO
import Foundation
import TestSupport
import Testing

@Suite struct AudioFileTests {
    @Test func onlyRegularFilesAreOpened() throws {
        let folder = try TemporaryFolder()
        let fifo = folder.url("fifo").path
        try #require(mkfifo(fifo, 0o600) == 0)
        for path in [folder.path, fifo, "/dev/zero", "/dev/null"] {
            let error = #expect(throws: AudioError.self) { try AudioFile.open(path) }
            #expect(error?.code == .notRegularFile)
        }
    }

    @Test func pathsThatLeadNowhereAreErrors() throws {
        let folder = try TemporaryFolder()
        let loop = folder.url("loop").path
        try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
        for path in [loop, "/nowhere/at all\n.wav", String(repeating: "a", count: 5_000)] {
            let error = #expect(throws: AudioError.self) { try AudioFile.open(path) }
            #expect(error?.code == .openFailed)
            #expect(error?.message.contains("\n") == false)
        }
        for path in ["", "a\0b"] {
            let error = #expect(throws: AudioError.self) { try AudioFile.open(path) }
            #expect(error?.code == .pathInvalid)
        }
    }

    @Test func decodedLengthCanBeLimited() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("second.wav", WAVFile(data: WAVFile.ramp(frames: 16_000)).bytes)
        #expect(try AudioFile.open(path, maximumSeconds: 1).readAll().count == 16_000)
        let error = #expect(throws: AudioError.self) { try AudioFile.open(path, maximumSeconds: 0.99).readAll() }
        #expect(error?.code == .tooLong)
    }

    @Test func twoReadersOfOneHandleDoNotDisturbEachOther() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("ramp.wav", WAVFile(data: WAVFile.ramp(frames: 2_000)).bytes)
        let file = try AudioFileHandle(path: path)
        let decoder = SystemAudioDecoder()
        let first = try decoder.open(file)
        let second = try decoder.open(file)
        var buffer = [Float](repeating: 0, count: 500)
        _ = try buffer.withUnsafeMutableBufferPointer { try first.read(into: $0) }
        #expect(try second.readAll().count == 2_000)
        #expect(try first.readAll().first == Float(500 * 16) / 32_768)
    }

    @Test func aFileThatShrinksWhileItIsReadEnds() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("shrinks.wav", WAVFile(data: WAVFile.ramp(frames: 500_000)).bytes)
        let reader = try AudioFile.open(path)
        truncate(path, 1_000)
        #expect(try reader.readAll().count < 500_000)
    }
}
