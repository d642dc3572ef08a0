import Tensors

/// HiFi-GAN's generator (Kong, Kim, Bae 2020): latent frames to samples, by transposed convolutions, each followed by
/// the mean of several chains of dilated residual convolutions.
struct HiFiGANGenerator: Sendable {
    /// x + conv₂(lrelu(conv₁(lrelu(x)))), or without the second convolution.
    struct Unit: Sendable {
        let first: Conv1D
        let second: Conv1D?

        /// Frames that an output needs beyond its own.
        var span: Int { first.span + (second?.span ?? 0) }
    }

    struct Stage: Sendable {
        let upsampling: ConvTranspose1D
        /// Chains of units, which run side by side.
        let blocks: [[Unit]]
    }

    static let slope: Float = 0.1
    /// PyTorch's default, which the last activation has.
    static let lastSlope: Float = 0.01

    let input: Conv1D
    let condition: Conv1D?
    let stages: [Stage]
    let output: Conv1D
    /// Samples to a latent frame.
    let hop: Int

    /// Numbers that one latent frame may become in a stage; real voices have 8192.
    private static let maximumWidth = 65_536

    init(_ parameters: VITSParameters, latents: Int, speakerChannels: Int?) throws(SynthesisError) {
        let input = try parameters.convolution("dec.conv_pre").dense(inputs: latents)
        self.input = input
        condition = try speakerChannels.map { count throws(SynthesisError) in
            try parameters.convolution("dec.cond").pointwise(outputs: input.outputs, inputs: count)
        }
        let ups = parameters.indices("dec.ups")
        let blocks = Set(
            parameters.indices("dec.resblocks", ".convs.0") + parameters.indices("dec.resblocks", ".convs1.0")
        ).count
        guard !ups.isEmpty, ups.count <= 8, blocks >= ups.count, blocks.isMultiple(of: ups.count) else {
            throw SynthesisError(
                .voiceFormatUnsupported, "the generator has \(ups.count) stages and \(blocks) residual blocks")
        }
        var stages: [Stage] = []
        var channels = input.outputs
        var hop = 1
        for (position, number) in ups.enumerated() {
            let upsampling = try parameters.convolution("dec.ups.\(number)").transposed(inputs: channels)
            channels = upsampling.outputs
            hop *= upsampling.stride
            guard hop * channels <= Self.maximumWidth else {
                throw SynthesisError(
                    .voiceFormatUnsupported, "the generator makes \(hop) frames of \(channels) channels of one frame")
            }
            let perStage = blocks / ups.count
            var chains: [[Unit]] = []
            for block in (position * perStage)..<((position + 1) * perStage) {
                chains.append(try Self.block(parameters, "dec.resblocks.\(block)", channels))
            }
            stages.append(Stage(upsampling: upsampling, blocks: chains))
        }
        self.stages = stages
        self.hop = hop
        output = try parameters.convolution("dec.conv_post").dense(outputs: 1, inputs: channels)
    }

    private static func block(
        _ parameters: VITSParameters, _ path: String, _ channels: Int
    ) throws(SynthesisError) -> [Unit] {
        func convolution(_ name: String) throws(SynthesisError) -> Conv1D {
            try parameters.convolution("\(path).\(name)").dense(outputs: channels, inputs: channels)
        }
        var units: [Unit] = []
        for number in parameters.indices("\(path).convs") {
            units.append(Unit(first: try convolution("convs.\(number)"), second: nil))
        }
        for number in parameters.indices("\(path).convs1") {
            units.append(
                Unit(first: try convolution("convs1.\(number)"), second: try convolution("convs2.\(number)")))
        }
        return units
    }
}
