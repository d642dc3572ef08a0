import Glibc
import Tensors

/// VITS' stochastic duration predictor, run backwards: from noise to the logarithm of each phoneme's frames.
struct VITSDurationPredictor: Sendable {
    /// A coupling of the two channels: one bends the other through a spline.
    private struct SplineFlow: Sendable {
        /// `[channels]` each: the one input's convolution.
        let gain: [Float]
        let offset: [Float]
        let stack: DilatedSeparableStack
        let projection: Conv1D
    }

    let channels: Int
    private let input: Conv1D
    private let condition: Conv1D?
    private let stack: DilatedSeparableStack
    private let projection: Conv1D
    /// In the order in which they run.
    private let flows: [SplineFlow]
    /// The last step: x → (x − offset) · scale.
    private let offset: Float
    private let scale: Float

    init(_ parameters: VITSParameters, inputs: Int, speakerChannels: Int?) throws(SynthesisError) {
        let input = try parameters.convolution("dp.pre").pointwise(inputs: inputs)
        self.input = input
        channels = input.outputs
        condition = try speakerChannels.map { count throws(SynthesisError) in
            try parameters.convolution("dp.cond").pointwise(outputs: input.outputs, inputs: count)
        }
        stack = try DilatedSeparableStack(parameters, "dp.convs", channels: channels)
        projection = try parameters.convolution("dp.proj").pointwise(outputs: channels, inputs: channels)
        var flows: [SplineFlow] = []
        for number in parameters.indices("dp.flows", ".pre").reversed() {
            let path = "dp.flows.\(number)"
            let first = try parameters.convolution("\(path).pre")
            let last = try parameters.convolution("\(path).proj").pointwise(inputs: channels)
            try first.requirePointwise()
            guard first.shape == [channels, 1, 1], let bias = first.bias, bias.count == channels,
                last.outputs % 3 == 2, (5...383).contains(last.outputs)
            else { throw SynthesisError(.voiceTensorInvalid, "\(path) is no spline of a pair of channels") }
            flows.append(
                SplineFlow(
                    gain: first.weight, offset: bias,
                    stack: try DilatedSeparableStack(parameters, "\(path).convs", channels: channels),
                    projection: last))
        }
        self.flows = flows
        let affine = try parameters.durationAffine()
        (offset, scale) = (affine.offset[0], affine.scale[0])
    }

    /// - Parameters:
    ///   - hidden: `[phonemes, inputs]`, of the text encoder.
    ///   - noise: `[2, phonemes]`, already scaled.
    ///   - speaker: the speaker's embedding, when the voice has several.
    /// - Returns: the logarithms of durations in frames.
    func callAsFunction(
        _ hidden: UnsafePointer<Float>, phonemes: Int, noise: [Float], speaker: [Float]?, on pool: ThreadPool
    ) -> [Float] {
        let x = stack.makeFrames(phonemes)
        input(hidden, frames: phonemes, into: x.start, on: pool)
        if let condition, let speaker { x.start.add(rows: phonemes, condition.once(speaker, on: pool)) }
        stack(x, on: pool)
        let context = FloatBuffer(count: x.count)
        projection(x.start, frames: phonemes, into: context.pointer, on: pool)

        var kept = Array(noise[..<phonemes])
        var bent = Array(noise[phonemes...])
        for flow in flows {
            swap(&kept, &bent)
            bend(&bent, by: kept, flow, context.pointer, on: pool)
        }
        swap(&kept, &bent)
        return kept.map { ($0 - offset) * scale }
    }

    private func bend(
        _ values: inout [Float], by kept: [Float], _ flow: SplineFlow, _ context: UnsafePointer<Float>,
        on pool: ThreadPool
    ) {
        let x = flow.stack.makeFrames(kept.count)
        x.start.update(from: context, count: x.count)
        for (position, value) in kept.enumerated() {
            let row = x.start + position * channels
            for channel in 0..<channels { row[channel] += flow.gain[channel] * value + flow.offset[channel] }
        }
        flow.stack(x, on: pool)
        let width = flow.projection.outputs
        let splines = FloatBuffer(count: kept.count * width)
        flow.projection(x.start, frames: kept.count, into: splines.pointer, on: pool)
        let root = Double(channels).squareRoot()
        for position in values.indices {
            let parameters = UnsafeBufferPointer(start: splines.pointer + position * width, count: width)
            values[position] = Float(
                RationalQuadraticSpline.inverse(Double(values[position]), parameters: parameters, scale: root))
        }
    }
}

extension Conv1D {
    /// The outputs for a single frame of a convolution with one tap.
    func once(_ input: [Float], on pool: ThreadPool) -> [Float] {
        precondition(input.count == inputs && taps == 1)
        return [Float](unsafeUninitializedCapacity: outputs) { result, count in
            count = outputs
            guard let base = result.baseAddress else { return }
            input.withUnsafeBufferPointer { input in
                guard let start = input.baseAddress else { return }
                self(start, frames: 1, into: base, on: pool)
            }
        }
    }
}
