internal import Spectral
internal import StrictJSON
public import Tensors
internal import WeightFiles

/// hearsay's neural codec: samples → features → codes, and from codes or features back to samples.
///
/// Immutable; any number of streams may run at once.
public final class NeuralCodec: Sendable {
    /// In Hz.
    public var sampleRate: Int { configuration.sampleRate }
    /// Samples per frame.
    public var hopLength: Int { configuration.hopLength }
    /// Samples of the transform that each frame goes through.
    public var fftSize: Int { configuration.fftSize }
    public var melBins: Int { vocoder.melBins }
    /// Stages of the quantizer; 0 when the file holds the vocoder only.
    public var stages: Int { coder?.stages.count ?? 0 }
    /// Codes of each stage; 0 when the file holds the vocoder only.
    public var codesPerStage: Int { coder?.codes ?? 0 }
    /// Tells codebooks apart: codes of one codec mean nothing to another. 0 when there are none.
    public let fingerprint: UInt64

    let vocoder: Vocoder
    private let coder: FeatureCodec?
    let configuration: CodecConfiguration
    private let pool: ThreadPool
    private let mel: LogMelMagnitude
    private let tracker: PitchTracker
    let pitch: PitchScale
    private let source: any WeightSource

    /// Opens a codec: a folder with `voice.json` or `codec.json`, such a JSON file, or a safetensors file with or without
    /// `codec.json` beside it.
    ///
    /// - Throws: `codec.unreadable`, `codec.configuration_invalid`, `codec.tensor_invalid`.
    public static func open(_ path: String, pool: ThreadPool) throws(CodecError) -> NeuralCodec {
        let (folder, file) = CodecFile.locate(path, default: "")
        let isJSON = file.hasSuffix(".json")
        let named = isJSON ? [file] : [folder + "/codec.json", folder + "/voice.json"]
        for json in named {
            guard let bytes = try CodecFile.read(json, limit: 1 << 20) else { continue }
            let configuration = try read(bytes, path: json)
            let weights = file == path && !isJSON ? file : folder + "/" + configuration.file
            return try open(file: weights, configuration, pool: pool)
        }
        guard file == path, !isJSON else {
            throw CodecError(.unreadable, "\(path) holds neither codec.json nor voice.json")
        }
        return try open(file: path, CodecConfiguration(), pool: pool)
    }

    /// Opens the weights `file` with what a JSON text said about them.
    ///
    /// - Throws: `codec.unreadable`, `codec.tensor_invalid`.
    static func open(
        file: String, _ configuration: CodecConfiguration, pool: ThreadPool
    ) throws(CodecError) -> NeuralCodec {
        try NeuralCodec(try CodecFile.weights(file), configuration, pool: pool)
    }

    private static func read(_ bytes: [UInt8], path: String) throws(CodecError) -> CodecConfiguration {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes, limits: JSONLimits(values: 1 << 16))
        } catch {
            throw CodecError(.configurationInvalid, "\(path) is not valid JSON", cause: error)
        }
        return try CodecConfiguration(value["codec"] ?? value, path: path)
    }

    init(_ file: any WeightSource, _ configuration: CodecConfiguration, pool: ThreadPool) throws(CodecError) {
        self.configuration = configuration
        self.pool = pool
        source = file
        let weights = NetworkWeights(file)
        vocoder = try Vocoder(weights.at("vocoder"), configuration)
        pitch = PitchScale(configuration)
        do {
            let coder =
                weights.has("feature_codec.to_latent.weight")
                ? try FeatureCodec(weights.at("feature_codec"), melBins: vocoder.melBins) : nil
            self.coder = coder
            fingerprint = coder.map { Self.fingerprint($0.stages.map(\.codebook)) } ?? 0
            mel = try LogMelMagnitude(
                vocoder.framing, sampleRate: configuration.sampleRate, melBins: vocoder.melBins,
                floor: configuration.melFloor)
            tracker = try PitchTracker(sampleRate: configuration.sampleRate, hopLength: configuration.hopLength)
        } catch {
            throw CodecError(.tensorInvalid, "\(file.path) does not hold the codec it describes", cause: error)
        }
    }

    /// FNV-1a over the numbers of the codebooks.
    private static func fingerprint(_ codebooks: [[Float]]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for value in codebooks.joined() { hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01B3 }
        return hash
    }

    /// The features of samples at ``sampleRate``, full scale ±1. Samples that do not fill the last frame are followed by
    /// zeros.
    public func features(of samples: UnsafeBufferPointer<Float>) -> CodecFeatures {
        guard !samples.isEmpty else { return CodecFeatures(melBins: melBins, values: []) }
        let frames = (samples.count + hopLength - 1) / hopLength
        guard samples.count == frames * hopLength else {
            var padded = Array(samples)
            padded.append(contentsOf: repeatElement(0, count: frames * hopLength - samples.count))
            return padded.withUnsafeBufferPointer { features(of: $0) }
        }
        let logMel = mel(samples)
        let contour = tracker(samples)
        let (bins, width) = (melBins, melBins + 2)
        let values = [Float](unsafeUninitializedCapacity: frames * width) { values, count in
            for frame in 0..<frames {
                for bin in 0..<bins {
                    values[frame * width + bin] =
                        (logMel[frame * bins + bin] - configuration.melMean) / configuration.melScale
                }
                values[frame * width + bins] = pitch.feature(contour[frame])
                values[frame * width + bins + 1] = contour[frame] > 0 ? 1 : 0
            }
            count = frames * width
        }
        return CodecFeatures(melBins: bins, values: values)
    }

    /// The codes of features.
    ///
    /// - Throws: `codec.part_missing`, `codec.input_invalid`.
    public func encode(_ features: CodecFeatures) throws(CodecError) -> CodecCodes {
        let coder = try quantizer()
        guard features.melBins == melBins else {
            throw CodecError(
                .inputInvalid, "features of \(features.melBins) mel bands for a codec that takes \(melBins)")
        }
        let width = features.width
        let codes = coder.encode(features.values, frames: features.frames, on: pool)
        let coded = (0..<features.frames).map { frame in
            let row = frame * width + melBins
            return pitch.code(pitch.hertz(feature: features.values[row], voicing: features.values[row + 1]))
        }
        return CodecCodes(stages: coder.stages.count, codes: codes, pitch: coded)
    }

    /// The features that codes stand for.
    ///
    /// - Throws: `codec.part_missing`, `codec.input_invalid`.
    public func decode(_ codes: CodecCodes) throws(CodecError) -> CodecFeatures {
        let coder = try quantizer()
        guard codes.stages == coder.stages.count, codes.codes.allSatisfy({ Int($0) < coder.codes }) else {
            throw CodecError(
                .inputInvalid,
                "codes of \(codes.stages) stages for a codec of \(coder.stages.count) with \(coder.codes) codes each")
        }
        let width = melBins + 2
        var values = [Float](repeating: 0, count: codes.frames * width)
        for frame in 0..<codes.frames {
            let f0 = pitch.hertz(code: codes.pitch[frame])
            values[frame * width + melBins] = pitch.feature(f0)
            values[frame * width + melBins + 1] = f0 > 0 ? 1 : 0
        }
        coder.decode(codes.codes, into: &values, frames: codes.frames, on: pool)
        return CodecFeatures(melBins: melBins, values: values)
    }

    /// A stream from features to samples.
    ///
    /// - Parameters:
    ///   - seed: of the noise; equal seeds give equal samples.
    ///   - filter: see ``SpectrumFilter``.
    /// - Throws: `codec.unreadable` when the weight file was changed since it was opened.
    public func makeDecoder(seed: UInt64 = 0, filter: SpectrumFilter? = nil) throws(CodecError) -> CodecDecoderStream {
        do {
            try source.verifyUnchanged()
        } catch {
            throw CodecError(.unreadable, "the codec's weights are not what they were", cause: error)
        }
        let noise = IndexedNoise(seed: seed)
        return try CodecDecoderStream(vocoder, on: pool, noise: { noise[$0] }, filter: filter)
    }

    /// The samples of features, as one piece.
    ///
    /// - Throws: as ``makeDecoder(seed:filter:)`` and ``CodecDecoderStream/append(_:into:)``.
    public func samples(of features: CodecFeatures, seed: UInt64 = 0) throws(CodecError) -> [Float] {
        let stream = try makeDecoder(seed: seed)
        var samples: [Float] = []
        samples.reserveCapacity(features.frames * hopLength)
        try stream.append(features, into: &samples)
        stream.finish(into: &samples)
        return samples
    }

    private func quantizer() throws(CodecError) -> FeatureCodec {
        guard let coder else {
            throw CodecError(
                .partMissing, "\(source.path) holds a vocoder without encoder and codebooks; it cannot code audio")
        }
        return coder
    }
}
