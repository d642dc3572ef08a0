import AudioCore
import AudioIO
import Foundation
import TestSupport
import Testing

@Suite struct AudioFileWriterTests {
    @Test(arguments: ["a.wav", "a.flac", "a.WAVE"])
    func keepsSamplesToSixteenBits(name: String) throws {
        let folder = try TemporaryFolder()
        let samples = Self.tone(count: 5_001)
        try Self.write(samples, to: "\(folder.path)/\(name)", rate: 22_050)
        let reader = try AudioFile.open("\(folder.path)/\(name)")
        #expect(reader.format == (try AudioFormat(sampleRate: 22_050, channels: 1)))
        let read = try reader.readAll()
        #expect(read.count == samples.count)
        #expect(zip(read, samples).allSatisfy { abs($0 - $1) <= 0x1p-15 })
        #expect(try folder.names() == [name])
    }

    @Test func resamplesForOpus() throws {
        let folder = try TemporaryFolder()
        try Self.write(Self.tone(count: 22_050), to: "\(folder.path)/a.opus", rate: 22_050)
        let read = try AudioFile.open("\(folder.path)/a.opus").readAll()
        // libsndfile decodes every Opus file at 48 kHz, or at the rate of its input.
        #expect([24_000, 48_000].contains(read.count))
        let power = read.reduce(0) { $0 + $1 * $1 } / Float(read.count)
        #expect(abs(power - 0.125) < 0.01)
    }

    @Test func cutsOffWhatIsTooLoud() throws {
        let folder = try TemporaryFolder()
        try Self.write([2, -2, 1, -1], to: "\(folder.path)/a.wav", rate: 16_000)
        let read = try AudioFile.open("\(folder.path)/a.wav").readAll()
        #expect(read.map { $0.rounded() } == [1, -1, 1, -1])
    }

    @Test func leavesNothingBehindUnlessFinished() throws {
        let folder = try TemporaryFolder()
        try folder.write("a.wav", [1, 2, 3])
        do {
            let writer = try AudioFileWriter(path: "\(folder.path)/a.wav", sampleRate: 16_000)
            try Self.tone(count: 1_000).withUnsafeBufferPointer { try writer.write($0) }
        }
        #expect(try folder.names() == ["a.wav"])
        #expect(try Array(folder.read("a.wav")) == [1, 2, 3])
    }

    @Test(arguments: [
        ("a.mp3", AudioError.Code.outputFormatUnknown), ("a", .outputFormatUnknown), ("wav", .outputFormatUnknown),
        (".wav", .outputFormatUnknown), ("missing/a.wav", .writeFailed), ("folder", .pathInvalid),
        ("folder/", .pathInvalid), ("a\0.wav", .pathInvalid), ("", .outputFormatUnknown),
    ])
    func refusesHopelessNames(name: String, code: AudioError.Code) throws {
        let folder = try TemporaryFolder()
        try folder.write("folder/x", [])
        let path = name.isEmpty ? "\(folder.path)/folder/y" : "\(folder.path)/\(name)"
        let error = #expect(throws: AudioError.self) { try AudioFileWriter(path: path, sampleRate: 16_000) }
        #expect(error?.code == code)
    }

    @Test func streamsToPipesAndRepairsHeadersOfFiles() throws {
        let samples = Self.tone(count: 3_000)
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let writer = try AudioFileWriter(streamingTo: ends[1], name: "pipe", sampleRate: 24_000)
        try samples.withUnsafeBufferPointer { try writer.write($0) }
        try writer.finish()
        close(ends[1])
        let piped = try FileHandle(fileDescriptor: ends[0], closeOnDealloc: true).readToEnd() ?? Data()
        #expect(piped.count == 44 + 2 * samples.count)
        #expect(piped[40..<44].elementsEqual([0xDB, 0xFF, 0xFF, 0xFF]))

        let folder = try TemporaryFolder()
        let descriptor = open("\(folder.path)/a.wav", O_CREAT | O_RDWR, 0o600)
        let filed = try AudioFileWriter(streamingTo: descriptor, name: "file", sampleRate: 24_000)
        try samples.withUnsafeBufferPointer { try filed.write($0) }
        try filed.finish()
        close(descriptor)
        let read = try AudioFile.open("\(folder.path)/a.wav").readAll()
        #expect(zip(read, samples).allSatisfy { abs($0 - $1) <= 0x1p-15 })
        #expect(read.count == samples.count)
        #expect(Data(try folder.read("a.wav")[44...]) == piped[44...])
    }

    @Test func saysWhenTheDiskIsFull() throws {
        guard access("/dev/full", W_OK) == 0 else { return }
        let writer = try AudioFileWriter(path: "/dev/full", sampleRate: 16_000)
        let error = #expect(throws: AudioError.self) {
            try Self.tone(count: 100).withUnsafeBufferPointer { try writer.write($0) }
        }
        #expect(error?.code == .writeFailed)
    }

    static func tone(count: Int) -> [Float] {
        (0..<count).map { 0.5 * sin(Float($0 % 100) * 2 * .pi / 100) }
    }

    private static func write(_ samples: [Float], to path: String, rate: Int) throws {
        let writer = try AudioFileWriter(path: path, sampleRate: rate)
        for start in stride(from: 0, to: samples.count, by: 700) {
            try samples[start..<min(start + 700, samples.count)].withUnsafeBufferPointer { try writer.write($0) }
        }
        try writer.finish()
        #expect(writer.framesWritten == samples.count)
    }
}
