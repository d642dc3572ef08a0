package import Tensors

/// The decoder at work on a set of sequences: caches, activations and logits. One session serves one thread.
package final class TextDecoderSession: DecoderInference {
    private let decoder: TextDecoder
    private var windows: [EncodedWindow]
    private let pool: ThreadPool
    private let endOfText: Int
    private let alignmentHeads: [AlignmentHead]

    private var cache: KeyValueCache
    /// Window of each live sequence.
    private var sequenceWindows: [Int] = []
    private var activations = DecoderActivations()
    /// Logits rows: one per live sequence, then one per probed sequence.
    private var logitsRows = FloatBuffer(count: 0)
    private var probeRows: [Int?] = []

    package var vocabularySize: Int { decoder.dimensions.vocabularySize }

    package init(model: WhisperModel, windows: [EncodedWindow], pool: ThreadPool) {
        decoder = model.decoder
        self.windows = windows
        self.pool = pool
        endOfText = model.tokenizer.special.endOfText
        alignmentHeads = model.alignmentHeads
        let dimensions = model.dimensions
        cache = KeyValueCache(
            layers: dimensions.textLayers, state: dimensions.textState, context: dimensions.textContext)
    }

    /// Listens to other windows from now on and forgets all sequences. Caches and activations keep their memory.
    package func listen(to windows: [EncodedWindow]) {
        self.windows = windows
        cache.reset(sequences: 0)
        sequenceWindows = []
        probeRows = []
    }

    // MARK: DecoderInference

    package func begin(_ starts: [SequenceStart]) throws(RecognitionError) {
        for start in starts { try check(tokens: start.tokens, window: start.window) }
        cache.reset(sequences: starts.count)
        sequenceWindows = starts.map(\.window)
        probeRows = Array(repeating: nil, count: starts.count)
        var rows: [DecoderRow] = []
        var lastRows: [Int] = []
        var probes: [Int] = []
        for (sequence, start) in starts.enumerated() {
            if let position = start.probePosition, start.tokens.indices.contains(position) {
                probeRows[sequence] = starts.count + probes.count
                probes.append(rows.count + position)
            }
            for token in start.tokens { rows.append(DecoderRow(token: token, sequence: sequence)) }
            lastRows.append(rows.count - 1)
        }
        forward(rows)
        computeLogits(ofRows: lastRows + probes)
        guard starts.isEmpty || Reduction.isFinite(UnsafeBufferPointer(logitsRow(0))) else {
            throw RecognitionError.notFinite("the decoder's logits")
        }
    }

    package func step(_ tokens: [Int]) throws(RecognitionError) {
        precondition(tokens.count == sequenceWindows.count, "one token for each live sequence")
        for (sequence, token) in tokens.enumerated() {
            guard cache.lengths[sequence] < cache.context else {
                throw RecognitionError(
                    .optionInvalid, "the model's text context of \(cache.context) tokens is used up; shorten the prompt"
                )
            }
            try check(token: token)
        }
        probeRows = Array(repeating: nil, count: tokens.count)
        let precision: LinearEpilogue = tokens.count > Self.fineSequences ? .coarse : []
        forward(tokens.enumerated().map { DecoderRow(token: $0.element, sequence: $0.offset) }, precision)
        computeLogits(ofRows: Array(0..<tokens.count), precision)
    }

    package func select(_ parents: [Int]) {
        cache.select(parents)
        sequenceWindows = parents.map { sequenceWindows[$0] }
        probeRows = Array(repeating: nil, count: parents.count)
    }

    package func logits(of sequence: Int) -> UnsafeMutableBufferPointer<Float> {
        precondition(sequenceWindows.indices.contains(sequence))
        return logitsRow(sequence)
    }

    package func probeLogits(of sequence: Int) -> UnsafeMutableBufferPointer<Float>? {
        probeRows[sequence].map { logitsRow($0) }
    }

    package func spelling(of window: Int) -> Spelling? { windows[window].spelling }

    package func align(window: Int, tokens: [Int]) throws(RecognitionError) -> AlignmentPass {
        try check(tokens: tokens, window: window)
        cache.reset(sequences: 1)
        sequenceWindows = [window]
        probeRows = [nil]
        let positions = windows[window].positions
        let recorder = ScoreRecorder(heads: alignmentHeads, tokens: tokens.count, positions: positions)
        forward(tokens.map { DecoderRow(token: $0, sequence: 0) }, recorder: recorder)
        return AlignmentPass(
            heads: alignmentHeads.count, tokens: tokens.count, positions: positions, scores: recorder.scores,
            nextTokenProbabilities: nextTokenProbabilities(tokens))
    }

    // MARK: Forward pass

    /// Up to so many sequences, reading the weights takes longer than multiplying int8 ones with fine activations; a
    /// step of more, beams or windows, takes coarse ones. Prompts, read once, are always fine.
    private static let fineSequences = 2

    private func check(token: Int) throws(RecognitionError) {
        guard (0..<vocabularySize).contains(token) else {
            throw RecognitionError(
                .optionInvalid, "token \(token) is outside the model's vocabulary of \(vocabularySize) tokens")
        }
    }

    private func check(tokens: [Int], window: Int) throws(RecognitionError) {
        precondition(windows.indices.contains(window) && !tokens.isEmpty)
        guard tokens.count <= cache.context else {
            throw RecognitionError(
                .optionInvalid,
                "a prompt of \(tokens.count) tokens exceeds the model's text context of \(cache.context)")
        }
        for token in tokens { try check(token: token) }
    }

    /// Runs `rows` (new tokens, each sequence's in order) through all blocks; the residual stream keeps the result.
    ///
    /// - Parameter recorder: collects the alignment heads' scores, when they are wanted.
    private func forward(
        _ rows: [DecoderRow], _ precision: LinearEpilogue = [], recorder: ScoreRecorder? = nil
    ) {
        // The last row and the probed one of each sequence are gathered afterwards, more than a short prompt has rows.
        activations.reserve(decoder.dimensions, rows: max(rows.count, 2 * sequenceWindows.count))
        let plan = place(rows)
        embed(rows, plan)
        for (layer, block) in decoder.blocks.enumerated() {
            attendToText(block, layer, rows.count, plan, precision)
            attendToAudio(block, layer, rows.count, plan, precision, recorder)
            feedForward(block, rows.count, precision)
        }
    }

    /// Takes cache rows for the new tokens.
    private func place(_ rows: [DecoderRow]) -> DecoderPlan {
        var plan = DecoderPlan()
        for row in rows {
            plan.positions.append(cache.lengths[row.sequence])
            plan.cacheRows.append(cache.append(to: row.sequence))
            plan.lengths.append(Int32(cache.lengths[row.sequence]))
        }
        if rows.count == sequenceWindows.count, rows.indices.allSatisfy({ rows[$0].sequence == $0 }) {
            plan.slots = cache.slots
        } else {
            for row in rows {
                plan.slots += cache.slots[row.sequence * cache.context..<(row.sequence + 1) * cache.context]
            }
        }
        var members: [Int: [Int32]] = [:]
        for (index, row) in rows.enumerated() {
            members[sequenceWindows[row.sequence], default: []].append(Int32(index))
        }
        plan.windowRows = members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return plan
    }

    private func embed(_ rows: [DecoderRow], _ plan: DecoderPlan) {
        let state = decoder.dimensions.textState
        decoder.positions.withUnsafeBufferPointer { positions in
            for (index, row) in rows.enumerated() {
                let x = activations.stream.pointer + index * state
                decoder.tokenEmbedding.widenRow(row.token, into: x)
                let offset = plan.positions[index] * state
                for column in 0..<state { x[column] += positions[offset + column] }
            }
        }
    }

    private func attendToText(
        _ block: TextDecoder.Block, _ layer: Int, _ rows: Int, _ plan: DecoderPlan, _ precision: LinearEpilogue
    ) {
        let state = decoder.dimensions.textState
        let a = activations
        block.attentionNorm(a.stream.pointer, rows: rows, into: a.normalised.pointer, on: pool)
        Linear.multiply(
            (block.query, block.key, block.value), a.normalised.pointer, rows: rows,
            into: (a.queries.pointer, a.keys.pointer, a.values.pointer), precision, on: pool)
        let (keys, values) = (cache.keys[layer].pointer, cache.values[layer].pointer)
        for (row, slot) in plan.cacheRows.enumerated() {
            (keys + slot * state).update(from: a.keys.pointer + row * state, count: state)
            (values + slot * state).update(from: a.values.pointer + row * state, count: state)
        }
        decoder.attention.causal(
            queries: a.queries.pointer, rows: rows, keys: keys, values: values, slots: plan.slots,
            slotStride: cache.context, lengths: plan.lengths, into: a.normalised.pointer, on: pool)
        block.out(a.normalised.pointer, rows: rows, into: a.stream.pointer, precision.union(.accumulate), on: pool)
    }

    private func attendToAudio(
        _ block: TextDecoder.Block, _ layer: Int, _ rows: Int, _ plan: DecoderPlan, _ precision: LinearEpilogue,
        _ recorder: ScoreRecorder?
    ) {
        let a = activations
        block.crossNorm(a.stream.pointer, rows: rows, into: a.normalised.pointer, on: pool)
        block.crossQuery(a.normalised.pointer, rows: rows, into: a.queries.pointer, precision, on: pool)
        let groups = plan.windowRows.map { CrossGroup(memory: windows[$0.window].memory[layer], rows: $0.rows) }
        if recorder?.wants(layer: layer) == true {
            let all = FloatBuffer(count: decoder.attention.heads * rows * windows[plan.windowRows[0].window].positions)
            decoder.attention.cross(
                queries: a.queries.pointer, groups: groups, scores: all.pointer, into: a.normalised.pointer, on: pool)
            recorder?.record(layer: layer, all)
        } else {
            decoder.attention.cross(queries: a.queries.pointer, groups: groups, into: a.normalised.pointer, on: pool)
        }
        block.crossOut(a.normalised.pointer, rows: rows, into: a.stream.pointer, precision.union(.accumulate), on: pool)
    }

    private func feedForward(_ block: TextDecoder.Block, _ rows: Int, _ precision: LinearEpilogue) {
        let a = activations
        block.feedForwardNorm(a.stream.pointer, rows: rows, into: a.normalised.pointer, on: pool)
        block.feedForward1(a.normalised.pointer, rows: rows, into: a.inner.pointer, precision.union(.gelu), on: pool)
        block.feedForward2(a.inner.pointer, rows: rows, into: a.stream.pointer, precision.union(.accumulate), on: pool)
    }

    // MARK: Logits

    private func logitsRow(_ row: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: logitsRows.pointer + row * vocabularySize, count: vocabularySize)
    }

    /// Logits of some rows of the residual stream, in that order.
    private func computeLogits(ofRows rows: [Int], _ precision: LinearEpilogue = []) {
        let state = decoder.dimensions.textState
        if logitsRows.count < rows.count * vocabularySize {
            logitsRows = FloatBuffer(count: rows.count * vocabularySize)
        }
        let selected = activations.normalised.pointer
        for (index, row) in rows.enumerated() {
            (selected + index * state).update(from: activations.stream.pointer + row * state, count: state)
        }
        decoder.finalNorm(selected, rows: rows.count, into: selected, on: pool)
        decoder.logits(selected, rows: rows.count, into: logitsRows.pointer, precision, on: pool)
    }

    /// For each token but the first, its probability given those before it, among the ids below end-of-text.
    private func nextTokenProbabilities(_ tokens: [Int]) -> [Float] {
        var probabilities = [Float](repeating: 0, count: max(0, tokens.count - 1))
        let chunk = 16
        // The final norm works in place of the selected rows only, so the stream stays intact between chunks.
        for first in stride(from: 0, to: probabilities.count, by: chunk) {
            let rows = Array(first..<min(first + chunk, probabilities.count))
            computeLogits(ofRows: rows)
            for (index, row) in rows.enumerated() where tokens[row + 1] < endOfText {
                let text = UnsafeBufferPointer(rebasing: UnsafeBufferPointer(logitsRow(index))[..<endOfText])
                let normaliser = Reduction.logSumExp(text)
                probabilities[row] = Float.exponential(text[tokens[row + 1]] - normaliser)
            }
        }
        return probabilities
    }
}

/// One new token and the sequence that it belongs to.
private struct DecoderRow {
    var token: Int
    var sequence: Int
}

/// Where the rows of one forward pass stand.
private struct DecoderPlan {
    /// Position of each row in its sequence.
    var positions: [Int] = []
    /// Cache row that each row's key and value go to.
    var cacheRows: [Int] = []
    /// Positions that each row sees, itself included.
    var lengths: [Int32] = []
    /// Cache rows of those positions, `[rows, context]`.
    var slots: [Int32] = []
    /// The rows that listen to each window.
    var windowRows: [(window: Int, rows: [Int32])] = []
}

/// Activations of one forward pass, kept between passes.
private struct DecoderActivations {
    var stream = FloatBuffer(count: 0)
    var normalised = FloatBuffer(count: 0)
    var queries = FloatBuffer(count: 0)
    var keys = FloatBuffer(count: 0)
    var values = FloatBuffer(count: 0)
    var inner = FloatBuffer(count: 0)

    mutating func reserve(_ dimensions: ModelDimensions, rows: Int) {
        let state = rows * dimensions.textState
        guard stream.count < state else { return }
        stream = FloatBuffer(count: state)
        normalised = FloatBuffer(count: state)
        queries = FloatBuffer(count: state)
        keys = FloatBuffer(count: state)
        values = FloatBuffer(count: state)
        inner = FloatBuffer(count: rows * dimensions.textFeedForward)
    }
}

/// Collects the cross-attention scores of the alignment heads during a forward pass.
private final class ScoreRecorder {
    let heads: [AlignmentHead]
    let tokens: Int
    let positions: Int
    /// `[heads, tokens, positions]`
    private(set) var scores: [Float]

    init(heads: [AlignmentHead], tokens: Int, positions: Int) {
        self.heads = heads
        self.tokens = tokens
        self.positions = positions
        scores = [Float](repeating: 0, count: heads.count * tokens * positions)
    }

    func wants(layer: Int) -> Bool { heads.contains { $0.layer == layer } }

    /// - Parameter all: scores of every head of the layer, `[heads, tokens, positions]`.
    func record(layer: Int, _ all: FloatBuffer) {
        let size = tokens * positions
        scores.withUnsafeMutableBufferPointer { scores in
            guard let base = scores.baseAddress else { return }
            for (index, head) in heads.enumerated() where head.layer == layer {
                (base + index * size).update(from: all.pointer + head.head * size, count: size)
            }
        }
    }
}
