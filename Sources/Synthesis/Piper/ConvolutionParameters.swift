import Tensors

/// One convolution as the graph holds it: PyTorch's weight and bias, and the attributes of its node.
struct ConvolutionParameters: Sendable {
    /// Where it stands in the network, such as `dec.ups.0`.
    let path: String
    /// `[outputs, inputs / groups, taps]`, of a transposed one `[inputs, outputs, taps]`.
    let shape: [Int]
    let weight: [Float]
    let bias: [Float]?
    let attributes: Attributes

    struct Attributes: Sendable, Equatable {
        var dilation = 1
        var stride = 1
        var groups = 1
        /// Frames of padding before and after; of a transposed one, output frames cut off.
        var padding = [0, 0]
        var outputPadding = 0
    }

    var taps: Int { shape[2] }

    /// A convolution over all channels that keeps the length.
    ///
    /// - Parameters:
    ///   - outputs: what the network around it needs; nil where any number will do.
    ///   - inputs: likewise.
    func dense(outputs: Int? = nil, inputs: Int? = nil) throws(SynthesisError) -> Conv1D {
        try expect(outputs ?? shape[0], inputs ?? shape[1], "")
        let span = (taps - 1) * attributes.dilation
        guard attributes.groups == 1, attributes.stride == 1, !taps.isMultiple(of: 2) || taps == 1 else {
            throw invalid("is not a plain convolution with an odd number of taps")
        }
        guard taps == 1 || attributes.padding == [span / 2, span / 2] || attributes.padding == [0, 0] else {
            throw invalid("is padded by \(attributes.padding), which does not keep the length")
        }
        guard
            let convolution = Conv1D(
                weight: weight, bias: bias, outputs: shape[0], inputs: shape[1], taps: taps,
                dilation: attributes.dilation)
        else { throw invalid("does not fit its shape \(shape)") }
        return convolution
    }

    /// A convolution with one tap, which reads its own frame and nothing around it: for frames without padding.
    ///
    /// - Parameters: as of ``dense(outputs:inputs:)``.
    func pointwise(outputs: Int? = nil, inputs: Int? = nil) throws(SynthesisError) -> Conv1D {
        try requirePointwise()
        return try dense(outputs: outputs, inputs: inputs)
    }

    func requirePointwise() throws(SynthesisError) {
        guard taps == 1, attributes.stride == 1, attributes.dilation == 1, attributes.groups == 1 else {
            throw invalid("has \(taps) taps and \(attributes) where a pointwise convolution belongs")
        }
    }

    /// A convolution of each channel alone that keeps the length.
    func depthwise(channels: Int) throws(SynthesisError) -> DepthwiseConvolution {
        try expect(channels, 1, "depthwise ")
        guard attributes.groups == channels, !taps.isMultiple(of: 2) else {
            throw invalid("does not convolve each of \(channels) channels alone")
        }
        guard
            let convolution = DepthwiseConvolution(
                weight: weight, bias: bias, channels: channels, taps: taps, dilation: attributes.dilation)
        else { throw invalid("does not fit its shape \(shape)") }
        return convolution
    }

    /// A transposed convolution that makes `stride` frames of each.
    func transposed(inputs: Int) throws(SynthesisError) -> ConvTranspose1D {
        try expect(inputs, shape[1], "transposed ")
        let cut = attributes.padding[0] + attributes.padding[1]
        guard attributes.groups == 1, attributes.dilation == 1,
            taps - cut + attributes.outputPadding == attributes.stride
        else { throw invalid("does not make exactly \(attributes.stride) frames of one") }
        guard
            let convolution = ConvTranspose1D(
                weight: weight, bias: bias, inputs: shape[0], outputs: shape[1], taps: taps,
                stride: attributes.stride, padding: attributes.padding[0])
        else { throw invalid("does not fit its shape \(shape)") }
        return convolution
    }

    private func expect(_ first: Int, _ second: Int, _ kind: String) throws(SynthesisError) {
        guard shape[0] == first, shape[1] == second else {
            throw invalid("has the shape \(shape) where a \(kind)convolution of [\(first), \(second)] belongs")
        }
    }

    private func invalid(_ message: String) -> SynthesisError {
        SynthesisError(.voiceTensorInvalid, "\(path) \(message); export the voice anew")
    }
}
