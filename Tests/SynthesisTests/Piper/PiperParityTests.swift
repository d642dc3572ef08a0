import SwiftProtobuf
import Tensors
import Testing

@testable import ONNXFiles
@testable import Synthesis

/// Whole voices against PyTorch and onnxruntime, with the same noise and without any.
@Suite struct PiperParityTests {
    @Test(arguments: PiperFixture.all) func encoderMatchesPyTorch(fixture: PiperFixture) throws {
        let run = try PiperRun(fixture)
        let encoded = run.network.encoder(run.ids, on: run.pool)
        #expect(largestDifference(Array(encoded.hidden.elements), try fixture.expected("enc_x")) < 1e-5)
        let statistics = Array(encoded.statistics.elements)
        let latents = run.network.encoder.latents
        let means = try fixture.expected("enc_m")
        let deviations = try fixture.expected("enc_logs")
        for phoneme in run.ids.indices {
            let row = (phoneme * latents)..<((phoneme + 1) * latents)
            let both = statistics[(phoneme * 2 * latents)..<((phoneme + 1) * 2 * latents)]
            #expect(largestDifference(Array(both), Array(means[row]) + Array(deviations[row])) < 1e-5)
        }
    }

    @Test(arguments: PiperFixture.all) func durationsMatchPyTorch(fixture: PiperFixture) throws {
        let run = try PiperRun(fixture)
        let encoded = run.network.encoder(run.ids, on: run.pool)
        let logarithms = run.network.durations(
            encoded.hidden.pointer, phonemes: run.ids.count, noise: try fixture.expected("noise_w").map { 0.8 * $0 },
            speaker: run.speaker, on: run.pool)
        #expect(largestDifference(logarithms, try fixture.expected("logw")) < 1e-4)
    }

    @Test(arguments: PiperFixture.all, [1, 2]) func audioMatchesPyTorch(fixture: PiperFixture, threads: Int) throws {
        let run = try PiperRun(fixture, threads: threads)
        let latents = try run.referenceLatents()
        #expect(largestDifference(Array(latents.frames.elements), try fixture.expected("z")) < 1e-3)
        #expect(largestDifference(run.audio(latents), try fixture.expected("audio")) < 1e-4)
    }

    @Test(arguments: PiperFixture.all) func audioMatchesOnnxruntime(fixture: PiperFixture) throws {
        let run = try PiperRun(fixture)
        let audio = run.audio(try run.referenceLatents())
        #expect(largestDifference(audio, try fixture.expected("audio_noisy")) < 1e-4)
    }

    @Test(arguments: PiperFixture.all) func audioWithoutNoiseMatchesOnnxruntime(fixture: PiperFixture) throws {
        let run = try PiperRun(fixture)
        let plain = try run.latents(durationNoise: nil, noise: nil)
        #expect(largestDifference(run.audio(plain), try fixture.expected("audio_silent")) < 1e-4)
        let slow = try run.latents(durationNoise: nil, noise: nil, lengthScale: 1.7)
        #expect(largestDifference(run.audio(slow), try fixture.expected("audio_slow")) < 1e-4)
    }

    @Test(arguments: PiperFixture.all) func piecesGiveTheSamplesOfTheWhole(fixture: PiperFixture) throws {
        let run = try PiperRun(fixture)
        let latents = try run.referenceLatents()
        let whole = run.audio(latents)
        for piece in [1, 2, 5, 13, 40] {
            #expect(largestDifference(run.audio(latents, piece: piece), whole) < 1e-5, "pieces of \(piece) frames")
        }
    }

    enum Exporter: CaseIterable {
        /// Initializers numbered, operations with their module paths.
        case scopes
        /// Initializers numbered, operations too.
        case bare
        /// Weights as the values of `Constant` operations.
        case constants
        /// Biases through `Identity`, as when several are equal.
        case identities
    }

    @Test(arguments: PiperFixture.all, Exporter.allCases)
    func otherExportersNamesAreUnderstood(fixture: PiperFixture, exporter: Exporter) throws {
        var model = try Onnx_ModelProto(serializedBytes: try fixture.bytes())
        switch exporter {
        case .scopes: model.graph.number(nodes: false)
        case .bare:
            model.graph.number(nodes: true)
            // Normalisation parameters can't be told apart without any name.
            try #require(throws: SynthesisError.self) { try fixture.network(try model.serializedBytes()) }
            return
        case .constants: model.graph.makeConstants()
        case .identities: model.graph.aliasBiases()
        }
        let run = try PiperRun(fixture, bytes: try model.serializedBytes())
        let audio = run.audio(try run.referenceLatents())
        #expect(largestDifference(audio, try fixture.expected("audio")) < 1e-4)
    }

    /// Old exporters number the operations and what they fold, and keep all other names.
    @Test(arguments: PiperFixture.all) func convolutionsAreKnownByTheirOrder(fixture: PiperFixture) throws {
        var model = try Onnx_ModelProto(serializedBytes: try fixture.bytes())
        let convolutions = model.graph.node.filter { $0.opType.hasPrefix("Conv") }
        let theirs = Set(convolutions.flatMap { $0.input.dropFirst() })
        model.graph.number(nodes: true) { theirs.contains($0) }
        let run = try PiperRun(fixture, bytes: try model.serializedBytes())
        #expect(largestDifference(run.audio(try run.referenceLatents()), try fixture.expected("audio")) < 1e-4)
    }
}

extension Onnx_GraphProto {
    /// Numbers the initializers that `isChosen` accepts, and the nodes if asked to.
    fileprivate mutating func number(nodes: Bool, _ isChosen: (String) -> Bool = { _ in true }) {
        var names: [String: String] = [:]
        for index in initializer.indices where isChosen(initializer[index].name) {
            let number = "onnx::v_\(index)"
            names[initializer[index].name] = number
            initializer[index].name = number
        }
        for index in node.indices {
            node[index].input = node[index].input.map { names[$0] ?? $0 }
            if nodes { node[index].name = "\(node[index].opType)_\(index)" }
        }
    }

    fileprivate mutating func makeConstants() {
        let constants = initializer.map { tensor in
            Onnx_NodeProto.with { node in
                node.opType = "Constant"
                node.output = [tensor.name]
                node.attribute = [
                    .with {
                        $0.name = "value"
                        $0.t = tensor
                    }
                ]
            }
        }
        initializer = []
        node = constants + node
    }

    fileprivate mutating func aliasBiases() {
        for index in initializer.indices where initializer[index].name.hasSuffix(".bias") {
            let name = initializer[index].name
            initializer[index].name = "shared_\(index)"
            node.insert(
                .with {
                    $0.opType = "Identity"
                    $0.input = ["shared_\(index)"]
                    $0.output = [name]
                }, at: 0)
        }
    }
}
