internal import Spectral

/// Marks sound that is already made: for voices whose last step is no inverse transform. As many samples come out as went
/// in, a frame of about 46 ms later.
public final class WatermarkStage {
    private let filter: WatermarkFilter
    private let analysis: STFTStream
    private let synthesis: InverseSTFTStream
    private let fftSize: Int
    private var frame = 0
    private var received = 0
    private var given = 0

    /// - Parameters:
    ///   - sampleRate: Hz of the sound.
    ///   - position: samples between the beginning of the marked signal and the first one that comes.
    /// - Throws: ``WatermarkError/Code/rateUnsupported``.
    public init(_ watermark: Watermark, sampleRate: Int, position: Int) throws(WatermarkError) {
        guard (1...768_000).contains(sampleRate) else {
            throw WatermarkError(.rateUnsupported, "sound of \(sampleRate) Hz cannot be marked")
        }
        var size = 16
        while Double(size) < 0.033 * Double(sampleRate) { size *= 2 }
        fftSize = size
        do {
            let framing = try Framing(fftSize: size, hopLength: size / 4)
            analysis = try STFTStream(framing)
            synthesis = try InverseSTFTStream(framing)
        } catch {
            throw WatermarkError(.rateUnsupported, "sound of \(sampleRate) Hz cannot be marked", cause: error)
        }
        filter = WatermarkFilter(
            watermark, sampleRate: sampleRate, fftSize: size, hopLength: size / 4, position: position)
        analysis.append(zeros: size / 2)
    }

    /// Takes samples and appends those that are ready.
    public func append(_ samples: UnsafeBufferPointer<Float>, into output: inout [Float]) {
        received += samples.count
        analysis.append(samples)
        let start = output.count
        advance(into: &output)
        given += output.count - start
    }

    /// Appends what is left; nothing comes after it.
    public func finish(into output: inout [Float]) {
        let start = output.count
        analysis.append(zeros: fftSize)
        advance(into: &output)
        synthesis.finish(into: &output)
        output.removeLast(max(0, given + output.count - start - received))
        given = received
    }

    private func advance(into output: inout [Float]) {
        while let spectrum = analysis.next() {
            synthesis.input.update(from: spectrum, count: 2 * synthesis.bins)
            filter.apply(
                frame: frame, UnsafeMutableBufferPointer(start: synthesis.input, count: 2 * synthesis.bins))
            synthesis.advance(into: &output)
            frame += 1
        }
    }
}
