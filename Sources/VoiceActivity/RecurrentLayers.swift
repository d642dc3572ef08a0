internal import CKernels
internal import Glibc

/// `y = W · x + b` of one vector. Networks of this size are run a step at a time on the caller's thread.
struct DenseLayer: Sendable {
    let inputs: Int
    let outputs: Int
    /// `[outputs, inputs]`
    private let weight: [Float]
    /// `[outputs]`, or none.
    private let bias: [Float]

    /// - Precondition: the counts are those of the arrays; what comes from a file has been checked before.
    init(weight: [Float], bias: [Float], inputs: Int, outputs: Int) {
        precondition(weight.count == inputs * outputs && (bias.isEmpty || bias.count == outputs))
        self.weight = weight
        self.bias = bias
        self.inputs = inputs
        self.outputs = outputs
    }

    /// - Parameters:
    ///   - input: `[inputs]`
    ///   - output: `[outputs]`, other memory.
    func callAsFunction(_ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
        weight.withUnsafeBufferPointer { weight in
            guard let rows = weight.baseAddress else { return }
            for row in 0..<outputs { output[row] = hk_dot(rows + row * inputs, input, Int64(inputs)) }
        }
        for row in bias.indices { output[row] += bias[row] }
    }

    /// The layer followed by the rectifier.
    func rectified(_ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
        self(input, into: output)
        for row in 0..<outputs { output[row] = max(output[row], 0) }
    }
}

/// PyTorch's `GRU` of one layer, a step at a time.
struct GRULayer: Sendable {
    var inputs: Int { input.inputs }
    var width: Int { hidden.inputs }
    /// Reset gate, update gate, candidate: `[3 · width, inputs]`.
    private let input: DenseLayer
    /// The same of the state before: `[3 · width, width]`.
    private let hidden: DenseLayer

    init(input: DenseLayer, hidden: DenseLayer) {
        precondition(input.outputs == 3 * hidden.inputs && hidden.outputs == 3 * hidden.inputs)
        self.input = input
        self.hidden = hidden
    }

    /// Takes `[inputs]` and replaces the state `[width]`, which is the output too.
    func step(_ vector: UnsafePointer<Float>, state: UnsafeMutablePointer<Float>) {
        let width = width
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 6 * width) { scratch in
            guard let new = scratch.baseAddress else { return }
            let old = new + 3 * width
            input(vector, into: new)
            hidden(state, into: old)
            for unit in 0..<width {
                let reset = sigmoid(new[unit] + old[unit])
                let update = sigmoid(new[width + unit] + old[width + unit])
                let candidate = tanhf(new[2 * width + unit] + reset * old[2 * width + unit])
                state[unit] = candidate + update * (state[unit] - candidate)
            }
        }
    }
}

/// PyTorch's `LSTMCell`.
struct LSTMLayer: Sendable {
    var width: Int { hidden.inputs }
    /// Input gate, forget gate, cell, output gate: `[4 · width, inputs]`.
    private let input: DenseLayer
    /// The same of the state before: `[4 · width, width]`.
    private let hidden: DenseLayer

    init(input: DenseLayer, hidden: DenseLayer) {
        precondition(input.outputs == 4 * hidden.inputs && hidden.outputs == 4 * hidden.inputs)
        self.input = input
        self.hidden = hidden
    }

    /// Takes `[inputs]` and replaces the state: the output `[width]`, then the cell `[width]`.
    func step(_ vector: UnsafePointer<Float>, state: UnsafeMutablePointer<Float>) {
        let width = width
        let cell = state + width
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 8 * width) { scratch in
            guard let gates = scratch.baseAddress else { return }
            let old = gates + 4 * width
            input(vector, into: gates)
            hidden(state, into: old)
            for index in 0..<(4 * width) { gates[index] += old[index] }
            for unit in 0..<width {
                let candidate = tanhf(gates[2 * width + unit])
                cell[unit] = sigmoid(gates[width + unit]) * cell[unit] + sigmoid(gates[unit]) * candidate
                state[unit] = sigmoid(gates[3 * width + unit]) * tanhf(cell[unit])
            }
        }
    }
}

func sigmoid(_ x: Float) -> Float { 1 / (1 + expf(-x)) }
