internal import Glibc
internal import NeuralCodec
internal import Spectral
internal import Tensors
internal import WeightFiles

/// Resemblyzer's encoder: LSTM layers over mel frames in pieces of 1.6 s, whose results are averaged.
///
/// The recording is made louder as `preprocess_wav` does it, but long silences are not cut out: that took WebRTC's
/// detector. Sources: L. Wan et al., "Generalized end-to-end loss for speaker verification" (2018); resemble-ai/Resemblyzer,
/// `voice_encoder.py` and `audio.py`.
struct ResemblyzerNetwork: Sendable {
    static let melBins = 40
    /// Frames in a piece, and between the beginnings of two: 1.3 pieces a second.
    static let pieceFrames = 160
    static let pieceStep = 77
    /// A last piece that reaches further beyond the recording than this share of it is left out.
    private static let leastCoverage = 0.75
    /// Recordings are made at least so loud.
    private static let level = -30.0
    /// Pieces computed at once: bounds memory.
    private static let batch = 16
    private static let mostLayers = 8

    private struct Layer: Sendable {
        let input: Linear
        let hidden: Linear
        var width: Int { hidden.inputs }
    }

    private let layers: [Layer]
    private let linear: Linear

    var dimension: Int { linear.outputs }

    /// - Throws: `model.tensor.*`.
    init(_ weights: NetworkWeights) throws(WeightFileError) {
        var layers: [Layer] = []
        var inputs = Self.melBins
        repeat {
            let number = layers.count
            let width = try weights.shape("lstm.weight_hh_l\(number)", rank: 2)[1]
            guard width <= 4096 else {
                throw WeightFileError(.tensorShape, weights.source.path, "an LSTM of \(width) units is too large")
            }
            func gates(_ kind: String, inputs: Int) throws(WeightFileError) -> Linear {
                let matrix = try weights.matrix(
                    "lstm.weight_\(kind)_l\(number)", rows: 4 * width, columns: inputs)
                let bias = try weights.vector("lstm.bias_\(kind)_l\(number)", count: 4 * width)
                guard let layer = Linear(weight: matrix, bias: bias) else {
                    throw WeightFileError(.tensorShape, weights.source.path, "lstm's biases do not fit")
                }
                return layer
            }
            layers.append(Layer(input: try gates("ih", inputs: inputs), hidden: try gates("hh", inputs: width)))
            inputs = width
        } while layers.count < Self.mostLayers && weights.has("lstm.weight_hh_l\(layers.count)")
        self.layers = layers
        let dimension = try weights.shape("linear.weight", rank: 2)[0]
        guard dimension <= SpeakerEmbedding.largestDimension else {
            throw WeightFileError(.tensorShape, weights.source.path, "embeddings of \(dimension) numbers are too large")
        }
        linear = try weights.linear("linear", inputs: inputs, outputs: dimension)
    }

    /// - Parameter output: `[dimension]`, of any length.
    /// - Returns: seconds of the recording.
    /// - Throws: `speaker.speech_too_short`.
    func callAsFunction(
        _ samples: UnsafeBufferPointer<Float>, into output: UnsafeMutablePointer<Float>, on pool: ThreadPool
    ) throws(SpeakerIdentityError) -> Double {
        guard samples.count >= SpeakerEncoder.sampleRate, let loud = Self.louder(samples) else {
            throw SpeakerIdentityError(
                .speechTooShort,
                "\(samples.count) samples are silent or too few to tell a voice by; at least 1 s is needed")
        }
        let starts = Self.pieces(samples: loud.count)
        let mels = Self.mels(loud, frames: (starts.last ?? 0) + Self.pieceFrames)
        output.update(repeating: 0, count: dimension)
        for first in stride(from: 0, to: starts.count, by: Self.batch) {
            add(mels, Array(starts[first..<min(first + Self.batch, starts.count)]), to: output, on: pool)
        }
        return Double(samples.count) / Double(SpeakerEncoder.sampleRate)
    }

    /// First frame of each piece: `compute_partial_slices`.
    static func pieces(samples: Int) -> [Int] {
        let hop = LogMelFraming.hopLength
        let frames = samples / hop + 1
        let steps = max(1, frames - pieceFrames + pieceStep + 1)
        var starts = Array(stride(from: 0, to: steps, by: pieceStep))
        let last = (starts.last ?? 0) * hop
        if Double(samples - last) / Double(pieceFrames * hop) < leastCoverage, starts.count > 1 { starts.removeLast() }
        return starts
    }

    /// nil where there is only silence.
    private static func louder(_ samples: UnsafeBufferPointer<Float>) -> [Float]? {
        let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)
        guard power > 1e-12 else { return nil }
        let change = level - 10 * log10(power)
        let gain = change > 0 ? Float(pow(10, change / 20)) : 1
        return samples.map { $0 * gain }
    }

    /// Mel power `[frames, melBins]` as librosa gives it, with zeros beyond both ends of the recording.
    private static func mels(_ samples: [Float], frames: Int) -> [Float] {
        let hop = LogMelFraming.hopLength
        // Two frames of zeros first, so that no mirror reaches into the recording's own frames.
        let padded = [Float](repeating: 0, count: 2 * hop) + samples
        let missing = max(0, (frames + 4) * hop - padded.count)
        var values: [Float] = []
        var stream = LogMelStream(melBins: melBins)
        (padded + [Float](repeating: 0, count: missing)).withUnsafeBufferPointer { stream.append($0, to: &values) }
        return values[2 * melBins..<(2 + frames) * melBins].map { powf(10, $0) }
    }

    /// Adds the pieces' vectors of length 1.
    private func add(
        _ mels: [Float], _ starts: [Int], to output: UnsafeMutablePointer<Float>, on pool: ThreadPool
    ) {
        let count = starts.count
        // Frame by frame, all pieces side by side: [pieceFrames, count, melBins].
        var values = FloatBuffer(count: Self.pieceFrames * count * Self.melBins)
        for frame in 0..<Self.pieceFrames {
            for (row, start) in starts.enumerated() {
                let target = values.pointer + (frame * count + row) * Self.melBins
                for bin in 0..<Self.melBins { target[bin] = mels[(start + frame) * Self.melBins + bin] }
            }
        }
        for layer in layers { values = run(layer, values, count: count, on: pool) }
        let width = linear.inputs
        let vectors = WipedBuffer(count: count * dimension)
        linear(
            values.pointer + (Self.pieceFrames - 1) * count * width, rows: count, into: vectors.pointer, on: pool)
        for row in 0..<count {
            let vector = vectors.pointer + row * dimension
            var square = 0.0
            for index in 0..<dimension {
                vector[index] = max(vector[index], 0)
                square += Double(vector[index]) * Double(vector[index])
            }
            guard square > 0 else { continue }
            let scale = Float(1 / square.squareRoot())
            for index in 0..<dimension { output[index] += vector[index] * scale }
        }
    }

    /// One layer over all frames: `[pieceFrames, count, inputs]` → `[pieceFrames, count, width]`.
    private func run(_ layer: Layer, _ input: FloatBuffer, count: Int, on pool: ThreadPool) -> FloatBuffer {
        let width = layer.width
        let gates = FloatBuffer(count: Self.pieceFrames * count * 4 * width)
        layer.input(input.pointer, rows: Self.pieceFrames * count, into: gates.pointer, on: pool)
        let output = FloatBuffer(count: Self.pieceFrames * count * width)
        let cell = FloatBuffer(count: count * width)
        cell.zero(count: count * width)
        for frame in 0..<Self.pieceFrames {
            let current = gates.pointer + frame * count * 4 * width
            let state = output.pointer + frame * count * width
            if frame > 0 { layer.hidden(state - count * width, rows: count, into: current, .accumulate, on: pool) }
            if frame == 0, let bias = layer.hidden.bias {
                for row in 0..<count { for gate in 0..<4 * width { current[row * 4 * width + gate] += bias[gate] } }
            }
            for row in 0..<count {
                let (gate, memory) = (current + row * 4 * width, cell.pointer + row * width)
                for unit in 0..<width {
                    let candidate = tanhf(gate[2 * width + unit])
                    memory[unit] = sigmoid(gate[width + unit]) * memory[unit] + sigmoid(gate[unit]) * candidate
                    state[row * width + unit] = sigmoid(gate[3 * width + unit]) * tanhf(memory[unit])
                }
            }
        }
        return output
    }
}

private func sigmoid(_ x: Float) -> Float { 1 / (1 + expf(-x)) }
