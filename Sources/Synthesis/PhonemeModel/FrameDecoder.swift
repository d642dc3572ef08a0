internal import NeuralCodec
internal import Tensors
internal import WeightFiles

/// The part of the phoneme model that makes frames of phonemes: phonemes' rows, their pitch and energy and where in a
/// phoneme a frame lies → codec features. A copied voice has one of its own.
struct FrameDecoder: Sendable {
    /// Layer norm, ConvNeXt blocks, layer norm.
    struct Stack: Sendable {
        let norm: LayerNorm
        let blocks: [ConvNeXtBlock]
        let finalNorm: LayerNorm

        init(_ weights: NetworkWeights, _ description: VoiceDescription.Model, blocks count: Int)
            throws(WeightFileError)
        {
            let epsilon = ConvNeXtBlock.normEpsilon
            var blocks: [ConvNeXtBlock] = []
            for index in 0..<count {
                let block = try weights.convNeXtBlock("convnext.\(index)", channels: description.width)
                guard block.hidden == description.hidden else {
                    throw WeightFileError(
                        .tensorShape, weights.source.path,
                        "\(weights.prefix)convnext.\(index).pwconv1 has \(block.hidden) rows, and the voice says "
                            + "\(description.hidden)")
                }
                blocks.append(block)
            }
            self.blocks = blocks
            norm = try weights.layerNorm("norm", width: description.width, epsilon: epsilon)
            finalNorm = try weights.layerNorm("final_layer_norm", width: description.width, epsilon: epsilon)
        }
    }

    /// Width of every row.
    let width: Int
    let melBins: Int
    let stack: Stack
    /// `[melBins + 2, width]`
    let features: Linear
    /// `[width, 3]`
    let place: [Float]
    /// `[width]` each.
    private let placeBias: [Float]
    private let pitch: [Float]
    private let pitchBias: [Float]
    private let energy: [Float]
    private let energyBias: [Float]

    /// Throws `model.tensor.*` where the file does not hold what the description says.
    init(
        _ weights: NetworkWeights, _ description: VoiceDescription.Model, melBins: Int
    ) throws(WeightFileError) {
        let width = description.width
        self.width = width
        self.melBins = melBins
        stack = try Stack(weights.at("decoder"), description, blocks: description.decoderBlocks)
        pitch = try weights.vector("pitch.weight", count: width)
        pitchBias = try weights.vector("pitch.bias", count: width)
        energy = try weights.vector("energy.weight", count: width)
        energyBias = try weights.vector("energy.bias", count: width)
        place = try weights.vector("place.weight", count: 3 * width)
        placeBias = try weights.vector("place.bias", count: width)
        features = try weights.linear("features", inputs: width, outputs: melBins + 2)
    }

    /// Adds to each phoneme's row what the decoder is told of its pitch, its energy and the speaker, in place.
    ///
    /// - Parameters:
    ///   - rows: `[phonemes, width]`
    ///   - pitch, energy: `[phonemes]`
    ///   - speaker: `[width]`
    func condition(
        _ rows: FloatBuffer, pitch pitches: [Float], energy energies: [Float], speaker: UnsafePointer<Float>
    ) {
        let common = FloatBuffer(count: width)
        for index in 0..<width {
            common.pointer[index] = speaker[index] + (pitchBias[index] + energyBias[index] + placeBias[index])
        }
        for phoneme in pitches.indices {
            let row = rows.pointer + phoneme * width
            let (pitchValue, energyValue) = (pitches[phoneme], energies[phoneme])
            for index in 0..<width {
                row[index] += common.pointer[index] + pitchValue * pitch[index] + energyValue * energy[index]
            }
        }
    }
}
