import Foundation
import TestSupport
import Testing
import VoiceActivity
import WeightFiles

@Suite struct SileroTests {
    /// The network with the weights of `generate.py`'s formula.
    private static func formulaModel(in folder: TemporaryFolder) throws -> VoiceActivityModel {
        let shapes: [(String, [Int])] = [
            ("stft_conv.weight", [258, 1, 256]), ("conv1.weight", [128, 129, 3]), ("conv1.bias", [128]),
            ("conv2.weight", [64, 128, 3]), ("conv2.bias", [64]), ("conv3.weight", [64, 64, 3]), ("conv3.bias", [64]),
            ("conv4.weight", [128, 64, 3]), ("conv4.bias", [128]), ("lstm_cell.weight_ih", [512, 128]),
            ("lstm_cell.weight_hh", [512, 128]), ("lstm_cell.bias_ih", [512]), ("lstm_cell.bias_hh", [512]),
            ("final_conv.weight", [1, 128, 1]), ("final_conv.bias", [1]),
        ]
        var header: [String] = []
        var data = Data()
        for (number, (name, shape)) in shapes.enumerated() {
            let count = shape.reduce(1, *)
            let scale = 4 / Double(max(1, count / shape[0])).squareRoot()
            let start = data.count
            for index in 0..<count {
                let i = Double(index % 10_007)
                withUnsafeBytes(of: Float(sin(i * i * 0.37 + Double(number)) * scale)) { data.append(contentsOf: $0) }
            }
            header.append(
                "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(start),\(data.count)]}")
        }
        let text = Data("{\(header.joined(separator: ","))}".utf8)
        let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
        return try VoiceActivityModel.open(
            try folder.write("silero_vad_16k.safetensors", length + text + data))
    }

    @Test func agreesWithPyTorch() throws {
        let folder = try TemporaryFolder()
        let model = try Self.formulaModel(in: folder)
        let samples = try Fixture.tensor("expected.safetensors", "samples")
        let expected = try Fixture.tensor("silero.safetensors", "probabilities")
        let whole = probabilities(model, samples, pieces: samples.count)
        #expect(distance(whole, expected) < 1e-4)
        #expect(probabilities(model, samples, pieces: 100) == whole)
        // The folder opens like the file in it.
        #expect(probabilities(try VoiceActivityModel.open(folder.path), samples, pieces: 512) == whole)
    }

    /// The package's own weights on a real recording.
    @Test(
        .enabled(if: Peer.hasRecording, "../shared/golden/jfk.flac is absent"),
        .enabled(if: Peer.hasSilero, "needs a Python with silero-vad, safetensors, soundfile, soxr (HEARSAY_PYTHON)"))
    func agreesWithThePackage() throws {
        let folder = try TemporaryFolder()
        let status = try Peer.run([Fixture.path("silero_probabilities.py"), Peer.recording, folder.path])
        try #require(status == 0)
        let samples = Fixture.floats(try folder.read("samples.f32"))
        let expected = Fixture.floats(try folder.read("probabilities.f32"))
        let model = try VoiceActivityModel.open(folder.path)
        #expect(expected.contains { $0 > 0.9 } && expected.contains { $0 < 0.1 })
        #expect(distance(probabilities(model, samples, pieces: 480), expected) < 1e-3)
    }
}

/// The Python interpreter named by HEARSAY_PYTHON, else the one on the path, and a real recording.
private enum Peer {
    static let recording = Fixture.package.appending(path: "../shared/golden/jfk.flac").standardizedFileURL.path
    static let hasRecording = FileManager.default.isReadableFile(atPath: recording)
    static let hasSilero =
        (try? run(["-c", "import torch, silero_vad, soundfile, soxr, safetensors.torch"])) == 0

    static func run(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [ProcessInfo.processInfo.environment["HEARSAY_PYTHON"] ?? "python3"] + arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
