internal import CKernels
internal import Glibc
internal import Spectral
public import Tensors
internal import WeightFiles

/// A Vocos mel vocoder, as `charactr/vocos-mel-24khz`: from log-mel frames to samples.
///
/// Immutable; any number of streams may run at once. Source: H. Siuzdak, "Vocos" (2023), PyPI's `vocos`.
public final class Vocos: Sendable {
    /// In Hz.
    public let sampleRate: Int
    /// Samples per frame.
    public var hopLength: Int { framing.hopLength }
    public var melBins: Int { backbone.inputs }

    let backbone: Backbone
    let head: Linear
    let framing: Framing
    let pool: ThreadPool
    private let features: LogMelMagnitude

    /// The largest magnitude that the head gives.
    static let largestMagnitude: Float = 100

    /// Whether `path` is laid out as a Vocos model is: a folder, or a safetensors file in one, with `config.yaml` and
    /// without the description of a codec or a voice of hearsay's.
    public static func isModel(at path: String) -> Bool {
        let (folder, file) = CodecFile.locate(path, default: "model.safetensors")
        func isThere(_ name: String) -> Bool { access("\(folder)/\(name)", F_OK) == 0 }
        return isThere("config.yaml") && !isThere("codec.json") && !isThere("voice.json")
            && file.hasSuffix(".safetensors") && access(file, F_OK) == 0
    }

    /// Opens `model.safetensors` of a folder, with `config.yaml` beside it, or a safetensors file.
    ///
    /// - Throws: `codec.unreadable`, `codec.configuration_invalid`, `codec.tensor_invalid`.
    public static func open(_ path: String, pool: ThreadPool) throws(CodecError) -> Vocos {
        let (folder, file) = CodecFile.locate(path, default: "model.safetensors")
        var configuration = VocosConfiguration()
        configuration.headPadding = .center
        let yaml = folder + "/config.yaml"
        if let bytes = try CodecFile.read(yaml, limit: VocosConfiguration.sizeLimit) {
            configuration = try VocosConfiguration(yaml: String(decoding: bytes, as: UTF8.self), path: yaml)
        }
        return try Vocos(try CodecFile.weights(file), configuration, pool: pool)
    }

    init(_ file: any WeightSource, _ configuration: VocosConfiguration, pool: ThreadPool) throws(CodecError) {
        self.pool = pool
        sampleRate = configuration.sampleRate
        do {
            let weights = NetworkWeights(file)
            backbone = try Backbone(weights.at("backbone"))
            let outputs = try weights.shape("head.out.weight", rank: 2)[0]
            head = try weights.linear("head.out", inputs: backbone.channels, outputs: outputs)
            let size = configuration.fftSize ?? outputs - 2
            guard outputs == size + 2, size % 2 == 0 else {
                throw CodecError(
                    .tensorInvalid, "\(file.path): head.out has \(outputs) rows, and n_fft \(size) needs \(size + 2)")
            }
            framing = try Framing(
                fftSize: size, hopLength: configuration.hopLength,
                window: weights.has("head.istft.window")
                    ? try weights.vector("head.istft.window", count: size) : nil,
                padding: configuration.headPadding == .same ? .same : .centered)
            _ = try InverseSTFTStream(framing)
            features = try LogMelMagnitude(
                try Framing(
                    fftSize: size, hopLength: configuration.hopLength,
                    padding: configuration.featurePadding == .same ? .same : .centered),
                sampleRate: configuration.sampleRate, melBins: backbone.inputs, floor: 1e-7)
        } catch let error as CodecError {
            throw error
        } catch {
            throw CodecError(.tensorInvalid, "\(file.path) does not hold a Vocos mel model", cause: error)
        }
    }

    /// Log-mel frames `[frames, melBins]` of samples at ``sampleRate``.
    public func features(of samples: UnsafeBufferPointer<Float>) -> [Float] { features(samples) }

    public func makeDecoder() throws(CodecError) -> VocosStream { try VocosStream(self) }
}

/// One signal on its way through a Vocos model, in pieces of any size: samples are those of the whole. Not
/// thread-safe.
public final class VocosStream {
    private let model: Vocos
    private let backbone: BackboneStream
    private let inverse: InverseSTFTStream
    private var spectra = FloatBuffer(count: 0)

    init(_ model: Vocos) throws(CodecError) {
        self.model = model
        backbone = BackboneStream(model.backbone, on: model.pool)
        do {
            inverse = try InverseSTFTStream(model.framing)
        } catch {
            throw CodecError(.configurationInvalid, "no inverse transform for this model", cause: error)
        }
    }

    /// Takes `frames` log-mel frames `[frames, melBins]` and appends the samples that they complete.
    public func append(_ features: UnsafePointer<Float>, frames: Int, into samples: inout [Float]) {
        for first in stride(from: 0, to: frames, by: CodecPiece.frames) {
            let count = min(CodecPiece.frames, frames - first)
            backbone.extend(by: count).update(
                from: features + first * model.melBins, count: count * model.melBins)
            render(backbone.advance(), into: &samples)
        }
    }

    /// Appends the samples that are left; the next frame begins a new signal.
    public func finish(into samples: inout [Float]) {
        render(backbone.finish(), into: &samples)
        inverse.finish(into: &samples)
    }

    private func render(_ rows: FrameRows, into samples: inout [Float]) {
        guard rows.frames > 0 else { return }
        let (width, bins) = (model.head.outputs, inverse.bins)
        if spectra.count < rows.frames * width { spectra = FloatBuffer(count: rows.frames * width) }
        model.head(rows.pointer, rows: rows.frames, into: spectra.pointer, on: model.pool)
        for frame in 0..<rows.frames {
            let row = spectra.pointer + frame * width
            hk_polar(row, row + bins, Vocos.largestMagnitude, inverse.input, bins)
            inverse.advance(into: &samples)
        }
    }
}

enum CodecPiece {
    /// Frames that go through a network at a time: as few as keep the products efficient, so that what lies between two
    /// layers stays in the cache.
    static let frames = 128
}
