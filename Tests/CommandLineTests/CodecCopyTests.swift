import Foundation
import TestSupport
import Testing

/// `hearsay codec copy`: recordings through a vocoder without any codes.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) final class CodecCopyTests {
    private let folder: TemporaryFolder
    private let fixtures = Program.root.appending(path: "Tests/Fixtures/codec")

    init() throws { folder = try TemporaryFolder() }

    private func copy(_ arguments: [String]) throws -> Program.Result {
        try Program.run(["codec", "copy"] + arguments, in: folder)
    }

    private func samples(_ name: String) throws -> [Int] {
        let sound = try #require(WAV.sound(of: try folder.read(name)))
        return sound.withUnsafeBytes { $0.bindMemory(to: Int16.self).map { Int($0) } }
    }

    /// Noise that swells, a second of it at 16 kHz.
    private func recording() throws -> String {
        var state: UInt64 = 1
        var sound = Data()
        for index in 0..<16_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            let noise = Int16(truncatingIfNeeded: Int(state >> 48) - 32_768) / 4
            let sample = Int16(Int(noise) * index / 16_000)
            withUnsafeBytes(of: sample.littleEndian) { sound.append(contentsOf: $0) }
        }
        return try folder.write("recording.wav", WAV.file(sound))
    }

    @Test func copiesByAVoicesVocoder() throws {
        let arguments = ["--voice", fixtures.appending(path: "ours").path, try recording()]
        let result = try copy(arguments + [folder.url("a.wav").path])
        #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)")
        let copied = try samples("a.wav")
        // The codec's rate is 22.05 kHz.
        #expect(abs(copied.count - 22_050) <= 2, "\(copied.count)")
        #expect(copied.contains { abs($0) > 100 })
        #expect(try copy(arguments + [folder.url("b.wav").path]).status == 0)
        #expect(try folder.read("b.wav") == folder.read("a.wav"))
        #expect(try copy(["--seed", "1"] + arguments + [folder.url("c.wav").path]).status == 0)
        #expect(try folder.read("c.wav") != folder.read("a.wav"))
    }

    @Test(
        .enabled(
            if: PythonPeer.has("torch", "torchaudio", "safetensors", "vocos"), "PyPI's vocos or torch is not installed"),
        arguments: ["center", "same"])
    func copiesAsVocosDoes(padding: String) throws {
        try PythonPeer.run([fixtures.appending(path: "copy_vocos.py").path, folder.path, padding])
        let result = try copy(
            ["--voice", folder.url("model").path, folder.url("recording.wav").path, folder.url("copy.wav").path])
        #expect(result.status == 0, "\(result.errors)")
        let (ours, theirs) = (try samples("copy.wav"), try samples("expected.wav"))
        #expect(ours.count == theirs.count)
        // Both round to 16 bits.
        #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) <= 4 })
        #expect(theirs.contains { abs($0) > 3_000 } && theirs.allSatisfy { abs($0) < 32_767 })
    }

    @Test func vocosHasNoCodes() throws {
        let path = fixtures.appending(path: "vocos/same").path
        let result = try Program.run(["codec", "encode", "--voice", path, try recording(), "codes"], in: folder)
        #expect(result.status == 3 && result.errors.hasSuffix("[codec.part_missing]\n"), "\(result.errors)")
        #expect(result.errors.contains("codec copy"))
    }

    @Test func helpNamesTheLimit() throws {
        for command in ["encode", "decode", "copy"] {
            let help = try Program.run(["codec", command, "--help"], in: folder).output
            #expect(help.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains("an hour"), "\(help)")
        }
    }
}
