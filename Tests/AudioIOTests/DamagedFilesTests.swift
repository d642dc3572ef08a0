import AudioCore
import AudioIO
import Foundation
import TestSupport
import Testing

/// No ffmpeg, so that what libsndfile makes of a file is what is tested.
private let sndfileOnly = SystemAudioDecoder(ffmpeg: FFmpegDecoder(executable: nil))

@Suite struct WAVHeaderTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ bytes: [UInt8]) throws(AudioError) -> any AudioReader {
        let path: String
        do {
            path = try folder.write("x.wav", bytes)
        } catch {
            throw AudioError(.openFailed, "\(error)")
        }
        return try AudioFile.open(path, decoder: sndfileOnly)
    }

    /// Programs that write to a pipe cannot go back to fill in the sizes.
    @Test(arguments: [UInt32(0), 0xFFFF_FFFF, 0x7FFF_FFFF, 2_001, 1_000_000])
    func unknownDataSizeIsReadToTheEnd(size: UInt32) throws {
        for riff in [UInt32(0), 0xFFFF_FFFF, nil] {
            let samples = try open(WAVFile(riffSize: riff, dataSize: size).bytes).readAll()
            #expect(samples.count == 1_000)
            #expect(samples.last == Float(999 * 16) / 32_768)
        }
    }

    @Test(arguments: [0, 1, 3_999, 384_001, 2_147_483_647, 0xFFFF_FFFF] as [UInt32])
    func ratesThatAreNoneAreRefused(rate: UInt32) {
        let error = #expect(throws: AudioError.self) { try open(WAVFile(rate: rate).bytes) }
        #expect([.rateUnsupported, .formatDamaged].contains(error?.code))
    }

    @Test(arguments: [0, 65, 1_024, 65_535] as [UInt16])
    func channelCountsOutsideOfTheLimitsAreRefused(channels: UInt16) {
        let error = #expect(throws: AudioError.self) { try open(WAVFile(channels: channels).bytes) }
        #expect([.channelsUnsupported, .formatDamaged, .formatUnrecognised].contains(error?.code))
    }

    /// libsndfile would not come back from this one; the sound is untouched by it.
    @Test func soundBehindMetadataThatWrapsAroundIsRead() throws {
        let entry = Array("INFOabcd".utf8) + littleEndian(UInt32(0xFFFF_FFF8)) + [UInt8](repeating: 0, count: 120)
        let plain = try open(WAVFile().bytes).readAll()
        #expect(try open(WAVFile(before: WAVFile.chunk("LIST", entry)).bytes).readAll() == plain)
        #expect(try open(WAVFile().bytes + WAVFile.chunk("LIST", entry)).readAll() == plain)
        let tag: [UInt8] = Array("ID3".utf8) + [4, 0, 0, 0, 0, 1, 2] + [UInt8](repeating: 1, count: 130)
        #expect(try open(tag + WAVFile(before: WAVFile.chunk("LIST", entry)).bytes).readAll() == plain)
    }

    @Test func bigEndianFilesAreRead() throws {
        func big(_ value: some FixedWidthInteger) -> [UInt8] { littleEndian(value).reversed() }
        let format =
            big(UInt16(1)) + big(UInt16(1)) + big(UInt32(16_000)) + big(UInt32(32_000)) + big(UInt16(2))
            + big(UInt16(16))
        let data = [Int16(16_384), -8_192, 1].flatMap(big)
        let chunks =
            Array("WAVEjunk".utf8) + big(UInt32(3)) + [1, 2, 3, 0] + "fmt ".utf8 + big(UInt32(16)) + format
            + "data".utf8 + big(UInt32(6)) + data
        #expect(try open("RIFX".utf8 + big(UInt32(chunks.count)) + chunks).readAll() == [0.5, -0.25, 1 / 32_768])
    }

    /// A recorder that passes 4 GiB can no longer say how much it wrote.
    @Test func moreThanFourGibibytesAreRead() throws {
        let path = try folder.write("long.wav", WAVFile(dataSize: 0xFFFF_FFFF, data: []).bytes)
        let size: UInt64 = 5 << 30
        // Sparse: nothing is stored.
        try #require(FileHandle(forWritingAtPath: path)).truncate(atOffset: size)
        let reader = try AudioFile.open(path, decoder: sndfileOnly)
        #expect(reader.frameCount == Int(size - 44) / 2)
    }

    /// What follows an honest empty data chunk is not sound.
    @Test func anEmptyDataChunkBeforeOthersStaysEmpty() throws {
        let tail = WAVFile.chunk("LIST", Array("INFOISFT".utf8) + [4, 0, 0, 0, 65, 66, 67, 0])
        let reader = try open(WAVFile(data: []).bytes + tail)
        #expect(try reader.readAll().isEmpty)
    }

    /// Each gives an error or ends after no more sound than its bytes can hold; none traps, hangs or allocates by a
    /// number in the header.
    @Test(arguments: WAVHeaderTests.contradictions)
    func contradictionsEnd(name: String, file: WAVFile) throws {
        let bytes = file.bytes
        do {
            let reader = try open(bytes)
            #expect(try reader.readAll().count <= bytes.count * 2, "\(name)")
        } catch let error as AudioError {
            #expect(error.message.contains("x.wav"), "\(name): \(error)")
        }
    }

    @Test func everyTruncationOfAHeaderEnds() throws {
        let bytes = WAVFile(before: WAVFile.chunk("LIST", Array("INFOISFT\0\0\0\0".utf8))).bytes
        for length in 0..<80 {
            do {
                #expect(try open(Array(bytes[..<length])).readAll().count <= length)
            } catch let error as AudioError {
                #expect(error.code != .openFailed, "\(length): \(error)")
            }
        }
    }

    static let contradictions: [(String, WAVFile)] = [
        ("0 bits", WAVFile(bits: 0)), ("1 bit", WAVFile(bits: 1)), ("7 bits", WAVFile(bits: 7)),
        ("65 bits", WAVFile(bits: 65)), ("block align 0", WAVFile(blockAlign: 0)),
        ("block align 65535", WAVFile(blockAlign: 65_535)), ("float of 16 bits", WAVFile(formatTag: 3)),
        ("unknown tag", WAVFile(formatTag: 0x7777)), ("odd data", WAVFile(data: [1, 2, 3])),
        ("empty data", WAVFile(data: [])), ("tiny riff", WAVFile(riffSize: 4)),
        ("LIST of 4 GiB", WAVFile(before: WAVFile.chunk("LIST", Array("INFO".utf8), size: 0xFFFF_FFFF))),
        (
            "a sub-chunk of LIST whose size wraps around",
            WAVFile(
                before: WAVFile.chunk(
                    "LIST",
                    Array("INFOabcd".utf8) + littleEndian(UInt32(0xFFFF_FFF8)) + [UInt8](repeating: 0, count: 120)))
        ),
        ("data first", WAVFile(before: WAVFile.chunk("data", [1, 2, 3, 4]))),
        ("two formats", WAVFile(before: WAVFile.chunk("fmt ", [UInt8](repeating: 1, count: 16)))),
        ("short fmt", WAVFile(before: WAVFile.chunk("fmt ", [1, 0]))),
        (
            "chunks in chunks",
            WAVFile(
                before: (0..<200).reduce(into: []) { body, _ in
                    body = WAVFile.chunk("LIST", Array("adtl".utf8) + body)
                })
        ),
        ("IMA blocks of 50000", WAVFile(formatTag: 0x11, bits: 4, blockAlign: 50_000)),
        ("IMA blocks of 0", WAVFile(formatTag: 0x11, bits: 4, blockAlign: 0)),
        ("MS ADPCM", WAVFile(formatTag: 2, bits: 4, blockAlign: 3)),
        ("GSM", WAVFile(formatTag: 0x31, bits: 0, blockAlign: 65)),
        ("G.721", WAVFile(formatTag: 0x40, bits: 4, blockAlign: 1)),
        ("extensible without extension", WAVFile(formatTag: 0xFFFE)),
    ]
}

@Suite struct DamagedFilesTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static let padding = [UInt8](repeating: 9, count: 500)

    static let notSound: [(String, [UInt8])] = [
        ("text", Array("The quick brown fox jumps over the lazy dog.\n".utf8)),
        ("elf", [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] as [UInt8] + padding),
        ("zip", [0x50, 0x4B, 3, 4] as [UInt8] + padding),
        ("png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] as [UInt8] + padding),
        ("playlist", Array("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n".utf8)),
        ("concat", Array("ffconcat version 1.0\nfile /etc/passwd\n".utf8)),
    ]

    @Test(arguments: DamagedFilesTests.notSound)
    func whatIsNotSoundIsNotRecognised(name: String, bytes: [UInt8]) throws {
        let path = try folder.write("\(name).wav", bytes)
        for decoder in [sndfileOnly, SystemAudioDecoder()] {
            let error = #expect(throws: AudioError.self) { try AudioFile.open(path, decoder: decoder).readAll() }
            #expect(error?.code == .formatUnrecognised)
            #expect(error?.message.contains("\(name).wav") == true)
        }
    }

    @Test func anEmptyFileSaysSo() throws {
        let path = try folder.write("empty.wav", [])
        let error = #expect(throws: AudioError.self) { try AudioFile.open(path) }
        #expect(error?.message.hasSuffix("is empty.") == true)
    }

    /// Cut anywhere, flipped anywhere: an error, or sound no longer than plausible.
    @Test(arguments: DecodedFile.all.filter { !$0.needsFFmpeg })
    func cutAndFlippedFilesEnd(file: DecodedFile) throws {
        let bytes = try [UInt8](Data(contentsOf: URL(filePath: file.path)))
        var random = SplitMix(state: 11)
        for round in 0..<40 {
            var damaged = bytes
            if round % 2 == 0 {
                damaged.removeLast(Int(random.next() % UInt64(bytes.count)))
            } else {
                for _ in 0..<4 {
                    let position = Int(random.next() % UInt64(min(bytes.count, 200)))
                    damaged[position] = UInt8(random.next() & 255)
                }
            }
            let path = try folder.write("damaged", damaged)
            do {
                let reader = try AudioFile.open(path, decoder: sndfileOnly, maximumSeconds: 60)
                _ = try reader.readAll(chunk: 50_000)
            } catch let error as AudioError {
                #expect(error.code != .openFailed)
            }
        }
    }

    /// A header that promises more than comes: cut off, or a continuation that the decoder does not follow.
    @Test func anEndBeforeThePromisedOneIsNoted() throws {
        let whole = try #require(DecodedFile.all.first { $0.name == "pcm16.flac" })
        var bytes = try [UInt8](Data(contentsOf: URL(filePath: whole.path)))
        // The low 32 bits of STREAMINFO's number of samples.
        bytes.replaceSubrange(22..<26, with: [0, 0, 0x40, 0])
        let reader = try AudioFile.open(try folder.write("short.flac", bytes), decoder: sndfileOnly)
        #expect(try reader.readAll().count == whole.frames)
        #expect(reader.damage?.message.contains("1920 of the 16384 frames") == true)
    }

    @Test func aCutFLACKeepsWhatCameBeforeTheCut() throws {
        let whole = try #require(DecodedFile.all.first { $0.name == "pcm24.flac" })
        let bytes = try [UInt8](Data(contentsOf: URL(filePath: whole.path)))
        let path = try folder.write("cut.flac", Array(bytes[..<(bytes.count - 2_000)]))
        let reader = try AudioFile.open(path, decoder: sndfileOnly)
        let samples = try reader.readAll()
        #expect(!samples.isEmpty)
        #expect(samples.count < whole.frames * whole.channels)
        #expect(Array(samples.prefix(1_024)) == Array(try whole.expected().prefix(1_024)))
    }
}

/// Sebastiano Vigna's splitmix64: the same damage on every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
