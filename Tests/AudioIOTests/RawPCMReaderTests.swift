import AudioCore
import AudioIO
import Foundation
import TestSupport
import Testing

/// Runs `body` with the reading end of a pipe into which `write` puts bytes from another thread.
private func withPipe<Value>(
    _ write: @escaping @Sendable (FileHandle) -> Void, _ body: (Int32) throws -> Value
) rethrows -> Value {
    let pipe = Pipe()
    Thread.detachNewThread {
        write(pipe.fileHandleForWriting)
        try? pipe.fileHandleForWriting.close()
    }
    return try body(pipe.fileHandleForReading.fileDescriptor)
}

@Suite struct RawPCMReaderTests {
    /// libsndfile's own decoders are the judge: the same bytes behind a WAV header.
    @Test(arguments: RawPCMReaderTests.wavForms)
    func decodesAsLibsndfileDoes(encoding: PCMEncoding, tag: UInt16, bits: UInt16) throws {
        let bytes: [UInt8] =
            switch encoding {
            case .f32le: (0..<300).flatMap { littleEndian((Float($0 - 150) / 149).bitPattern) }
            case .f64le: (0..<300).flatMap { littleEndian((Double($0 - 150) / 149).bitPattern) }
            default: (0..<2_400).map { UInt8(truncatingIfNeeded: $0 < 256 ? $0 : $0 * 73 + $0 / 7) }
            }
        let folder = try TemporaryFolder()
        let path = try folder.write("x.wav", WAVFile(formatTag: tag, bits: bits, data: bytes).bytes)
        let expected = try AudioFile.open(path).readAll()
        let samples = try withPipe({ $0.write(Data(bytes)) }) { descriptor in
            try RawPCMReader(fileDescriptor: descriptor, rate: 16_000, channels: 1, encoding: encoding).readAll()
        }
        #expect(samples == expected)
        #expect(samples.count == bytes.count / encoding.bytesPerSample)
    }

    /// An encoding, and how the header of a WAV file names it: format tag and bits per sample.
    static let wavForms: [(PCMEncoding, UInt16, UInt16)] = [
        (.u8, 1, 8), (.s16le, 1, 16), (.s24le, 1, 24), (.s32le, 1, 32), (.f32le, 3, 32), (.f64le, 3, 64),
        (.mulaw, 7, 8), (.alaw, 6, 8),
    ]

    @Test func bigEndianIsTheMirrorOfLittleEndian() throws {
        let samples = try withPipe({ $0.write(Data([0x40, 0x00, 0x80, 0x00, 0xFF, 0xFF])) }) { descriptor in
            try RawPCMReader(fileDescriptor: descriptor, rate: 16_000, channels: 1, encoding: .s16be).readAll()
        }
        #expect(samples == [0.5, -1, -1 / 32_768])
    }

    /// A pipe may hand over any number of bytes, also parts of a sample.
    @Test func framesThatArriveInPiecesAreWhole() throws {
        let values = (0..<600).map { Int16($0 * 50) }
        let bytes = values.flatMap { littleEndian($0) }
        let samples = try withPipe({ handle in
            for start in stride(from: 0, to: bytes.count, by: 7) {
                handle.write(Data(bytes[start..<min(start + 7, bytes.count)]))
                usleep(20)
            }
        }) { descriptor in
            let reader = try RawPCMReader(fileDescriptor: descriptor, rate: 8_000, channels: 3, encoding: .s16le)
            let samples = try reader.readAll(chunk: 1)
            #expect(reader.damage == nil)
            return samples
        }
        #expect(samples == values.map { Float($0) / 32_768 })
    }

    @Test func aFrameThatIsCutOffIsDroppedAndNoted() throws {
        try withPipe({ $0.write(Data([0, 0x40, 0, 0x20, 0, 0x40, 0])) }) { descriptor in
            let reader = try RawPCMReader(fileDescriptor: descriptor, rate: 8_000, channels: 2, encoding: .s16le)
            #expect(try reader.readAll() == [0.5, 0.25])
            #expect(reader.damage?.code == .formatDamaged)
        }
    }

    @Test func impossibleFormatsAreRefused() {
        for (rate, channels) in [(0, 1), (500_000, 1), (16_000, 0), (16_000, 65), (Int.max, Int.max)] {
            #expect(throws: AudioError.self) {
                _ = try RawPCMReader(fileDescriptor: 0, rate: rate, channels: channels, encoding: .f64le)
            }
        }
    }

    @Test func aClosedDescriptorIsAnError() throws {
        let reader = try RawPCMReader(fileDescriptor: 987_654, rate: 16_000, channels: 1, encoding: .s16le)
        let error = #expect(throws: AudioError.self) { try reader.readAll() }
        #expect(error?.code == .readFailed)
    }

    @Test func aSilentPipeCanBeLeft() async throws {
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        let task = Task.detached {
            try RawPCMReader(fileDescriptor: descriptor, rate: 16_000, channels: 1, encoding: .s16le).readAll()
        }
        task.cancel()
        let error = await #expect(throws: AudioError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        try pipe.fileHandleForWriting.close()
    }
}
