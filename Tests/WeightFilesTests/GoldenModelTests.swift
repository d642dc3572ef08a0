import TestSupport
import Testing
import WeightFiles

@Suite(.enabled(if: !GoldenCase.withBothForms.isEmpty, "needs golden cases (HEARSAY_GOLDEN)"))
struct GoldenModelTests {
    /// Both files of a case hold the same weights, written by two independent converters.
    @Test(arguments: GoldenCase.withBothForms) func bothFormatsHoldTheSameWeights(golden: GoldenCase) throws {
        let safetensors = try SafetensorsIndex(directory: golden.model)
        let ggml = HuggingFaceNames(try GGMLFile(path: golden.ggml))
        #expect(Set(safetensors.names) == Set(ggml.names))
        for name in ggml.names {
            let a = try #require(ggml[name])
            let b = try #require(safetensors[name])
            #expect(a.name == name)
            #expect(a.shape == b.shape)
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

    @Test(arguments: GoldenCase.withBothForms.prefix(1)) func weightsAreFinite(golden: GoldenCase) throws {
        let file = try GGMLFile(path: golden.ggml)
        for name in file.names where !name.contains("token_embedding") { try file[name]?.verifyFinite() }
        try file.verifyUnchanged()
    }
}
