import Foundation
import ONNXFiles
import Tensors
import TestSupport
import Testing

@testable import Synthesis

/// The four sizes in which Piper trains voices, with random weights: made here by Piper's own training code.
@Suite(
    .serialized,
    .enabled(
        if: PythonPeer.has("piper.train.vits", "torch", "onnx", "onnxruntime"),
        "PyPI's piper-tts, torch, onnx or onnxruntime is not installed"))
struct FullSizeVoiceTests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/piper/make_piper_voice.py").path

    @Test(arguments: [("x_low", 1), ("low", 1), ("medium", 3), ("high", 1)])
    func soundsAsOnnxruntimeDoes(quality: String, speakers: Int) throws {
        let folder = try TemporaryFolder()
        try PythonPeer.run([
            Self.script, "--quality", quality, "--speakers", "\(speakers)", "--tokens", "6", "--out", folder.path,
        ])
        let path = folder.url("\(quality).onnx").path
        let voice = try PiperVoice.open(path, pool: try #require(ThreadPool(threads: 2)))
        #expect(voice.sampleRate == (quality == "x_low" || quality == "low" ? 16_000 : 22_050))
        #expect(voice.speakers.count == speakers)
        let run = try PiperRun(
            PiperFixture(name: quality, folder: folder.path), network: try VITS(model: try ONNXModel(path: path)))
        let noisy = run.audio(try run.referenceLatents())
        #expect(largestDifference(noisy, try run.fixture.expected("audio_noisy")) < 1e-3)
        #expect(largestDifference(noisy, try run.fixture.expected("audio")) < 1e-3)
        let silent = run.audio(try run.latents(durationNoise: nil, noise: nil))
        #expect(largestDifference(silent, try run.fixture.expected("audio_silent")) < 1e-3)
    }
}
