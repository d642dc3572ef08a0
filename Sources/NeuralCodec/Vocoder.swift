internal import Spectral
internal import Tensors
internal import WeightFiles

/// The decoder from features to samples: a ConvNeXt backbone whose head gives, per frame and frequency, a complex gain
/// for the spectrum of pulses at the given F0 and a magnitude for the phases of white noise; the inverse STFT makes the
/// samples.
///
/// Source: Vocos' backbone (Siuzdak 2023) over the sources of X. Wang et al., "Neural source-filter waveform models" (2019).
struct Vocoder: Sendable {
    let backbone: Backbone
    let head: Linear
    let framing: Framing
    let configuration: CodecConfiguration

    /// Reads `backbone.*` and `head.*`.
    init(_ weights: NetworkWeights, _ configuration: CodecConfiguration) throws(CodecError) {
        self.configuration = configuration
        let bins = configuration.fftSize / 2 + 1
        do {
            backbone = try Backbone(weights.at("backbone"))
            head = try weights.linear("head", inputs: backbone.channels, outputs: 3 * bins)
            framing = try Framing(fftSize: configuration.fftSize, hopLength: configuration.hopLength)
        } catch {
            throw CodecError(.tensorInvalid, "\(weights.source.path) does not hold a codec's vocoder", cause: error)
        }
        let ahead = backbone.embed.span / 2 + backbone.blocks.reduce(0) { $0 + $1.convolution.span / 2 }
        guard backbone.inputs > 2, ahead * configuration.hopLength >= configuration.fftSize / 2 else {
            throw CodecError(
                .tensorInvalid,
                "\(weights.source.path): a vocoder of \(backbone.inputs) inputs that looks \(ahead) frames ahead; more than "
                    + "2 inputs and half a transform ahead are needed")
        }
    }

    var melBins: Int { backbone.inputs - 2 }
}
