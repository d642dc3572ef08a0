import CZlib
import Foundation
import ONNXFiles
import Phonemes
import Tensors
import Testing
import WeightFiles

@testable import Synthesis

/// A voice of few channels with random weights, and what PyTorch and onnxruntime made of it
/// (Tests/Fixtures/piper/make_piper_voice.py).
struct PiperFixture: Sendable, CustomTestStringConvertible {
    let name: String
    let folder: String

    init(name: String, folder: String = Self.committed) {
        self.name = name
        self.folder = folder
    }

    /// One speaker, residual blocks of the second kind; three speakers, blocks of the first kind, uneven upsampling.
    static let all = [PiperFixture(name: "tiny"), PiperFixture(name: "tiny_high")]

    /// Parsed once: a debug build takes its time.
    private static let models = Dictionary(
        uniqueKeysWithValues: all.map { fixture in
            (fixture.name, Result { try VITS(model: try fixture.model(try fixture.bytes())) })
        })

    private static let committed = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/piper").path

    var testDescription: String { name }
    var configurationPath: String { "\(folder)/\(name).onnx.json" }

    /// The ONNX file's bytes.
    func bytes() throws -> [UInt8] {
        let file = try #require(gzopen("\(folder)/\(name).onnx.gz", "rb"))
        defer { gzclose(file) }
        var contents = [UInt8](repeating: 0, count: 2 << 20)
        let count = Int(gzread(file, &contents, UInt32(contents.count)))
        try #require(count > 0 && count < contents.count)
        return Array(contents[..<count])
    }

    func network() throws -> VITS { try #require(Self.models[name]).get() }

    func network(_ bytes: [UInt8]) throws -> VITS { try VITS(model: try model(bytes)) }

    private func model(_ bytes: [UInt8]) throws -> ONNXModel {
        try bytes.withUnsafeBytes { try ONNXModel(contents: $0, path: name) }
    }

    func voice(_ pool: ThreadPool) throws -> PiperVoice {
        let json = try Data(contentsOf: URL(filePath: configurationPath))
        return try PiperVoice(
            name: name, try PiperConfiguration(parsing: Array(json), path: configurationPath),
            network: try network(), pool: pool)
    }

    /// What a tensor of the reference run holds; matrices `[channels, time]` come as `[time, channels]`.
    func expected(_ tensor: String) throws -> [Float] {
        let file = try SafetensorsFile(path: "\(folder)/\(name).expected.safetensors")
        let found = try #require(file[tensor])
        var values = [Float](repeating: 0, count: found.elementCount)
        values.withUnsafeMutableBufferPointer { found.widen(0..<found.elementCount, into: $0) }
        guard found.shape.count == 2, tensor != "noise_w" else { return values }
        return (0..<found.shape[1]).flatMap { time in
            (0..<found.shape[0]).map { values[$0 * found.shape[1] + time] }
        }
    }
}

/// The largest difference; infinite when the counts differ.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

/// A network with the inputs of its reference run.
struct PiperRun {
    let network: VITS
    let fixture: PiperFixture
    let ids: [Int]
    /// The reference speaks as the last of the speakers.
    let speaker: [Float]?
    let pool: ThreadPool

    init(_ fixture: PiperFixture, bytes: [UInt8]? = nil, threads: Int = 2) throws {
        try self.init(
            fixture, network: try bytes.map { try fixture.network($0) } ?? fixture.network(), threads: threads)
    }

    init(_ fixture: PiperFixture, network: VITS, threads: Int = 2) throws {
        self.fixture = fixture
        self.network = network
        ids = try fixture.expected("ids").map { Int($0) }
        speaker = network.speaker(network.speakers - 1)
        pool = try #require(ThreadPool(threads: threads))
    }

    /// The latent frames; nil noises are none at all.
    func latents(durationNoise: [Float]?, noise: [Float]?, lengthScale: Float = 1) throws -> VITS.Latents {
        try network.latents(
            ids, lengthScales: ids.map { _ in lengthScale }, speaker: speaker, maximumFrames: 10_000,
            durationNoise: durationNoise ?? [Float](repeating: 0, count: 2 * ids.count),
            noise: { target in
                for index in target.indices {
                    target[index] = noise.map { $0.indices.contains(index) ? $0[index] : 0 } ?? 0
                }
            }, on: pool)
    }

    func referenceLatents() throws -> VITS.Latents {
        try latents(
            durationNoise: try fixture.expected("noise_w").map { 0.8 * $0 },
            noise: try fixture.expected("noise").map { 0.667 * $0 })
    }

    /// The samples of latent frames given in pieces of `piece`.
    func audio(_ latents: VITS.Latents, piece: Int = .max) -> [Float] {
        let stream = HiFiGANStream(network.generator, speaker: speaker, pool: pool)
        var samples: [Float] = []
        var at = 0
        while at < latents.count {
            let count = min(piece, latents.count - at)
            stream.append(latents.frames.pointer + at * network.encoder.latents, count: count, into: &samples)
            at += count
        }
        stream.finish(into: &samples)
        return samples
    }
}
