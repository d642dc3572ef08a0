internal import Tensors
internal import WeightFiles

/// Whisper's decoder: token and position embeddings, blocks of causal self-attention, cross-attention and feed-forward,
/// and logits by the transposed token embedding.
///
/// Immutable and shared; sequences and their caches belong to a ``TextDecoderSession``. Source: OpenAI's `TextDecoder`.
struct TextDecoder: Sendable {
    let dimensions: ModelDimensions
    let tokenEmbedding: WeightMatrix
    /// `[textContext, textState]`
    let positions: [Float]
    let blocks: [Block]
    let finalNorm: LayerNorm
    let logits: Linear
    let attention: MultiHeadAttention
    /// Cross-attention keys and values are kept in half precision, unless the model itself has full precision.
    let halfPrecisionMemory: Bool

    struct Block: Sendable {
        let attentionNorm: LayerNorm
        let query: Linear
        let key: Linear
        let value: Linear
        let out: Linear
        let crossNorm: LayerNorm
        let crossQuery: Linear
        let crossKey: Linear
        let crossValue: Linear
        let crossOut: Linear
        let feedForwardNorm: LayerNorm
        let feedForward1: Linear
        let feedForward2: Linear
    }

    init(_ weights: WeightCatalogue, _ dimensions: ModelDimensions) throws(RecognitionError) {
        self.dimensions = dimensions
        let state = dimensions.textState
        tokenEmbedding = try weights.matrix(
            "decoder.token_embedding.weight", rows: dimensions.vocabularySize, columns: state)
        positions = try weights.vector("decoder.positional_embedding", count: dimensions.textContext * state)
        finalNorm = try weights.layerNorm("decoder.ln", width: state)
        attention = MultiHeadAttention(heads: dimensions.textHeads, width: state / dimensions.textHeads)
        guard let logits = Linear(weight: tokenEmbedding, bias: nil) else {
            throw RecognitionError(.modelTensorInvalid, "\(weights.source.path): the token embedding has no rows")
        }
        self.logits = logits
        var blocks: [Block] = []
        for index in 0..<dimensions.textLayers {
            blocks.append(try Block(weights, "decoder.blocks.\(index)", dimensions))
        }
        self.blocks = blocks
        halfPrecisionMemory = tokenEmbedding.type != .float32
    }

    /// What the decoder remembers of one encoded window: each block's cross-attention keys and values.
    ///
    /// - Parameters:
    ///   - features: `[positions, textState]`.
    ///   - scratch: room for twice as many floats, apart from them.
    func remember(
        features: UnsafePointer<Float>, positions: Int, scratch: UnsafeMutablePointer<Float>, on pool: ThreadPool
    ) -> [CrossMemory] {
        let (keys, values) = (scratch, scratch + positions * dimensions.textState)
        return blocks.map { block in
            block.crossKey(features, rows: positions, into: keys, on: pool)
            block.crossValue(features, rows: positions, into: values, on: pool)
            return CrossMemory(
                keys: keys, values: values, positions: positions, attention: attention,
                halfPrecision: halfPrecisionMemory, on: pool)
        }
    }
}

extension TextDecoder.Block {
    init(_ weights: WeightCatalogue, _ name: String, _ dimensions: ModelDimensions) throws(RecognitionError) {
        let state = dimensions.textState
        func square(_ part: String, bias: Bool = true) throws(RecognitionError) -> Linear {
            try weights.linear("\(name).\(part)", inputs: state, outputs: state, bias: bias)
        }
        attentionNorm = try weights.layerNorm("\(name).attn_ln", width: state)
        query = try square("attn.query")
        key = try square("attn.key", bias: false)
        value = try square("attn.value")
        out = try square("attn.out")
        crossNorm = try weights.layerNorm("\(name).cross_attn_ln", width: state)
        crossQuery = try square("cross_attn.query")
        crossKey = try square("cross_attn.key", bias: false)
        crossValue = try square("cross_attn.value")
        crossOut = try square("cross_attn.out")
        feedForwardNorm = try weights.layerNorm("\(name).mlp_ln", width: state)
        feedForward1 = try weights.linear("\(name).mlp.0", inputs: state, outputs: dimensions.textFeedForward)
        feedForward2 = try weights.linear("\(name).mlp.2", inputs: dimensions.textFeedForward, outputs: state)
    }
}
