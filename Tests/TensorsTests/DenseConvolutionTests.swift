import CKernels
import Testing

@testable import Tensors

/// Convolutions over all channels against their definition in double precision, with every instruction set.
@Suite struct DenseConvolutionTests {
    struct Shape: Sendable {
        var outputs, inputs, taps, dilation, frames: Int
    }

    private static let shapes = [
        Shape(outputs: 32, inputs: 32, taps: 3, dilation: 1, frames: 40),
        Shape(outputs: 70, inputs: 24, taps: 7, dilation: 12, frames: 133),
        Shape(outputs: 5, inputs: 3, taps: 1, dilation: 1, frames: 17),
        Shape(outputs: 33, inputs: 1, taps: 5, dilation: 3, frames: 1),
        Shape(outputs: 1, inputs: 32, taps: 7, dilation: 1, frames: 50),
        Shape(outputs: 1, inputs: 5, taps: 3, dilation: 2, frames: 9),
    ]

    private static let sets = ["scalar", "avx2", "avx512", "neon"]

    @Test(arguments: shapes, sets) func convolutionMatchesTheFormula(shape: Shape, set: String) throws {
        guard hk_isa_force(set) == 1 else { return }
        defer { hk_isa_force(nil) }
        let weight = randomFloats(shape.outputs * shape.inputs * shape.taps, seed: 1)
        let bias = randomFloats(shape.outputs, seed: 2)
        let span = (shape.taps - 1) * shape.dilation
        let x = randomFloats((shape.frames + span) * shape.inputs, seed: 3)
        let old = randomFloats(shape.frames * shape.outputs, seed: 4)
        for threads in [1, 3] {
            let pool = try #require(ThreadPool(threads: threads))
            let layer = try #require(
                Conv1D(
                    weight: weight, bias: bias, outputs: shape.outputs, inputs: shape.inputs, taps: shape.taps,
                    dilation: shape.dilation))
            #expect(layer.span == span)
            var y = old
            layer(x, frames: shape.frames, into: &y, .accumulate, on: pool)
            var worst = 0.0
            for t in 0..<shape.frames {
                for output in 0..<shape.outputs {
                    var sum = Double(bias[output] + old[t * shape.outputs + output])
                    for input in 0..<shape.inputs {
                        for tap in 0..<shape.taps {
                            let w = weight[(output * shape.inputs + input) * shape.taps + tap]
                            sum += Double(w) * Double(x[(t + tap * shape.dilation) * shape.inputs + input])
                        }
                    }
                    worst = max(worst, abs(sum - Double(y[t * shape.outputs + output])))
                }
            }
            #expect(worst < 1e-4)
        }
    }

    /// Kernel, stride, padding, as vocoders have them, and some that they don't.
    @Test(arguments: [(16, 8, 4), (4, 2, 1), (11, 5, 3), (7, 3, 2), (3, 3, 0), (9, 2, 0), (5, 5, 4)])
    func transposedConvolutionMatchesTheFormula(taps: Int, stride: Int, padding: Int) throws {
        let (inputs, outputs, frames) = (6, 10, 9)
        let weight = randomFloats(inputs * outputs * taps, seed: 5)
        let bias = randomFloats(outputs, seed: 6)
        let layer = try #require(
            ConvTranspose1D(
                weight: weight, bias: bias, inputs: inputs, outputs: outputs, taps: taps, stride: stride,
                padding: padding))
        let x = randomFloats(frames * inputs, seed: 7)
        var expected = (0..<frames * stride * outputs).map { Double(bias[$0 % outputs]) }
        for frame in 0..<frames {
            for tap in 0..<taps {
                let out = frame * stride + tap - padding
                guard (0..<frames * stride).contains(out) else { continue }
                for input in 0..<inputs {
                    for output in 0..<outputs {
                        let w = weight[(input * outputs + output) * taps + tap]
                        expected[out * outputs + output] += Double(w) * Double(x[frame * inputs + input])
                    }
                }
            }
        }
        let padded =
            [Float](repeating: 0, count: layer.before * inputs) + x
            + [Float](repeating: 0, count: layer.after * inputs)
        var y = [Float](repeating: 0, count: frames * stride * outputs)
        layer(padded, frames: frames, into: &y, on: try #require(ThreadPool(threads: 2)))
        #expect(zip(y, expected).allSatisfy { abs(Double($0) - $1) < 1e-4 })
    }

    @Test func misfitsAreRefused() {
        #expect(Conv1D(weight: [1, 2], bias: nil, outputs: 1, inputs: 1, taps: 1) == nil)
        #expect(Conv1D(weight: [1], bias: [1, 2], outputs: 1, inputs: 1, taps: 1) == nil)
        #expect(Conv1D(weight: [], bias: nil, outputs: 0, inputs: 1, taps: 1) == nil)
        #expect(Conv1D(weight: [1], bias: nil, outputs: 1, inputs: 1, taps: 1, dilation: 0) == nil)
        #expect(Conv1D(weight: [1], bias: nil, outputs: .max, inputs: 2, taps: 1) == nil)
        #expect(
            ConvTranspose1D(weight: [1], bias: nil, inputs: 1, outputs: 1, taps: 1, stride: 2, padding: 0) == nil)
    }

    @Test func activationsMatchTheirFormulas() throws {
        let pool = try #require(ThreadPool(threads: 2))
        let x = randomFloats(40_006, seed: 8).map { 6 * $0 }
        var y = x
        Activation.leakyReLU(x, count: x.count, slope: 0.1, into: &y, on: pool)
        #expect(zip(x, y).allSatisfy { $0 > 0 ? $0 == $1 : 0.1 * $0 == $1 })
        let channels = x.count / 26 / 2
        Activation.gatedTanh(x, rows: 26, channels: channels, into: &y, on: pool)
        for row in 0..<26 {
            for channel in stride(from: 0, to: channels, by: 7) {
                let a = Double(x[row * 2 * channels + channel])
                let b = Double(x[row * 2 * channels + channels + channel])
                let expected = hyperbolicTangent(a) / (1 + exponential(-b))
                #expect(abs(Double(y[row * channels + channel]) - expected) < 1e-6)
            }
        }
        var softmax = Array(x[..<33])
        Activation.softmax(&softmax, rows: 3, columns: 11)
        for row in 0..<3 {
            let sum = (0..<11).reduce(0.0) { $0 + exponential(Double(x[row * 11 + $1])) }
            for column in 0..<11 {
                #expect(
                    abs(Double(softmax[row * 11 + column]) - exponential(Double(x[row * 11 + column])) / sum) < 1e-6)
            }
        }
        var gelu: [Float] = [1, 1, 1, 1]
        Activation.gelu([-1, 0, 0.5, 3], count: 4, into: &gelu, adding: true)
        #expect(zip(gelu, [0.841345, 1, 1.345731, 3.995950]).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    private func exponential(_ x: Double) -> Double { Double(Float.exponential(Float(x))) }
    private func hyperbolicTangent(_ x: Double) -> Double { 1 - 2 / (exponential(2 * x) + 1) }
}
