internal import NeuralCodec
internal import Tensors
internal import WeightFiles

/// The phoneme model's weights: phonemes → durations, pitch and energy → codec features, without autoregression.
///
/// After Ren et al., "FastSpeech 2" (2021) and Łańcucki, "FastPitch" (2021), with ConvNeXt blocks in place of
/// transformers. The reference is Training/hearsay_training/phoneme_model.py, whose names the tensors have.
final class PhonemeModel: Sendable {
    /// Width of every row.
    let width: Int
    /// Number of speakers in the table.
    let speakerCount: Int
    let decoder: FrameDecoder
    private let symbol: WeightMatrix
    private let stress: WeightMatrix
    private let ending: WeightMatrix
    private let position: Linear
    private let speakers: WeightMatrix
    private let speaker: Linear
    private let decoderSpeaker: Linear
    private let encoder: FrameDecoder.Stack
    private let predictor: FrameDecoder.Stack
    private let variances: Linear

    /// What places are divided by.
    private static let positionScale: Float = 40

    /// Throws `model.tensor.*` where the file does not hold what the description says.
    init(
        _ source: any WeightSource, _ description: VoiceDescription.Model, symbols: Int, melBins: Int
    ) throws(WeightFileError) {
        let weights = NetworkWeights(source)
        let width = description.width
        self.width = width
        symbol = try weights.matrix("symbol.weight", rows: symbols, columns: width)
        stress = try weights.matrix("stress.weight", rows: 3, columns: width)
        ending = try weights.matrix("ending.weight", rows: symbols, columns: width)
        position = try weights.linear("position", inputs: 4, outputs: width)
        speakerCount = try weights.shape("speakers.weight", rank: 2)[0]
        speakers = try weights.matrix("speakers.weight", rows: speakerCount, columns: description.speakerWidth)
        speaker = try weights.linear("speaker", inputs: description.speakerWidth, outputs: width)
        decoderSpeaker = try weights.linear("decoder_speaker", inputs: description.speakerWidth, outputs: width)
        encoder = try FrameDecoder.Stack(weights.at("encoder"), description, blocks: description.encoderBlocks)
        predictor = try FrameDecoder.Stack(weights.at("predictor"), description, blocks: description.predictorBlocks)
        decoder = try FrameDecoder(weights, description, melBins: melBins)
        variances = try weights.linear("variances", inputs: width, outputs: 3)
    }

    /// A speaker's row of the table, `[speakerWidth]`. `index` must be below ``speakerCount``.
    func speakerVector(_ index: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: speakers.columns) { row, count in
            if let base = row.baseAddress { speakers.widenRow(index, into: base) }
            count = speakers.columns
        }
    }

    /// What the encoder makes of a sentence.
    struct Encoding {
        /// `[phonemes, width]`
        let hidden: FloatBuffer
        /// Natural logarithm of each phoneme's duration in frames.
        var logDurations: [Float]
        /// In the speaker's deviations from its mean.
        var pitch: [Float]
        /// In deviations from the mean.
        var energy: [Float]
    }

    /// Reads a sentence.
    ///
    /// - Parameters:
    ///   - phonemes: numbers of the table, at least one.
    ///   - vector: `[speakerWidth]`
    func encode(_ phonemes: [PhonemeInventory.Entry], speaker vector: [Float], on pool: ThreadPool) -> Encoding {
        let count = phonemes.count
        let hidden = FloatBuffer(count: count * width)
        embed(phonemes, speaker: vector, into: hidden.pointer, on: pool)
        run(encoder, over: hidden.pointer, count: count, on: pool)
        let predicted = FloatBuffer(count: count * width)
        predicted.pointer.update(from: hidden.pointer, count: count * width)
        run(predictor, over: predicted.pointer, count: count, on: pool)
        let values = FloatBuffer(count: count * 3)
        variances(predicted.pointer, rows: count, into: values.pointer, on: pool)
        let column = { (index: Int) in (0..<count).map { values.pointer[$0 * 3 + index] } }
        return Encoding(hidden: hidden, logDurations: column(0), pitch: column(1), energy: column(2))
    }

    /// What the decoder is told of a speaker, `[width]`.
    ///
    /// - Parameter vector: `[speakerWidth]`
    func decoderVector(_ vector: [Float], on pool: ThreadPool) -> WipedBuffer {
        let result = WipedBuffer(count: width)
        vector.withUnsafeBufferPointer { vector in
            if let base = vector.baseAddress { decoderSpeaker(base, rows: 1, into: result.pointer, on: pool) }
        }
        return result
    }

    private func embed(
        _ phonemes: [PhonemeInventory.Entry], speaker vector: [Float], into rows: UnsafeMutablePointer<Float>,
        on pool: ThreadPool
    ) {
        let count = phonemes.count
        placePhonemes(count, into: rows, on: pool)
        let common = FloatBuffer(count: width)
        let row = FloatBuffer(count: width)
        vector.withUnsafeBufferPointer { vector in
            if let base = vector.baseAddress { speaker(base, rows: 1, into: common.pointer, on: pool) }
        }
        // The symbol that ends the sentence stands before the last, which is the mark of its end.
        ending.widenRow(Int(phonemes[max(0, count - 2)].symbol), into: row.pointer)
        Self.add(row.pointer, to: common.pointer, width)
        for (index, phoneme) in phonemes.enumerated() {
            let target = rows + index * width
            Self.add(common.pointer, to: target, width)
            symbol.widenRow(Int(phoneme.symbol), into: row.pointer)
            Self.add(row.pointer, to: target, width)
            stress.widenRow(Int(phoneme.stress), into: row.pointer)
            Self.add(row.pointer, to: target, width)
        }
    }

    /// Where each phoneme stands: from 0 to 1, from the start, from the end, and the sentence's length.
    private func placePhonemes(_ count: Int, into rows: UnsafeMutablePointer<Float>, on pool: ThreadPool) {
        let places = FloatBuffer(count: count * 4)
        let scale = Self.positionScale
        for index in 0..<count {
            let row = places.pointer + index * 4
            row[0] = Float(index) / Float(max(1, count - 1))
            row[1] = min(Float(index), scale) / scale
            row[2] = min(Float(count - 1 - index), scale) / scale
            row[3] = Float(count) / 100
        }
        position(places.pointer, rows: count, into: rows, on: pool)
    }

    private func run(
        _ stack: FrameDecoder.Stack, over rows: UnsafeMutablePointer<Float>, count: Int, on pool: ThreadPool
    ) {
        stack.norm(rows, rows: count, into: rows, on: pool)
        ConvNeXtStream(stack.blocks, channels: width, on: pool).transform(rows, frames: count)
        stack.finalNorm(rows, rows: count, into: rows, on: pool)
    }

    private static func add(_ row: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int) {
        for index in 0..<count { target[index] += row[index] }
    }
}
