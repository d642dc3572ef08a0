internal import NeuralCodec
internal import Tensors

/// A sentence's codec features, frame by frame: each phoneme's row is repeated as long as it lasts and taken through the
/// decoder, whose every output depends on a bounded neighbourhood, so that the pieces joined are the whole.
final class FeatureStream {
    private let model: FrameDecoder
    private let plan: ProsodyPlan
    private let codec: NeuralCodec
    private let pool: ThreadPool
    /// `[phonemes, width]`, told of pitch, energy and speaker.
    private let rows: FloatBuffer
    private let decoder: ConvNeXtStream
    /// Of a copied voice.
    private let correction: SpectrumCorrection?
    private var output = FloatBuffer(count: 0)
    private var normalized = FloatBuffer(count: 0)
    /// The phoneme and the frame in it that go into the decoder next.
    private var entering = Cursor()
    /// The phoneme and the frame in it that come out of the decoder next.
    private var leaving = Cursor()
    private var hasEnded = false

    private struct Cursor {
        var phoneme = 0
        var frame = 0
    }

    init(
        _ model: FrameDecoder, rows: FloatBuffer, plan: ProsodyPlan, codec: NeuralCodec, on pool: ThreadPool,
        correction: SpectrumCorrection? = nil
    ) {
        self.correction = correction
        self.model = model
        self.rows = rows
        self.plan = plan
        self.codec = codec
        self.pool = pool
        decoder = ConvNeXtStream(model.stack.blocks, channels: model.width, on: pool)
    }

    /// The features that `frames` more frames complete, `[…, melBins + 2]`; none while the decoder still looks ahead.
    ///
    /// - Returns: nil when the sentence is over.
    func next(frames: Int) -> CodecFeatures? {
        guard !hasEnded else { return nil }
        let count = enter(frames)
        let decoded = count > 0 ? decoder.advance() : decoder.finish()
        hasEnded = count == 0
        return CodecFeatures(melBins: model.melBins, values: features(decoded))
    }

    /// Writes up to `limit` frames to the decoder's input; 0 once all have been written.
    private func enter(_ limit: Int) -> Int {
        var count = 0
        var cursor = entering
        while count < limit, cursor.phoneme < plan.durations.count {
            let here = min(limit - count, plan.durations[cursor.phoneme] - cursor.frame)
            count += here
            cursor.frame += here
            if cursor.frame == plan.durations[cursor.phoneme] { cursor = Cursor(phoneme: cursor.phoneme + 1) }
        }
        guard count > 0 else { return 0 }
        let target = decoder.extend(by: count)
        model.place.withUnsafeBufferPointer { place in
            for index in 0..<count { write(target + index * model.width, place: place) }
        }
        model.stack.norm(target, rows: count, into: target, on: pool)
        return count
    }

    /// Writes the decoder's input for one frame and moves on.
    private func write(_ target: UnsafeMutablePointer<Float>, place: UnsafeBufferPointer<Float>) {
        let duration = plan.durations[entering.phoneme]
        let length = Float(duration)
        let centre = Float(entering.frame) + 0.5
        let (into, left) = (centre / length, (length - centre) / length)
        let logLength = Float.naturalLogarithm(length) / 3
        let row = rows.pointer + entering.phoneme * model.width
        for index in 0..<model.width {
            target[index] =
                row[index] + into * place[3 * index] + left * place[3 * index + 1] + logLength * place[3 * index + 2]
        }
        entering.frame += 1
        if entering.frame == duration { entering = Cursor(phoneme: entering.phoneme + 1) }
    }

    private func features(_ decoded: FrameRows) -> [Float] {
        let (width, bins) = (model.features.outputs, model.melBins)
        guard decoded.frames > 0 else { return [] }
        if output.count < decoded.frames * width {
            output = FloatBuffer(count: decoded.frames * width)
            normalized = FloatBuffer(count: decoded.frames * model.width)
        }
        model.stack.finalNorm(decoded.pointer, rows: decoded.frames, into: normalized.pointer, on: pool)
        model.features(normalized.pointer, rows: decoded.frames, into: output.pointer, on: pool)
        var values: [Float] = []
        values.reserveCapacity(decoded.frames * width)
        for frame in 0..<decoded.frames {
            if leaving.frame == 0 { appendSilence(plan.silence[leaving.phoneme], to: &values) }
            let row = output.pointer + frame * width
            correction?.apply(to: row)
            values.append(contentsOf: UnsafeBufferPointer(start: row, count: bins))
            append(movement: row[bins], isVoiced: row[bins + 1] > 0, to: &values)
            leaving.frame += 1
            if leaving.frame == plan.durations[leaving.phoneme] { leaving = Cursor(phoneme: leaving.phoneme + 1) }
        }
        return values
    }

    /// The codec's pitch and voicing of the frame that leaves.
    private func append(movement: Float, isVoiced: Bool, to values: inout [Float]) {
        guard isVoiced else { return values.append(contentsOf: [0, 0]) }
        let phoneme = leaving.phoneme
        let logF0 = max(plan.lowestLogF0[phoneme], plan.logF0[phoneme] + movement * plan.movement[phoneme])
        // Between 16 and 4000 Hz, whatever the weights say; NaN becomes the lower.
        values.append(codec.pitchFeature(hertz: .exponential(logF0 > 2.8 ? min(logF0, 8.3) : 2.8)))
        values.append(1)
    }

    private func appendSilence(_ frames: Int, to values: inout [Float]) {
        guard frames > 0 else { return }
        for _ in 0..<frames {
            values.append(contentsOf: repeatElement(codec.silence, count: model.melBins))
            values.append(contentsOf: [0, 0])
        }
    }
}
