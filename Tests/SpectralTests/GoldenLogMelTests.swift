import Foundation
import Spectral
import TestSupport
import Testing
import WeightFiles

/// Log-mel spectrograms against the tensors that OpenAI's implementation made of the golden clips.
@Suite struct GoldenLogMelTests {
    @Test(.enabled(if: !GoldenCase.all.isEmpty, "no golden cases: set HEARSAY_GOLDEN"), arguments: GoldenCase.all)
    func equalsOpenAI(golden: GoldenCase) throws {
        let tensor = try #require(try SafetensorsFile(path: golden.path("expected.safetensors"))["mel"])
        let (expected, bins) = (Data(tensor.bytes).floats, tensor.shape[0])
        let window = Array(try golden.samples().prefix(480_000))
        let mel = window.withUnsafeBufferPointer {
            LogMelSpectrogram(melBins: bins)($0, padding: 480_000 - window.count)
        }
        try #require(mel.frames == 3000)
        var transposed = [Float](repeating: 0, count: bins * 3000)
        for frame in 0..<3000 {
            for bin in 0..<bins { transposed[bin * 3000 + frame] = mel.values[frame * bins + bin] }
        }
        #expect(distance(transposed, expected) < 1e-4)
    }
}
