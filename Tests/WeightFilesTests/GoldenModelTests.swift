import Testing
import WeightFiles

/// The name that Hugging Face has for one of OpenAI's tensors.
private func huggingFaceName(_ name: String) -> String {
    let renamed = [
        (".blocks.", ".layers."), (".mlp.0.", ".fc1."), (".mlp.2.", ".fc2."), (".mlp_ln.", ".final_layer_norm."),
        (".cross_attn_ln.", ".encoder_attn_layer_norm."), (".attn_ln.", ".self_attn_layer_norm."),
        (".cross_attn.", ".encoder_attn."), (".attn.", ".self_attn."), (".query.", ".q_proj."), (".key.", ".k_proj."),
        (".value.", ".v_proj."), (".out.", ".out_proj."), (".ln_post.", ".layer_norm."),
        ("decoder.ln.", "decoder.layer_norm."),
        ("positional_embedding", "embed_positions.weight"), ("token_embedding", "embed_tokens"),
    ]
    return "model." + renamed.reduce(name) { $0.replacing($1.0, with: $1.1) }
}

@Suite(.enabled(if: !Golden.cases.isEmpty, "needs golden cases (HEARSAY_GOLDEN)"))
struct GoldenModelTests {
    /// Both files of a case hold the same weights, written by two independent converters.
    @Test(arguments: Golden.cases) func bothFormatsHoldTheSameWeights(folder: String) throws {
        let safetensors = try SafetensorsIndex(directory: folder + "/model")
        let ggml = try GGMLFile(path: folder + "/model.ggml.bin")
        #expect(safetensors.names.count == ggml.names.count)
        for name in ggml.names {
            let a = try #require(ggml[name])
            let b = try #require(safetensors[huggingFaceName(name)], "\(name)")
            #expect(a.shape.filter { $0 != 1 } == b.shape.filter { $0 != 1 })
            #expect(b.type == .f16)
            #expect(halves(a) == halves(b), "\(name)")
        }
    }

    /// The data in half precision, for types that hold such values exactly.
    private func halves(_ tensor: WeightTensor) -> [UInt8] {
        guard tensor.type == .f32 else { return tensor.contents }
        return tensor.withBytes { bytes in
            (0..<tensor.elementCount).flatMap { index in
                let pattern = bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
                return littleEndian(Float16(Float(bitPattern: pattern)).bitPattern)
            }
        }
    }

    @Test(arguments: Golden.cases.prefix(1)) func weightsAreFinite(folder: String) throws {
        let file = try GGMLFile(path: folder + "/model.ggml.bin")
        for name in file.names where !name.contains("token_embedding") { try file[name]?.verifyFinite() }
        try file.verifyUnchanged()
    }
}
