internal import CKernels
internal import Glibc
internal import Spectral
internal import Tensors

/// Sees the spectrum of each frame before it becomes samples, and may scale it: `frame` counts from the signal's
/// beginning, `spectrum` is `[bins, 2]`, real and imaginary parts interleaved.
public typealias SpectrumFilter = (_ frame: Int, _ spectrum: UnsafeMutableBufferPointer<Float>) -> Void

/// One signal on its way from features to samples, in pieces of any size: samples are those of the whole within
/// rounding. Not thread-safe; several streams may run over one codec.
public final class CodecDecoderStream {
    /// Frames that must follow a frame before its first samples appear.
    public var lookAhead: Int { backbone.lookAhead }

    private let vocoder: Vocoder
    private let pitch: PitchScale
    private let pool: ThreadPool
    private let backbone: BackboneStream
    private let source: ExcitationSource
    private let inverse: InverseSTFTStream
    private let filter: SpectrumFilter?
    private var gains = FloatBuffer(count: 0)
    private var frame = 0

    init(
        _ vocoder: Vocoder, on pool: ThreadPool, noise: @escaping @Sendable (Int) -> Float, filter: SpectrumFilter?
    ) throws(CodecError) {
        self.vocoder = vocoder
        self.pool = pool
        self.filter = filter
        pitch = PitchScale(vocoder.configuration)
        backbone = BackboneStream(vocoder.backbone, on: pool)
        do {
            source = try ExcitationSource(
                sampleRate: vocoder.configuration.sampleRate, framing: vocoder.framing, noise: noise)
            inverse = try InverseSTFTStream(vocoder.framing)
        } catch {
            throw CodecError(.configurationInvalid, "no transform for this codec's frames", cause: error)
        }
    }

    /// Takes features and appends the samples that they complete.
    ///
    /// - Throws: `codec.input_invalid` when they have another width than this codec's.
    public func append(_ features: CodecFeatures, into samples: inout [Float]) throws(CodecError) {
        guard features.width == vocoder.backbone.inputs else {
            throw CodecError(
                .inputInvalid,
                "features of \(features.melBins) mel bands for a codec that takes \(vocoder.melBins)")
        }
        features.values.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { return }
            append(base, frames: features.frames, into: &samples)
        }
    }

    /// Takes `frames` frames `[frames, melBins + 2]` and appends the samples that they complete.
    public func append(_ features: UnsafePointer<Float>, frames: Int, into samples: inout [Float]) {
        let width = vocoder.backbone.inputs
        for first in stride(from: 0, to: frames, by: CodecPiece.frames) {
            let count = min(CodecPiece.frames, frames - first)
            let rows = features + first * width
            backbone.extend(by: count).update(from: rows, count: count * width)
            for row in 1...count {
                source.append(pitch.hertz(feature: rows[row * width - 2], voicing: rows[row * width - 1]))
            }
            render(backbone.advance(), into: &samples)
        }
    }

    /// Appends the samples that are left: in all, frames · hop length. The next frame begins a new signal.
    public func finish(into samples: inout [Float]) {
        source.finish()
        render(backbone.finish(), into: &samples)
        source.reset()
        // The frame centred on the end of the signal is silent.
        if frame > 0 {
            inverse.input.update(repeating: 0, count: 2 * inverse.bins)
            inverse.advance(into: &samples)
        }
        inverse.finish(into: &samples)
        frame = 0
    }

    private func render(_ rows: FrameRows, into samples: inout [Float]) {
        guard rows.frames > 0 else { return }
        let (width, bins) = (vocoder.head.outputs, inverse.bins)
        if gains.count < rows.frames * width { gains = FloatBuffer(count: rows.frames * width) }
        vocoder.head(rows.pointer, rows: rows.frames, into: gains.pointer, on: pool)
        for index in 0..<rows.frames {
            guard let spectra = source.next() else { return }
            let row = gains.pointer + index * width
            hk_source_filter(
                row, row + bins, row + 2 * bins, spectra.pulses, spectra.noise, vocoder.configuration.noiseOffset,
                inverse.input, bins)
            if let filter { filter(frame, UnsafeMutableBufferPointer(start: inverse.input, count: 2 * bins)) }
            inverse.advance(into: &samples)
            frame += 1
        }
    }
}
