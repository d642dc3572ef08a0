import TestSupport
import Testing

@testable import Recognition

/// A golden model, opened, with the first window of its clip encoded. Made once per model and shared by all tests.
final class GoldenEngine: Sendable {
    let model: WhisperModel
    let expectations: GoldenExpectations
    /// The whole clip: mono, 16 kHz.
    let clip: [Float]
    /// The clip's first window, `[frames, melBins]`, padded with silence to 30 s.
    let mel: [Float]
    let window: EncodedWindow

    private init(_ golden: GoldenModelCase) throws {
        model = try WhisperModel.open(golden.modelPath)
        let samples = model.dimensions.windowFrames * 160
        expectations = try golden.golden.expectations()
        clip = try golden.golden.samples()
        let padded = clip.prefix(samples) + [Float](repeating: 0, count: max(0, samples - clip.count))
        let mel = SpectrogramSource(padded, melBins: model.dimensions.melBins).values
        let context = try InferenceContext(threads: 1)
        window = try mel.withUnsafeBufferPointer { [model] in try model.encode(mel: $0, in: context) }
        self.mel = mel
    }

    static func of(_ golden: GoldenModelCase) async throws -> GoldenEngine {
        try await GoldenEngines.shared.engine(golden) { try GoldenEngine(golden) }
    }

    /// `[positions, audioState]`
    func encoderOutput() throws -> [Float] {
        let context = try InferenceContext(threads: 1)
        return mel.withUnsafeBufferPointer { mel in
            model.withFeatures(mel: mel, in: context) { features, positions in
                Array(UnsafeBufferPointer(start: features, count: positions * model.dimensions.audioState))
            }
        }
    }

    /// A decoder on the encoded window.
    func session() throws -> TextDecoderSession {
        TextDecoderSession(model: model, windows: [window], pool: try InferenceContext(threads: 1).pool)
    }
}

private actor GoldenEngines {
    static let shared = GoldenEngines()
    private var engines: [GoldenModelCase: GoldenEngine] = [:]

    func engine(_ golden: GoldenModelCase, _ make: () throws -> GoldenEngine) rethrows -> GoldenEngine {
        if let engine = engines[golden] { return engine }
        let engine = try make()
        engines[golden] = engine
        return engine
    }
}
