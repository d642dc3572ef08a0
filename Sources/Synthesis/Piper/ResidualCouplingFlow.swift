import Tensors

/// VITS' flow, run backwards: from the prior's frames to the latent frames that the generator reads. Each coupling
/// shifts one half of the channels by what a WaveNet makes of the other half.
struct ResidualCouplingFlow: Sendable {
    fileprivate struct Layer: Sendable {
        let gate: Conv1D
        /// To the layer's own output; the last layer has none.
        let residual: Conv1D?
        let skip: Conv1D
    }

    fileprivate struct Coupling: Sendable {
        let pre: Conv1D
        let condition: Conv1D?
        let layers: [Layer]
        let post: Conv1D
    }

    /// Channels of a frame.
    let channels: Int
    /// Numbers that one frame takes where it takes most.
    let widest: Int
    /// In the order in which they run.
    private let couplings: [Coupling]

    init(_ parameters: VITSParameters, channels: Int, speakerChannels: Int?) throws(SynthesisError) {
        self.channels = channels
        var couplings: [Coupling] = []
        for number in parameters.indices("flow.flows", ".pre").reversed() {
            couplings.append(
                try Self.coupling(parameters, "flow.flows.\(number)", half: channels / 2, speakerChannels))
        }
        self.couplings = couplings
        widest = couplings.map { 2 * $0.pre.outputs }.reduce(channels, max)
    }

    private static func coupling(
        _ parameters: VITSParameters, _ path: String, half: Int, _ speakerChannels: Int?
    ) throws(SynthesisError) -> Coupling {
        let pre = try parameters.convolution("\(path).pre").pointwise(inputs: half)
        let hidden = pre.outputs
        let post = try parameters.convolution("\(path).post").pointwise(outputs: half, inputs: hidden)
        let numbers = parameters.indices("\(path).enc.in_layers")
        let condition = try speakerChannels.map { count throws(SynthesisError) in
            try parameters.convolution("\(path).enc.cond_layer")
                .pointwise(outputs: 2 * hidden * numbers.count, inputs: count)
        }
        var layers: [Layer] = []
        for number in numbers {
            let gate = try parameters.convolution("\(path).enc.in_layers.\(number)")
                .dense(outputs: 2 * hidden, inputs: hidden)
            let both = try parameters.convolution("\(path).enc.res_skip_layers.\(number)")
            let isLast = number == numbers.last
            layers.append(
                Layer(
                    gate: gate,
                    residual: isLast ? nil : try both.outputs(0..<hidden, of: 2 * hidden).pointwise(inputs: hidden),
                    skip: try (isLast ? both : both.outputs(hidden..<(2 * hidden), of: 2 * hidden))
                        .pointwise(outputs: hidden, inputs: hidden)))
        }
        return Coupling(pre: pre, condition: condition, layers: layers, post: post)
    }

    /// - Parameter frames: `[count, channels]`, changed in place.
    func callAsFunction(
        _ frames: UnsafeMutablePointer<Float>, count: Int, speaker: [Float]?, on pool: ThreadPool
    ) {
        let half = channels / 2
        let kept = FloatBuffer(count: count * half)
        let shift = FloatBuffer(count: count * half)
        for coupling in couplings {
            for frame in 0..<count {
                var row = UnsafeMutableBufferPointer(start: frames + frame * channels, count: channels)
                row.reverse()
                (kept.pointer + frame * half).update(from: frames + frame * channels, count: half)
            }
            coupling.shift(kept.pointer, count: count, speaker: speaker, into: shift.pointer, on: pool)
            for frame in 0..<count {
                let moved = frames + frame * channels + half
                let by = shift.pointer + frame * half
                for channel in 0..<half { moved[channel] -= by[channel] }
            }
        }
    }
}

extension ResidualCouplingFlow.Coupling {
    /// `[count, half]` → `[count, half]`
    fileprivate func shift(
        _ input: UnsafePointer<Float>, count: Int, speaker: [Float]?, into output: UnsafeMutablePointer<Float>,
        on pool: ThreadPool
    ) {
        let hidden = pre.outputs
        let x = PaddedFrames(frames: count, channels: hidden, padding: (layers.map(\.gate.span).max() ?? 0) / 2)
        let gates = FloatBuffer(count: count * 2 * hidden)
        let acts = FloatBuffer(count: count * hidden)
        let sum = FloatBuffer(count: count * hidden)
        sum.zero(count: count * hidden)
        let conditions = speaker.flatMap { speaker in condition?.once(speaker, on: pool) }
        pre(input, frames: count, into: x.start, on: pool)
        for (number, layer) in layers.enumerated() {
            if let conditions {
                let range = (number * 2 * hidden)..<((number + 1) * 2 * hidden)
                gates.pointer.fill(rows: count, with: Array(conditions[range]))
                layer.gate(x.reach(of: layer.gate), frames: count, into: gates.pointer, .accumulate, on: pool)
            } else {
                layer.gate(x.reach(of: layer.gate), frames: count, into: gates.pointer, on: pool)
            }
            Activation.gatedTanh(gates.pointer, rows: count, channels: hidden, into: acts.pointer, on: pool)
            layer.residual?(acts.pointer, frames: count, into: x.start, .accumulate, on: pool)
            layer.skip(acts.pointer, frames: count, into: sum.pointer, .accumulate, on: pool)
        }
        post(sum.pointer, frames: count, into: output, on: pool)
    }
}

extension ConvolutionParameters {
    /// The part of a pointwise convolution that makes these of its `count` outputs.
    func outputs(_ range: Range<Int>, of count: Int) throws(SynthesisError) -> ConvolutionParameters {
        let inputs = shape[1] * shape[2]
        guard shape[0] == count, bias.map({ $0.count == count }) ?? true else {
            throw SynthesisError(.voiceTensorInvalid, "\(path) has \(shape[0]) outputs and needs \(count)")
        }
        return ConvolutionParameters(
            path: path, shape: [range.count, shape[1], shape[2]],
            weight: Array(weight[(range.lowerBound * inputs)..<(range.upperBound * inputs)]),
            bias: bias.map { Array($0[range]) }, attributes: attributes)
    }
}
