internal import NeuralCodec
internal import Tensors
internal import WeightFiles

/// What lets a voice speak as somebody: a decoder that is told in numbers who is to be heard, in place of a row of a table.
/// The reference is Training/hearsay_training/cloning.py, whose names the tensors have.
final class CloneModel: Sendable {
    let description: VoiceDescription.Clone
    let decoder: FrameDecoder
    private let listen: Linear
    private let tell: Linear
    private let envelope: Linear
    private let weights: any WeightSource

    /// Mean and deviation of log F0, syllables in a second: what follows the envelope among a manner's numbers.
    private static let scalars = 3

    /// Numbers that describe a voice: an encoder's, and a manner's.
    var inputs: Int { listen.inputs }
    private var envelopeBins: Int { envelope.inputs }

    /// Throws `model.tensor.*` where the file does not hold what the description says.
    init(
        _ source: any WeightSource, _ clone: VoiceDescription.Clone, _ model: VoiceDescription.Model, melBins: Int
    ) throws(WeightFileError) {
        description = clone
        weights = source
        let weights = NetworkWeights(source)
        decoder = try FrameDecoder(weights, model, melBins: melBins)
        let bins = try weights.shape("envelope.weight", rank: 2)
        guard clone.correctedBins <= melBins else {
            throw WeightFileError(
                .tensorShape, source.path, "\(clone.correctedBins) bands cannot be corrected; the codec has \(melBins)")
        }
        envelope = try weights.linear("envelope", inputs: bins[1], outputs: clone.correctedBins)
        let inputs = clone.embedding + bins[1] + Self.scalars
        listen = try weights.linear("listen", inputs: inputs, outputs: clone.width)
        tell = try weights.linear("tell", inputs: clone.width, outputs: model.width)
    }

    /// Throws `WeightFileError` where the file is not what it was when it was opened.
    func verifyUnchanged() throws(WeightFileError) { try weights.verifyUnchanged() }

    /// What the decoder is told of a voice, `[width]`.
    func voice(_ numbers: UnsafePointer<Float>, on pool: ThreadPool) -> WipedBuffer {
        let heard = WipedBuffer(count: listen.outputs)
        listen(numbers, rows: 1, into: heard.pointer, .gelu, on: pool)
        let result = WipedBuffer(count: tell.outputs)
        tell(heard.pointer, rows: 1, into: result.pointer, on: pool)
        return result
    }

    /// The long-term spectrum that is wanted, `[correctedBins]`.
    func spectrum(_ numbers: UnsafePointer<Float>, on pool: ThreadPool) -> WipedBuffer {
        let result = WipedBuffer(count: envelope.outputs)
        envelope(numbers + description.embedding, rows: 1, into: result.pointer, on: pool)
        return result
    }

    /// Mean and deviation of log F0, and how much faster than the stock voice somebody speaks.
    func prosody(_ numbers: UnsafePointer<Float>) -> (mean: Float, deviation: Float, rate: Double) {
        let scalars = numbers + description.embedding + envelopeBins
        let rate = Double(scalars[2] / description.syllablesPerSecond)
        return (
            min(max(scalars[0], 4), 6.5), min(max(scalars[1], 0.02), 0.6),
            min(max(rate, Self.rates.lowerBound), Self.rates.upperBound)
        )
    }

    /// How much slower or faster than the stock voice a copied one may speak.
    private static let rates = 0.8...1.25
}
