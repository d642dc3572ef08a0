internal import Tensors
internal import WeightFiles

/// Features to codes and back: encoder, residual vector quantizer, feature decoder.
///
/// The quantizer follows R. Kumar et al., "High-fidelity audio compression with improved RVQGAN" (2023): each stage
/// codes what the stages before it left, looked up among unit vectors of a few dimensions.
struct FeatureCodec: Sendable {
    let stages: [Stage]
    /// Codes of a stage.
    let codes: Int
    private let encoder: Backbone
    private let toLatent: Linear
    private let decoder: Backbone
    private let toMel: Linear
    private let latent: Int

    struct Stage: Sendable {
        let projectIn: Linear
        let projectOut: Linear
        /// `[codes, width]`
        let codebook: [Float]
        /// The codebook's rows at length 1, as a matrix whose product with a vector orders the codes by likeness.
        let directions: Linear
        let width: Int
    }

    /// Reads `encoder.*`, `to_latent`, `quantizer.*`, `decoder.*` and `to_mel`. Throws `model.tensor.*`.
    init(_ weights: NetworkWeights, melBins: Int) throws(WeightFileError) {
        encoder = try Backbone(weights.at("encoder"))
        decoder = try Backbone(weights.at("decoder"))
        let latent = try weights.shape("to_latent.weight", rank: 2)[0]
        toLatent = try weights.linear("to_latent", inputs: encoder.channels, outputs: latent)
        toMel = try weights.linear("to_mel", inputs: decoder.channels, outputs: melBins)
        let quantizer = weights.at("quantizer")
        let count = quantizer.count("project_in", part: ".weight")
        guard encoder.inputs == melBins + 2, decoder.inputs == latent + 2, (1...64).contains(count) else {
            throw WeightFileError(
                .tensorShape, weights.source.path,
                "\(weights.prefix)encoder takes \(encoder.inputs) and decoder \(decoder.inputs) values, with \(latent) latent "
                    + "ones, \(melBins) mel bands and \(count) stages; these do not fit together")
        }
        var stages: [Stage] = []
        for index in 0..<count { stages.append(try Stage(quantizer, index, latent: latent)) }
        let codes = stages[0].directions.outputs
        guard stages.allSatisfy({ $0.directions.outputs == codes }), codes >= 2 else {
            throw WeightFileError(.tensorShape, weights.source.path, "the quantizer's codebooks differ in length")
        }
        self.stages = stages
        self.codes = codes
        self.latent = latent
    }

    /// Codes `[frames, stages]` of features `[frames, melBins + 2]`.
    func encode(_ features: [Float], frames: Int, on pool: ThreadPool) -> [UInt16] {
        var latents = [Float](repeating: 0, count: frames * latent)
        transform(features, frames: frames, encoder, toLatent, on: pool) { rows, first in
            for index in 0..<rows.count { latents[first * latent + index] = rows[index] }
        }
        var result = [UInt16](repeating: 0, count: frames * stages.count)
        for (index, stage) in stages.enumerated() {
            let found = stage.quantize(&latents, frames: frames, on: pool)
            for frame in 0..<frames { result[frame * stages.count + index] = found[frame] }
        }
        return result
    }

    /// Writes the normalised log-mel of codes `[frames, stages]`, each below ``codes``, into `features`
    /// `[frames, melBins + 2]`, whose last two values of a frame are there already.
    func decode(_ codes: [UInt16], into features: inout [Float], frames: Int, on pool: ThreadPool) {
        let (inputs, width) = (latent + 2, toMel.outputs + 2)
        var rows = [Float](repeating: 0, count: frames * inputs)
        for (index, stage) in stages.enumerated() {
            var vectors = [Float](repeating: 0, count: frames * stage.width)
            for frame in 0..<frames {
                let code = Int(codes[frame * stages.count + index])
                for place in 0..<stage.width {
                    vectors[frame * stage.width + place] = stage.codebook[code * stage.width + place]
                }
            }
            stage.projectOut(vectors, rows: frames, into: &rows, outputStride: inputs, .accumulate, on: pool)
        }
        for frame in 0..<frames {
            rows[frame * inputs + latent] = features[frame * width + width - 2]
            rows[frame * inputs + latent + 1] = features[frame * width + width - 1]
        }
        let bins = toMel.outputs
        transform(rows, frames: frames, decoder, toMel, on: pool) { mel, first in
            for index in 0..<mel.count {
                features[(first + index / bins) * width + index % bins] = mel[index]
            }
        }
    }

    /// Takes frames through a backbone and a layer after it, piece by piece.
    private func transform(
        _ input: [Float], frames: Int, _ backbone: Backbone, _ layer: Linear, on pool: ThreadPool,
        _ store: (_ rows: UnsafeBufferPointer<Float>, _ first: Int) -> Void
    ) {
        let stream = BackboneStream(backbone, on: pool)
        var output = FloatBuffer(count: 0)
        var done = 0
        func take(_ rows: FrameRows) {
            guard rows.frames > 0 else { return }
            let count = rows.frames * layer.outputs
            if output.count < count { output = FloatBuffer(count: count) }
            layer(rows.pointer, rows: rows.frames, into: output.pointer, on: pool)
            store(UnsafeBufferPointer(start: output.pointer, count: count), done)
            done += rows.frames
        }
        input.withUnsafeBufferPointer { input in
            guard let base = input.baseAddress else { return }
            for first in stride(from: 0, to: frames, by: CodecPiece.frames) {
                let count = min(CodecPiece.frames, frames - first)
                stream.extend(by: count).update(
                    from: base + first * backbone.inputs, count: count * backbone.inputs)
                take(stream.advance())
            }
        }
        take(stream.finish())
    }
}

extension FeatureCodec.Stage {
    init(_ weights: NetworkWeights, _ index: Int, latent: Int) throws(WeightFileError) {
        let name = "codebooks.\(index)"
        let shape = try weights.shape(name, rank: 2)
        width = shape[1]
        projectIn = try weights.linear("project_in.\(index)", inputs: latent, outputs: width)
        projectOut = try weights.linear("project_out.\(index)", inputs: width, outputs: latent)
        codebook = try weights.vector(name, count: shape[0] * width)
        var unit = codebook
        for row in 0..<shape[0] {
            let range = row * width..<(row + 1) * width
            let length = unit[range].reduce(0) { $0 + $1 * $1 }.squareRoot()
            for place in range { unit[place] /= max(length, 1e-12) }
        }
        guard let matrix = WeightMatrix(copying: unit, rows: shape[0], columns: width),
            let directions = Linear(weight: matrix, bias: nil)
        else {
            throw WeightFileError(.tensorShape, weights.source.path, "\(weights.prefix)\(name) has shape \(shape)")
        }
        self.directions = directions
    }

    /// The codes of `[frames, latent]`, from which what they stand for is subtracted.
    func quantize(_ residual: inout [Float], frames: Int, on pool: ThreadPool) -> [UInt16] {
        let latent = projectIn.inputs
        let count = directions.outputs
        var found: [UInt16] = []
        found.reserveCapacity(frames)
        let piece = 64
        var inner = [Float](repeating: 0, count: piece * width)
        var scores = [Float](repeating: 0, count: piece * count)
        var meant = [Float](repeating: 0, count: piece * latent)
        residual.withUnsafeMutableBufferPointer { residual in
            guard let base = residual.baseAddress else { return }
            for first in stride(from: 0, to: frames, by: piece) {
                let rows = min(piece, frames - first)
                let target = base + first * latent
                projectIn(target, rows: rows, into: &inner, on: pool)
                directions(inner, rows: rows, into: &scores, on: pool)
                for row in 0..<rows {
                    let code = scores.withUnsafeBufferPointer {
                        Reduction.firstMaximum(.init(rebasing: $0[row * count..<(row + 1) * count])) ?? 0
                    }
                    found.append(UInt16(code))
                    for place in 0..<width { inner[row * width + place] = codebook[code * width + place] }
                }
                projectOut(inner, rows: rows, into: &meant, on: pool)
                for index in 0..<rows * latent { target[index] -= meant[index] }
            }
        }
        return found
    }
}
