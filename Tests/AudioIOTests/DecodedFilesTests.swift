import AudioCore
import AudioIO
import Foundation
import TestSupport
import Testing

private let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Fixtures/audio/decoded")

/// One line of `index.txt`: a file, and what other software says about it.
struct DecodedFile: CustomTestStringConvertible {
    let name: String
    let rate: Int
    let channels: Int
    let frames: Int

    var path: String { folder.appending(path: name).path(percentEncoded: false) }
    var needsFFmpeg: Bool { name.hasSuffix(".m4a") || name.hasSuffix(".webm") }
    var testDescription: String { name }

    /// The first frames as decoded by soundfile or ffmpeg, interleaved.
    func expected() throws -> [Float] {
        let data = try Data(contentsOf: folder.appending(path: name + ".f32"))
        return data.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
            }
        }
    }

    static let all: [DecodedFile] = {
        let index = (try? String(contentsOf: folder.appending(path: "index.txt"), encoding: .utf8)) ?? ""
        return index.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            let numbers = fields.dropFirst().compactMap { Int($0) }
            guard numbers.count == 3 else { return nil }
            return DecodedFile(
                name: String(fields[0]), rate: numbers[0], channels: numbers[1], frames: numbers[2])
        }
    }()
}

@Suite struct DecodedFilesTests {
    @Test func fixturesAreThere() {
        #expect(DecodedFile.all.count == 20)
    }

    @Test(arguments: DecodedFile.all.filter { !$0.needsFFmpeg })
    func decodesAsSoundfileDoes(file: DecodedFile) throws {
        let reader = try AudioFile.open(file.path)
        #expect(reader.format == (try AudioFormat(sampleRate: file.rate, channels: file.channels)))
        #expect(reader.frameCount == file.frames)
        let samples = try reader.readAll()
        #expect(samples.count == file.frames * file.channels)
        #expect(reader.damage == nil)
        // Lossy decoders may round differently between versions; PCM may not.
        let tolerance: Float = ["vorbis", "opus", "layer3"].contains { file.name.hasPrefix($0) } ? 1e-4 : 0
        let worst = zip(samples, try file.expected()).map { abs($0 - $1) }.max()
        #expect(try #require(worst) <= tolerance)
    }

    @Test(
        .enabled(if: FFmpegDecoder.find() != nil, "needs ffmpeg on PATH"),
        arguments: DecodedFile.all.filter(\.needsFFmpeg))
    func decodesThroughFFmpeg(file: DecodedFile) throws {
        let reader = try AudioFile.open(file.path)
        #expect(reader.format == (try AudioFormat(sampleRate: file.rate, channels: file.channels)))
        let samples = try reader.readAll(chunk: 333)
        #expect(samples.count == file.frames * file.channels)
        let worst = zip(samples, try file.expected()).map { abs($0 - $1) }.max()
        #expect(try #require(worst) < 1e-3)
    }

    @Test func nothingButTheFirstBytesDecidesTheFormat() throws {
        let temporary = try TemporaryFolder()
        let bytes = try [UInt8](Data(contentsOf: folder.appending(path: "pcm16.flac")))
        let path = try temporary.write("lies.mp3", bytes)
        #expect(try AudioFile.open(path).readAll().count == 1_920)
    }

    /// Internet radio and recorders chain Ogg streams; each is a whole file of its own.
    @Test func chainedOggStreamsAreReadToTheLast() throws {
        let temporary = try TemporaryFolder()
        let vorbis = try [UInt8](Data(contentsOf: folder.appending(path: "vorbis.ogg")))
        let opus = try [UInt8](Data(contentsOf: folder.appending(path: "opus.opus")))
        let single = try AudioFile.open(temporary.write("single", vorbis)).readAll()

        let chained = try AudioFile.open(temporary.write("chained", vorbis + vorbis + vorbis))
        #expect(try chained.readAll() == single + single + single)
        #expect(chained.damage == nil)

        let mixed = try AudioFile.open(temporary.write("mixed", vorbis + vorbis + opus + vorbis))
        #expect(try mixed.readAll() == single + single)
        #expect(mixed.damage?.message.contains("another sample rate") == true)

        let torn = try AudioFile.open(temporary.write("torn", vorbis + vorbis.prefix(400)))
        #expect(try torn.readAll() == single)
        #expect(torn.damage != nil)
    }

    /// What radio streams and pipes leave: frames of changing sizes, and nowhere their number. By the first frame's size
    /// the file would have 15 s or less of its 20.
    @Test(.enabled(if: FFmpegDecoder.find() != nil, "needs ffmpeg on PATH"), arguments: [22_050, 44_100], [1, 2])
    func mp3WithoutItsLengthIsReadToTheEnd(rate: Int, channels: Int) throws {
        let ffmpeg = try #require(FFmpegDecoder.find())
        let temporary = try TemporaryFolder()
        let path = "\(temporary.path)/stream.mp3"
        // Noise, which takes all the bits there are, before a tone, which takes few.
        let sound = "anoisesrc=r=\(rate):a=0.3:d=2:seed=1[a];sine=r=\(rate):d=18[b];[a][b]concat=n=2:v=0:a=1"
        let encoder = Process()
        encoder.executableURL = URL(filePath: ffmpeg)
        encoder.arguments = [
            "-v", "error", "-f", "lavfi", "-i", sound, "-ac", "\(channels)", "-c:a", "libmp3lame", "-q:a", "4",
            "-write_xing", "0", path,
        ]
        try encoder.run()
        encoder.waitUntilExit()
        guard encoder.terminationStatus == 0 else { return }  // an ffmpeg without LAME
        let reader = try AudioFile.open(path)
        let samples = try reader.readAll()
        #expect(reader.format == (try AudioFormat(sampleRate: rate, channels: channels)))
        // The encoder's delay and the last frame's filling: at most four frames of 1,152 samples.
        #expect((0...4_608).contains(samples.count / channels - 20 * rate), "\(samples.count / channels)")
        #expect(reader.frameCount == samples.count / channels)
        #expect(reader.damage == nil)
    }
}
