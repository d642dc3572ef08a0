import Foundation
import TestSupport
import Testing

/// `hearsay models` as a process.
@Suite(.enabled(if: GoldenCase.isPresent, "no golden data, or the program is not built"))
struct ModelsTests {
    let folder: TemporaryFolder
    let golden: GoldenCase

    init() throws {
        folder = try TemporaryFolder()
        golden = try #require(GoldenCase.all.first)
    }

    private func models(_ arguments: String...) throws -> Program.Result {
        try Program.run(["models"] + arguments, in: folder)
    }

    @Test(.enabled(if: RangeServer.python != nil, "python3 is not installed"))
    func pullsFromAServerThenListsVerifiesAndUses() throws {
        let server = try RangeServer(folder.path)
        let published = "hub/openai/whisper-tiny/resolve/main"
        for name in ["config.json", "generation_config.json", "tokenizer.json", "model.safetensors"] {
            try folder.write("\(published)/\(name)", Data(contentsOf: URL(fileURLWithPath: "\(golden.model)/\(name)")))
        }
        let pull = try models("pull", "tiny", "--base-url", "\(server.address)/linked/hub")
        #expect(pull.status == 0, "\(pull.errors)")
        #expect(!pull.errors.contains("\r") && !pull.errors.contains("no SHA-256"))
        #expect(try models("list").output.contains("\(folder.path)/hearsay/models/tiny"))
        #expect(try models("verify", "tiny").output == "tiny: good\n")
        let text = try Program.run(["transcribe"] + TranscribeTests.plain + [golden.audio], in: folder)
        #expect(text.status == 0 && !text.output.isEmpty, "\(text.errors)")

        let weights = folder.url("hearsay/models/tiny/model.safetensors")
        var bytes = try Data(contentsOf: weights)
        bytes[bytes.count - 1] ^= 0x40
        try bytes.write(to: weights)
        let damaged = try models("verify", "tiny")
        #expect(damaged.status == 3)
        #expect(damaged.output.hasPrefix("tiny: model.safetensors has changed"))
    }

    @Test func tellsWhatToDoWithoutANetwork() throws {
        let result = try models("pull", "base", "--base-url", "http://127.0.0.1:1")
        #expect(result.status == 3)
        #expect(result.errors.contains("Without a network") && result.errors.contains("[store.unreachable]"))
        #expect(result.errors.contains("\(folder.path)/hearsay/models/base"))
        #expect(try models("pull", "bas").status == 3)
    }

    @Test func showsWhatAModelIs() throws {
        for path in [golden.model, golden.ggml] {
            let result = try models("info", path)
            #expect(result.status == 0)
            let dimensions = try golden.expected("dims")
            #expect(result.output.contains("\(dimensions["n_vocab"] as? Int ?? 0) tokens"))
            #expect(result.output.contains("\(dimensions["n_mels"] as? Int ?? 0)\n"))
            #expect(result.output.contains("width \(dimensions["n_text_state"] as? Int ?? 0), "))
            #expect(result.output.contains("f16"))
        }
    }

    @Test func quantisesToOneScaleForEachRow() throws {
        let result = try models("quantize", golden.model, "\(folder.path)/small")
        #expect(result.status == 0, "\(result.errors)")
        let before = try Safetensors(URL(fileURLWithPath: "\(golden.model)/model.safetensors"))
        let after = try Safetensors(folder.url("small/model.safetensors"))
        var converted = 0
        for (name, tensor) in before.tensors {
            let new = try #require(after.tensors[name])
            #expect(new.shape == tensor.shape)
            guard new.type == "I8" else {
                #expect(new.bytes == tensor.bytes)
                continue
            }
            converted += 1
            // The embedding alone is nine tenths of the numbers; the layers' matrices suffice.
            guard tensor.bytes.count < 1 << 20 else { continue }
            let scales = try #require(after.tensors[name + "_scale"]).floats
            let columns = tensor.shape[1]
            let exact = tensor.floats
            let codes = new.bytes.map { Float(Int8(bitPattern: $0)) }
            let worst = exact.indices.map { index in
                abs(codes[index] * scales[index / columns] - exact[index]) / max(scales[index / columns], 1e-30)
            }.max()
            // Half a step, and a little for the product's rounding.
            #expect(worst ?? 1 <= 0.5001, "\(name)")
        }
        #expect(converted > 10)
        #expect(after.tensors["model.decoder.embed_positions.weight"]?.type == "F16")
        #expect(try models("info", "\(folder.path)/small").output.contains("i8"))
        #expect(try models("verify", "\(folder.path)/small").status == 0)
        let text = try Program.run(
            ["transcribe", "-m", "\(folder.path)/small"] + TranscribeTests.plain + [golden.audio], in: folder)
        #expect(text.status == 0, "\(text.errors)")
        #expect(try models("quantize", golden.model, "\(folder.path)/small").status == 5)
        #expect(try models("quantize", golden.ggml, "\(folder.path)/other").status == 0)
    }
}

/// A safetensors file read without the package's own reader.
private struct Safetensors {
    struct Tensor {
        var type: String
        var shape: [Int]
        var bytes: Data

        var floats: [Float] {
            bytes.withUnsafeBytes { bytes in
                type == "F16"
                    ? (0..<bytes.count / 2).map { Float(bytes.loadUnaligned(fromByteOffset: $0 * 2, as: Float16.self)) }
                    : (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
            }
        }
    }

    var tensors: [String: Tensor] = [:]

    init(_ url: URL) throws {
        let data = try Data(contentsOf: url)
        let length = data.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
        let header = try JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: Any] ?? [:]
        for (name, value) in header {
            guard let entry = value as? [String: Any], let type = entry["dtype"] as? String,
                let shape = entry["shape"] as? [Int], let offsets = entry["data_offsets"] as? [Int]
            else { continue }
            tensors[name] = Tensor(
                type: type, shape: shape, bytes: Data(data[(8 + length + offsets[0])..<(8 + length + offsets[1])]))
        }
    }
}
