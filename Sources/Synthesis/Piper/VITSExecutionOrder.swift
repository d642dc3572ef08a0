import ONNXFiles

/// Names the convolutions of a VITS graph by the order in which Piper's network runs them, for exporters that leave
/// neither parameter names nor module paths.
struct VITSExecutionOrder {
    private struct Convolution {
        let isTransposed: Bool
        let inputs, taps, groups, dilation: Int

        var isSingleInput: Bool { inputs == 1 && taps == 1 && groups == 1 }
    }

    private let convolutions: [Convolution]
    private let layers: Int
    private let hasSpeakers: Bool

    /// - Parameter convolutions: the nodes in the graph's order, each with a stored weight of three dimensions.
    init(model: ONNXModel, convolutions nodes: [ONNXModel.Node]) {
        convolutions = nodes.map { node in
            let shape = node.input(1).flatMap { model.shape(of: $0) } ?? [0, 0, 0]
            return Convolution(
                isTransposed: node.operation == "ConvTranspose", inputs: shape[1], taps: shape[2],
                groups: node.integers("group")?.first ?? 1, dilation: node.integers("dilations")?.first ?? 1)
        }
        let positions = model.nodes.count {
            $0.operation == "Pad" && $0.input(0).flatMap { model.shape(of: $0) }?.count == 3
        }
        layers = positions / 2
        hasSpeakers = model.inputs.count > 3
    }

    /// One path for each convolution, or nil when the order is another than Piper's.
    func paths() -> [String]? {
        var names: [String] = []
        var next: Convolution? { convolutions.indices.contains(names.count) ? convolutions[names.count] : nil }
        func add(_ paths: String...) { names += paths }

        func dilatedSeparable(_ path: String) {
            var layer = 0
            while let convolution = next, convolution.groups > 1 {
                add("\(path).convs_sep.\(layer)", "\(path).convs_1x1.\(layer)")
                layer += 1
            }
        }

        for layer in 0..<layers {
            let attention = "enc_p.encoder.attn_layers.\(layer)"
            let feedForward = "enc_p.encoder.ffn_layers.\(layer)"
            add("\(attention).conv_q", "\(attention).conv_k", "\(attention).conv_v", "\(attention).conv_o")
            add("\(feedForward).conv_1", "\(feedForward).conv_2")
        }
        add("enc_p.proj", "dp.pre")
        if hasSpeakers { add("dp.cond") }
        dilatedSeparable("dp.convs")
        add("dp.proj")
        // Flows run backwards, so their numbers fall; the lowest of these, 1, is left out.
        var number = 2 * convolutions.count(where: \.isSingleInput) + 1
        while let first = next, first.isSingleInput {
            add("dp.flows.\(number).pre")
            dilatedSeparable("dp.flows.\(number).convs")
            add("dp.flows.\(number).proj")
            number -= 2
        }
        number = 2 * convolutions.count
        while let first = next, first.taps == 1, !first.isTransposed {
            let path = "flow.flows.\(number)"
            add("\(path).pre")
            if hasSpeakers { add("\(path).enc.cond_layer") }
            var layer = 0
            while let convolution = next, convolution.taps > 1 {
                add("\(path).enc.in_layers.\(layer)", "\(path).enc.res_skip_layers.\(layer)")
                layer += 1
            }
            guard layer > 0 else { return nil }
            add("\(path).post")
            number -= 2
        }
        add("dec.conv_pre")
        if hasSpeakers { add("dec.cond") }
        nameGenerator(&names)
        return names.count == convolutions.count ? names : nil
    }

    private func nameGenerator(_ names: inout [String]) {
        var up = 0
        var block = 0
        while names.count < convolutions.count - 1, convolutions[names.count].isTransposed {
            names.append("dec.ups.\(up)")
            up += 1
            while names.count < convolutions.count - 1, !convolutions[names.count].isTransposed {
                let taps = convolutions[names.count].taps
                let same = convolutions[names.count..<(convolutions.count - 1)].prefix {
                    $0.taps == taps && !$0.isTransposed
                }
                // Blocks of the first kind follow each dilated convolution by a plain one.
                let everySecond = same.enumerated().filter { !$0.offset.isMultiple(of: 2) }
                let isFirstKind = same.count > 2 && everySecond.allSatisfy { $0.element.dilation == 1 }
                for position in 0..<same.count {
                    let place = isFirstKind ? "convs\(position % 2 + 1).\(position / 2)" : "convs.\(position)"
                    names.append("dec.resblocks.\(block).\(place)")
                }
                block += 1
            }
        }
        names.append("dec.conv_post")
    }
}
