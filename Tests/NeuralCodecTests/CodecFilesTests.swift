import Foundation
import StrictJSON
import Tensors
import TestSupport
import Testing

@testable import NeuralCodec

/// Configurations and code streams, whole and damaged.
@Suite struct CodecFilesTests {
    static let pool = ThreadPool(threads: 1)

    func stream(frames: Int) throws -> (NeuralCodec, CodecStreamFile) {
        let codec = try NeuralCodec.open(Fixture.path("ours"), pool: try #require(Self.pool))
        let codes = CodecCodes(
            stages: 3, codes: (0..<frames * 3).map { UInt16($0 * 7 % 20) },
            pitch: (0..<frames).map { UInt8(truncatingIfNeeded: $0 * 31) })
        return (codec, try CodecStreamFile(codes, samples: max(0, frames * 256 - 100), codec: codec))
    }

    func parse(_ bytes: [UInt8]) throws -> CodecStreamFile {
        try bytes.withUnsafeBytes { try CodecStreamFile(parsing: $0) }
    }

    @Test(arguments: [0, 1, 2, 3, 50]) func streamsComeBackAsTheyWere(frames: Int) throws {
        let (codec, file) = try stream(frames: frames)
        let bytes = file.bytes()
        // 8 bits of pitch and 3 codes of 5 bits.
        #expect(bytes.count == 48 + (frames * 23 + 7) / 8)
        let read = try parse(bytes)
        #expect(read == file)
        #expect(read.suits(codec))
        #expect(abs(read.bitRate - 23 * 22_050 / 256) < 1e-9)
    }

    @Test func damagedStreamsAreRefused() throws {
        let (_, file) = try stream(frames: 3)
        let bytes = file.bytes()
        for count in 0..<bytes.count { #expect(throws: CodecError.self) { try parse(Array(bytes[..<count])) } }
        #expect(throws: CodecError.self) { try parse(bytes + [0]) }
        // Each byte of the header but those of the fingerprint is checked; the last byte's filling too.
        for offset in Array(0..<40) + [bytes.count - 1] {
            var damaged = bytes
            damaged[offset] ^= 0x80
            if [12, 13, 14, 16, 32].contains(offset) {
                // Another sample rate, frame or length that could be.
                _ = try? parse(damaged)
            } else {
                #expect(throws: CodecError.self, "byte \(offset)") { try parse(damaged) }
            }
        }
        var large = bytes
        for offset in 24..<40 { large[offset] = 0xFF }
        #expect(throws: CodecError.self) { try parse(large) }
        var code = bytes
        for offset in 48..<51 { code[offset] = 0xFF }
        #expect(throws: CodecError.self) { try parse(code) }
    }

    @Test func streamsAreWrittenAndRead() throws {
        let folder = try TemporaryFolder()
        let (_, file) = try stream(frames: 7)
        try file.write(folder.path + "/speech.codes")
        #expect(try CodecStreamFile.read(folder.path + "/speech.codes") == file)
        #expect(throws: CodecError.self) { try file.write(folder.path + "/nowhere/speech.codes") }
        for path in ["/nowhere", "/dev/null", folder.path, Fixture.path("ours/codec.json")] {
            #expect(throws: CodecError.self) { try CodecStreamFile.read(path) }
        }
    }

    @Test func streamsOfOtherLengthsAreNotMade() throws {
        let (codec, file) = try stream(frames: 3)
        for samples in [-1, 512, 769] {
            #expect(throws: CodecError.self) { try CodecStreamFile(file.codes, samples: samples, codec: codec) }
        }
    }

    func configuration(_ text: String) throws -> CodecConfiguration {
        try CodecConfiguration(try JSONValue(parsing: Array(text.utf8)), path: "codec.json")
    }

    @Test func configurationsAreReadAndChecked() throws {
        let read = try configuration(#"{"sample_rate": 16000, "hop_length": 200, "mel_floor": 0.001, "more": {}}"#)
        #expect(read.sampleRate == 16_000)
        #expect(read.hopLength == 200)
        #expect(read.melFloor == 0.001)
        #expect(read.fftSize == 1024)
        for text in [
            "[]", #"{"sample_rate": 0}"#, #"{"sample_rate": "16000"}"#, #"{"hop_length": 600}"#, #"{"fft_size": 1025}"#,
            #"{"mel_scale": 0}"#, #"{"mel_scale": 1e999}"#, #"{"pitch_low": 700}"#,
            #"{"file": "../codec.safetensors"}"#,
            #"{"file": ".."}"#, #"{"file": ""}"#, #"{"file": 3}"#, #"{"fft_size": 99999999999999999999999}"#,
        ] {
            #expect(throws: (any Error).self, "\(text)") { try configuration(text) }
        }
    }

    @Test func opensFoldersConfigurationsAndWeights() throws {
        let pool = try #require(Self.pool)
        for path in ["ours", "ours/codec.json", "ours/codec.safetensors"] {
            #expect(try NeuralCodec.open(Fixture.path(path), pool: pool).stages == 3)
        }
        for path in ["/nonexistent", "/dev/null", Fixture.folder, Fixture.path("ours/expected.safetensors")] {
            #expect(throws: CodecError.self) { try NeuralCodec.open(path, pool: pool) }
        }
    }

    @Test func opensTheCodecOfAVoice() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "codec.safetensors", try Data(contentsOf: URL(filePath: Fixture.path("ours/codec.safetensors"))))
        try folder.write(
            "voice.json", #"{"format": "hearsay-voice", "codec": {"file": "codec.safetensors"}}"#.utf8)
        #expect(try NeuralCodec.open(folder.path, pool: try #require(Self.pool)).sampleRate == 22_050)
    }
}
