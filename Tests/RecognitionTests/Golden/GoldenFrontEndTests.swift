import Spectral
import TestSupport
import Testing

/// The front end as transcription uses it, on the golden clips: streaming, padded by zeros, normalised at the end.
@Suite(.enabled(if: !GoldenCase.all.isEmpty, GoldenCase.skipMessage))
struct GoldenFrontEndTests {
    @Test(arguments: GoldenCase.all)
    func streamedLogMelEqualsReference(golden: GoldenCase) throws {
        let (shape, expected) = try golden.tensor("mel")
        let (bins, count) = (shape[0], shape[1])
        let clip = try golden.samples().prefix(count * 160)
        let padded = clip + [Float](repeating: 0, count: count * 160 - clip.count)
        let source = SpectrogramSource(padded, melBins: bins)
        try #require(source.frames == count)
        var transposed = [Float](repeating: 0, count: bins * count)
        for frame in 0..<count {
            for bin in 0..<bins { transposed[bin * count + frame] = source.values[frame * bins + bin] }
        }
        #expect(GoldenDifferences.distance(transposed, expected) < 1e-4)
    }
}
