import Glibc
import Tensors

/// Self-attention whose keys and values carry learnt embeddings of the distance between two positions, up to a window
/// (Shaw, Uszkoreit, Vaswani 2018).
struct RelativeAttention: Sendable {
    let heads: Int
    let width: Int
    /// Distances from −window to +window have an embedding.
    let window: Int
    private let queryKeyValue: Conv1D
    private let output: Conv1D
    /// One for each head, or one for all: `[2 · window + 1, width]`.
    private let keyEmbeddings: [Linear]
    private let valueEmbeddings: [[Float]]

    /// Queries of one pass: bounds the memory for their scores.
    private static let block = 256

    init(_ parameters: VITSParameters, _ path: String, channels: Int) throws(SynthesisError) {
        var weights: [Float] = []
        var biases: [Float] = []
        for name in ["conv_q", "conv_k", "conv_v"] {
            let convolution = try parameters.convolution("\(path).\(name)")
            try convolution.requirePointwise()
            guard convolution.shape == [channels, channels, 1], let bias = convolution.bias, bias.count == channels
            else { throw Self.invalid(path) }
            weights += convolution.weight
            biases += bias
        }
        guard
            let queryKeyValue = Conv1D(
                weight: weights, bias: biases, outputs: 3 * channels, inputs: channels, taps: 1)
        else { throw Self.invalid(path) }
        self.queryKeyValue = queryKeyValue
        output = try parameters.convolution("\(path).conv_o").pointwise(outputs: channels, inputs: channels)

        let (shape, keys) = try parameters.tensor("\(path).emb_rel_k")
        guard shape.count == 3, shape[0] > 0, !shape[1].isMultiple(of: 2), (1...channels).contains(shape[2]),
            channels.isMultiple(of: shape[2])
        else { throw Self.invalid(path) }
        let (tables, distances, width) = (shape[0], shape[1], shape[2])
        let values = try parameters.vector("\(path).emb_rel_v", count: keys.count)
        heads = channels / width
        self.width = width
        window = distances / 2
        guard tables == 1 || tables == heads, distances <= 255 else { throw Self.invalid(path) }
        var keyEmbeddings: [Linear] = []
        var valueEmbeddings: [[Float]] = []
        for table in 0..<tables {
            let range = (table * distances * width)..<((table + 1) * distances * width)
            guard let matrix = WeightMatrix(copying: Array(keys[range]), rows: distances, columns: width),
                let layer = Linear(weight: matrix, bias: nil)
            else { throw Self.invalid(path) }
            keyEmbeddings.append(layer)
            valueEmbeddings.append(Array(values[range]))
        }
        self.keyEmbeddings = keyEmbeddings
        self.valueEmbeddings = valueEmbeddings
    }

    /// - Parameters:
    ///   - input: `[positions, channels]`.
    ///   - result: `[positions, channels]`, other memory.
    func callAsFunction(
        _ input: UnsafePointer<Float>, positions: Int, into result: UnsafeMutablePointer<Float>, on pool: ThreadPool
    ) {
        let channels = heads * width
        let projected = FloatBuffer(count: positions * 3 * channels)
        let attended = FloatBuffer(count: positions * channels)
        queryKeyValue(input, frames: positions, into: projected.pointer, on: pool)
        for head in 0..<heads {
            attend(head, projected.pointer, positions, into: attended.pointer, on: pool)
        }
        output(attended.pointer, frames: positions, into: result, on: pool)
    }

    private func attend(
        _ head: Int, _ projected: UnsafeMutablePointer<Float>, _ positions: Int,
        into attended: UnsafeMutablePointer<Float>, on pool: ThreadPool
    ) {
        let channels = heads * width
        let distances = 2 * window + 1
        let queries = FloatBuffer(count: positions * width)
        let keys = FloatBuffer(count: positions * width)
        let values = FloatBuffer(count: positions * width)
        let scale = 1 / Float(width).squareRoot()
        for position in 0..<positions {
            let row = projected + position * 3 * channels + head * width
            for index in 0..<width {
                queries.pointer[position * width + index] = row[index] * scale
                keys.pointer[position * width + index] = row[channels + index]
                values.pointer[index * positions + position] = row[2 * channels + index]
            }
        }
        guard
            let keyMatrix = WeightMatrix(
                bytes: UnsafeRawBufferPointer(keys.elements), rows: positions, columns: width, type: .float32,
                owner: keys),
            let valueMatrix = WeightMatrix(
                bytes: UnsafeRawBufferPointer(values.elements), rows: width, columns: positions, type: .float32,
                owner: values),
            let scoring = Linear(weight: keyMatrix, bias: nil), let mixing = Linear(weight: valueMatrix, bias: nil)
        else { return }
        let rows = min(Self.block, positions)
        let scores = FloatBuffer(count: rows * positions)
        let relative = FloatBuffer(count: rows * distances)
        let keyEmbedding = keyEmbeddings[min(head, keyEmbeddings.count - 1)]
        for first in stride(from: 0, to: positions, by: rows) {
            let count = min(rows, positions - first)
            let block = queries.pointer + first * width
            scoring(block, rows: count, into: scores.pointer, on: pool)
            keyEmbedding(block, rows: count, into: relative.pointer, on: pool)
            forEachNeighbour(first, count, positions) { row, position, distance in
                scores.pointer[row * positions + position] += relative.pointer[row * distances + distance]
            }
            Activation.softmax(scores.pointer, rows: count, columns: positions)
            let out = attended + first * channels + head * width
            mixing(scores.pointer, rows: count, into: out, outputStride: channels, on: pool)
            valueEmbeddings[min(head, valueEmbeddings.count - 1)].withUnsafeBufferPointer { embedding in
                forEachNeighbour(first, count, positions) { row, position, distance in
                    let weight = scores.pointer[row * positions + position]
                    let target = out + row * channels
                    for index in 0..<width { target[index] += weight * embedding[distance * width + index] }
                }
            }
        }
    }

    /// Calls `body` for each query of a block and each position within the window around it.
    private func forEachNeighbour(_ first: Int, _ count: Int, _ positions: Int, _ body: (Int, Int, Int) -> Void) {
        for row in 0..<count {
            let query = first + row
            for position in max(0, query - window)...min(positions - 1, query + window) {
                body(row, position, position - query + window)
            }
        }
    }

    private static func invalid(_ path: String) -> SynthesisError {
        SynthesisError(
            .voiceTensorInvalid, "\(path): the attention's tensors do not fit together; export the voice anew")
    }
}
