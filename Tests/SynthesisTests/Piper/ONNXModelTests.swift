import SwiftProtobuf
import Testing

@testable import ONNXFiles
@testable import Synthesis

/// Files that are damaged or made to do harm end in an error of a stable code.
@Suite struct ONNXModelTests {
    private func code(_ bytes: [UInt8]) -> String? {
        do {
            let model = try bytes.withUnsafeBytes { try ONNXModel(contents: $0, path: "test.onnx") }
            _ = try VITS(model: model)
            return nil
        } catch let error as ONNXFileError {
            return error.code.rawValue
        } catch let error as SynthesisError {
            return error.code.rawValue
        } catch {
            return "\(error)"
        }
    }

    private func changed(
        _ fixture: PiperFixture = PiperFixture.all[0], _ change: (inout Onnx_GraphProto) -> Void
    ) throws -> [UInt8] {
        var model = try Onnx_ModelProto(serializedBytes: try fixture.bytes())
        change(&model.graph)
        return try model.serializedBytes()
    }

    @Test(arguments: [
        [], [0], [0xff, 0xff, 0xff], Array("RIFF....".utf8), [0x3a, 0x00], [0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f],
        [UInt8](repeating: 0x0a, count: 100), [0x38, 1],
    ]) func whatIsNoModelIsRefused(bytes: [UInt8]) {
        #expect(code(bytes) == "voice.onnx_invalid")
    }

    @Test func truncationIsNoticedEverywhere() throws {
        let whole = try PiperFixture.all[0].bytes()
        for count in stride(from: 1, to: whole.count, by: 90_001) {
            #expect(code(Array(whole[..<count])) != nil, "\(count) bytes")
        }
    }

    @Test func externalDataAreNotFollowed() throws {
        let located = try changed { $0.initializer[3].dataLocation = .external }
        #expect(code(located) == "voice.onnx_external_data")
        let named = try changed { $0.initializer[3].externalData = [.with { $0.key = "location" }] }
        #expect(code(named) == "voice.onnx_external_data")
    }

    @Test(arguments: [[-1, 8], [1 << 62, 4, 4], [9, 8], [Int64](repeating: 1, count: 9)])
    func impossibleShapesAreRefused(shape: [Int64]) throws {
        let bytes = try changed { $0.initializer[0].dims = shape }
        #expect(code(bytes)?.hasPrefix("voice.") == true)
    }

    @Test func damagedTensorsAreRefused() throws {
        let short = try changed { $0.initializer[5].rawData.removeLast() }
        #expect(code(short) == "voice.onnx_tensor_invalid")
        let integers = try changed { $0.initializer[5].dataType = 7 }
        #expect(code(integers) == "voice.onnx_tensor_type")
        let twice = try changed { $0.initializer[5].name = $0.initializer[4].name }
        #expect(code(twice) == "voice.onnx_tensor_invalid")
        let infinite = try changed { $0.initializer[5].rawData.replaceSubrange(0..<4, with: [0, 0, 0x80, 0x7f]) }
        #expect(code(infinite) == "voice.onnx_not_finite")
    }

    @Test func otherNetworksAreRefused() throws {
        let empty = try changed { $0.initializer.removeAll() }
        #expect(code(empty) == "voice.format_unsupported")
        let missing = try changed { $0.initializer.removeAll { $0.name == "dec.conv_pre.weight" } }
        #expect(code(missing) == "voice.format_unsupported")
        let strided = try changed { graph in
            for node in graph.node.indices {
                for attribute in graph.node[node].attribute.indices
                where graph.node[node].attribute[attribute].name == "dilations" {
                    graph.node[node].attribute[attribute].ints = [Int64.max]
                }
            }
        }
        #expect(code(strided) == "voice.tensor_invalid")
        let reshaped = try changed { graph in
            for index in graph.initializer.indices where graph.initializer[index].name == "enc_p.proj.weight" {
                graph.initializer[index].dims.reverse()
            }
        }
        #expect(code(reshaped) == "voice.tensor_invalid")
    }

    /// What runs on frames without padding would read beyond them.
    @Test(arguments: [
        "enc_p.encoder.attn_layers.0.conv_q", "enc_p.encoder.attn_layers.0.conv_o", "enc_p.proj", "dp.pre", "dp.cond",
        "dp.convs.convs_1x1.0", "dp.proj", "dp.flows.3.pre", "dp.flows.3.convs.convs_1x1.0", "dp.flows.3.proj",
        "flow.flows.0.pre", "flow.flows.0.enc.cond_layer", "flow.flows.0.enc.res_skip_layers.0", "flow.flows.0.post",
        "dec.cond",
    ]) func convolutionsWithoutPaddingHaveOneTap(path: String) throws {
        var found = 0
        let bytes = try changed(PiperFixture.all[1]) { graph in
            let node = graph.node.first { $0.input.contains(path + ".bias") }
            for index in graph.initializer.indices where graph.initializer[index].name == node?.input[1] {
                let numbers = graph.initializer[index].rawData
                graph.initializer[index].dims[2] = 3
                graph.initializer[index].rawData = numbers + numbers + numbers
                found += 1
            }
        }
        #expect(found == 1)
        #expect(code(bytes) == "voice.tensor_invalid")
    }

    @Test(arguments: ["dp.flows.3.pre", "enc_p.encoder.attn_layers.0.conv_k"])
    func biasesHaveOneNumberForEachOutput(path: String) throws {
        let bytes = try changed { graph in
            for index in graph.initializer.indices where graph.initializer[index].name == path + ".bias" {
                graph.initializer[index].dims[0] -= 1
                graph.initializer[index].rawData.removeLast(4)
            }
        }
        #expect(code(bytes) == "voice.tensor_invalid")
    }

    @Test func structureWithoutWeightsIsRefusedBeforeItIsDecoded() {
        // Empty operations, which would take forty times their bytes.
        let nodes = [[UInt8]](repeating: [0x0a, 0], count: 9 << 19).flatMap(\.self)
        let length = nodes.count
        let varint = [
            UInt8(length & 0x7f | 0x80), UInt8(length >> 7 & 0x7f | 0x80), UInt8(length >> 14 & 0x7f | 0x80),
            UInt8(length >> 21),
        ]
        #expect(code([0x3a] + varint + nodes) == "voice.onnx_too_large")
    }
}
