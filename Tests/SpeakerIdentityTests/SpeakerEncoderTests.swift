import Foundation
import Tensors
import TestSupport
import Testing
import WeightFiles

@testable import SpeakerIdentity

/// Reads what the scripts in `Tests/Fixtures/speaker` wrote.
enum Fixture {
    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let folder = package.appending(path: "Tests/Fixtures/speaker").path

    static func tensor(_ name: String, of file: String = "expected") throws -> [Float] {
        let tensor = try #require(try SafetensorsFile(path: "\(folder)/\(file).safetensors")[name])
        var values = [Float](repeating: 0, count: tensor.elementCount)
        values.withUnsafeMutableBufferPointer { tensor.widen(0..<tensor.elementCount, into: $0) }
        return values
    }

    static func floats(_ data: Data) -> [Float] {
        data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count / 4 * 4, by: 4).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: Float.self)
            }
        }
    }
}

extension SpeakerEmbedding {
    /// The largest difference to numbers of another origin.
    borrowing func distance(to expected: [Float]) -> Float {
        guard expected.count == dimension else { return .infinity }
        return withBytes { bytes in
            zip(bytes.assumingMemoryBound(to: Float.self), expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
        }
    }
}

@Suite struct SpeakerEncoderTests {
    private let samples: [Float]

    init() throws {
        samples = try Fixture.tensor("samples")
    }

    @Test func findsTheFramesWithSpeech() throws {
        let expected = try Fixture.tensor("own.frames")
        let frames = samples.withUnsafeBufferPointer { SpeechFrames($0, drop: 3, depth: 6) }
        try #require(frames.values.count == expected.count)
        #expect(frames.count < samples.count / 160 - 40)
        #expect(zip(frames.values, expected).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    /// Envelope, F0 and rate, against `Training/hearsay_training/manner.py`.
    @Test func measuresTheMannerAsPythonDoes() throws {
        let expected = try Fixture.tensor("manner", of: "manner")
        let measured = WipedBuffer(count: VoiceManner.count)
        try samples.withUnsafeBufferPointer { try VoiceManner.measure($0, into: measured.pointer) }
        try #require(expected.count == VoiceManner.count)
        for index in expected.indices {
            #expect(abs(measured.pointer[index] - expected[index]) < 2e-3, "\(index)")
        }
        let encoder = try SpeakerEncoder.open("\(Fixture.folder)/own")
        let whole = try encoder.embed(samples).withVoice { $0.count }
        #expect(whole == encoder.dimension + VoiceManner.count)
    }

    @Test(arguments: ["own", "resemblyzer"])
    func agreesWithPyTorch(_ name: String) throws {
        let expected = try Fixture.tensor(name)
        for threads in [1, 2] {
            let encoder = try SpeakerEncoder.open("\(Fixture.folder)/\(name)", threads: threads)
            #expect(encoder.dimension == expected.count)
            let distance = try encoder.embed(samples).distance(to: expected)
            #expect(distance < 1e-3, "\(distance)")
        }
    }

    /// `Models/speaker-encoder`, which comes with hearsay.
    @Test func theEmbeddedEncoderAgreesWithPyTorch() throws {
        let encoder = try SpeakerEncoder.embedded(in: [Fixture.package.path])
        let distance = try encoder.embed(samples).distance(to: try Fixture.tensor("embedding", of: "embedded"))
        #expect(distance < 1e-3, "\(distance)")
        #expect(
            encoder.thresholds.first?.seconds == 0
                && encoder.thresholds.allSatisfy { (0.5..<1).contains($0.similarity) })
    }

    @Test func whatIsLouderIsTheSameVoice() throws {
        let encoder = try SpeakerEncoder.open(Fixture.folder + "/own")
        let voice = try encoder.embed(samples)
        let similarity = try voice.similarity(to: try encoder.embed(samples.map { $0 * 3 }))
        #expect(similarity > 0.999)
    }

    @Test func choosesTheThresholdByTheShorterRecording() throws {
        let encoder = try SpeakerEncoder.open(Fixture.folder + "/own")
        #expect([0, 1.9, 2, 6].map(encoder.threshold(seconds:)) == [0.75, 0.75, 0.5, 0.5])
        let comparison = try encoder.compare([samples, samples + samples, samples])
        #expect(comparison.pairs.map { [$0.first, $0.second] } == [[0, 1], [0, 2], [1, 2]])
        // 2.6 s, of which 0.5 s are silence.
        #expect(comparison.pairs.allSatisfy { $0.threshold == 0.5 })
        #expect(comparison.isOneVoice)
        let other = samples.indices.map { samples[$0] * ($0 % 4 < 2 ? 1 : -1) }
        let mixed = try encoder.compare([samples, other])
        let pair = try #require(mixed.weakest)
        #expect(pair.similarity < 0.99)
        #expect(mixed.isOneVoice == (pair.similarity >= pair.threshold))
        #expect(try encoder.compare([samples]).weakest == nil)
    }

    @Test(arguments: ["own", "resemblyzer"])
    func refusesWhatIsNoRecording(_ name: String) throws {
        let encoder = try SpeakerEncoder.open("\(Fixture.folder)/\(name)")
        func code(_ samples: [Float]) -> SpeakerIdentityError.Code? {
            do throws(SpeakerIdentityError) {
                _ = try encoder.embed(samples)
                return nil
            } catch { return error.code }
        }
        #expect(code([]) == .speechTooShort)
        #expect(code(Array(samples.prefix(8_000))) == .speechTooShort)
        #expect(code(samples + [.nan]) == .audioInvalid)
        #expect(code(samples + [-.infinity]) == .audioInvalid)
        #expect(code([Float](repeating: 0, count: 601 * 16_000)) == .audioInvalid)
        let crowd = [[Float]](repeating: samples, count: SpeakerEncoder.mostRecordings + 1)
        #expect(throws: SpeakerIdentityError.self) { try encoder.compare(crowd) }
    }

    @Test func digitalSilenceIsNoVoice() throws {
        let encoder = try SpeakerEncoder.open(Fixture.folder + "/resemblyzer")
        let silence = [Float](repeating: 0, count: 48_000)
        let error = #expect(throws: SpeakerIdentityError.self) { _ = try encoder.embed(silence) }
        #expect(error?.code == .speechTooShort)
    }

    @Test func cutsPiecesAsResemblyzerDoes() {
        // As `VoiceEncoder.compute_partial_slices(samples, 1.3, 0.75)` gives them.
        #expect(ResemblyzerNetwork.pieces(samples: 16_000) == [0])
        #expect(ResemblyzerNetwork.pieces(samples: 31_519) == [0])
        #expect(ResemblyzerNetwork.pieces(samples: 31_520) == [0, 77])
        #expect(ResemblyzerNetwork.pieces(samples: 96_000) == [0, 77, 154, 231, 308, 385, 462])
    }

    @Test func anEncoderIsKnownByItsWeights() throws {
        let folder = try TemporaryFolder()
        for name in ["speaker-encoder.json", "speaker-encoder.safetensors"] {
            try folder.write(name, try Data(contentsOf: URL(filePath: "\(Fixture.folder)/own/\(name)")))
        }
        let first = try SpeakerEncoder.open(folder.path)
        var weights = try folder.read("speaker-encoder.safetensors")
        weights[weights.count - 2] ^= 1
        try folder.write("speaker-encoder.safetensors", weights)
        let second = try SpeakerEncoder.open(folder.path)
        #expect(first.model.hasPrefix("tiny-") && first.model != second.model)
        let voice = try first.embed(samples)
        let other = try second.embed(samples)
        let error = #expect(throws: SpeakerIdentityError.self) { try voice.similarity(to: other) }
        #expect(error?.code == .modelMismatch)
    }
}

@Suite struct EncoderFileTests {
    private func refused(
        _ code: SpeakerIdentityError.Code, _ change: (TemporaryFolder) throws -> Void
    ) throws {
        let folder = try TemporaryFolder()
        for name in ["speaker-encoder.json", "speaker-encoder.safetensors"] {
            try folder.write(name, try Data(contentsOf: URL(filePath: "\(Fixture.folder)/own/\(name)")))
        }
        try change(folder)
        let error = #expect(throws: SpeakerIdentityError.self) { _ = try SpeakerEncoder.open(folder.path) }
        #expect(error?.code == code)
        #expect(error?.description.contains(folder.path) == true)
    }

    @Test(arguments: [
        ("\"version\": 1", "\"version\": 2"), ("\"sample_rate\": 16000", "\"sample_rate\": 8000"),
        ("\"mel_drop\": 3.0", "\"mel_drop\": 0"), ("\"mel_depth\": 6.0", "\"mel_depth\": \"low\""),
        ("speaker-encoder.safetensors", "../secret"), ("hearsay-speaker-encoder", "something"), ("}", ""),
        ("convnext-attentive", "transformer"), ("\"similarity\": 0.75", "\"similarity\": 75"),
        ("\"seconds\": 2", "\"seconds\": 0"), ("\"name\": \"tiny\"", "\"name\": \"\""),
    ])
    func refusesConfigurations(_ old: String, _ new: String) throws {
        try refused(.modelInvalid) { folder in
            let text = try folder.text("speaker-encoder.json")
            #expect(text.contains(old))
            try folder.write("speaker-encoder.json", text.replacingOccurrences(of: old, with: new).utf8)
        }
    }

    @Test func refusesWhatIsMissingOrDamaged() throws {
        try refused(.modelUnreadable) { try FileManager.default.removeItem(at: $0.url("speaker-encoder.json")) }
        try refused(.modelUnreadable) { try FileManager.default.removeItem(at: $0.url("speaker-encoder.safetensors")) }
        try refused(.modelUnreadable) {
            try $0.write(
                "speaker-encoder.safetensors", try $0.read("speaker-encoder.safetensors").dropLast(8))
        }
        try refused(.modelInvalid) { folder in
            var weights = try folder.read("speaker-encoder.safetensors")
            let name = try #require(weights.firstRange(of: Data("attend.weight".utf8)))
            weights.replaceSubrange(name, with: Data("attend.length".utf8))
            try folder.write("speaker-encoder.safetensors", weights)
        }
        try refused(.modelInvalid) { folder in
            var weights = try folder.read("speaker-encoder.safetensors")
            weights.replaceSubrange(weights.count - 2..<weights.count, with: [0xFF, 0x7F])
            try folder.write("speaker-encoder.safetensors", weights)
        }
    }

    @Test func theEmbeddedEncoderIsTheFirstThatIsThere() throws {
        let folder = try TemporaryFolder()
        #expect(throws: SpeakerIdentityError.self) {
            _ = try SpeakerEncoder.embedded(in: ["/nonexistent", folder.path])
        }
        for name in ["speaker-encoder.json", "speaker-encoder.safetensors"] {
            try folder.write(
                "Models/speaker-encoder/\(name)", try Data(contentsOf: URL(filePath: "\(Fixture.folder)/own/\(name)")))
        }
        #expect(try SpeakerEncoder.embedded(in: ["/nonexistent", folder.path]).dimension == 12)
    }
}

/// PyPI's Resemblyzer with its own weights, in the Python that HEARSAY_PYTHON names, else the one on the path.
@Suite struct ResemblyzerTests {
    private static let hasPackage = (try? run(["-c", "import torch, safetensors.torch, resemblyzer"])) == 0

    private static func run(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [ProcessInfo.processInfo.environment["HEARSAY_PYTHON"] ?? "python3"] + arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test(.enabled(if: hasPackage, "needs a Python with torch, safetensors, resemblyzer (HEARSAY_PYTHON)"))
    func agreesWithThePackage() throws {
        let folder = try TemporaryFolder()
        let signal = try Fixture.tensor("samples")
        // Several pieces, and a last one that reaches beyond the end.
        let samples = signal + signal.reversed() + signal.map { $0 * 0.5 }
        try folder.write("samples.f32", samples.withUnsafeBytes { Data($0) })
        let status = try Self.run([Fixture.folder + "/resemblyzer_embedding.py", folder.path])
        try #require(status == 0)
        let expected = Fixture.floats(try folder.read("embedding.f32"))
        try #require(expected.count == 256)
        let distance = try SpeakerEncoder.open(folder.path).embed(samples).distance(to: expected)
        #expect(distance < 1e-3, "\(distance)")
    }
}
