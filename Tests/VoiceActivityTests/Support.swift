import Foundation
import TestSupport
import VoiceActivity
import WeightFiles

/// Reads what the scripts in `Tests/Fixtures/voice-activity` wrote.
enum Fixture {
    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let folder = package.appending(path: "Tests/Fixtures/voice-activity").path

    static func path(_ name: String) -> String { folder + "/" + name }

    static func tensor(_ file: String, _ name: String) throws -> [Float] {
        let source = try SafetensorsFile(path: path(file))
        guard let tensor = source[name] else { throw Missing(name: name) }
        var values = [Float](repeating: 0, count: tensor.elementCount)
        values.withUnsafeMutableBufferPointer { tensor.widen(0..<tensor.elementCount, into: $0) }
        return values
    }

    static func floats(_ data: Data) -> [Float] {
        data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count / 4 * 4, by: 4).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: Float.self)
            }
        }
    }

    struct Missing: Error {
        let name: String
    }
}

/// The probabilities of a whole signal, given in pieces of `size` samples.
func probabilities(_ model: VoiceActivityModel, _ samples: [Float], pieces size: Int) -> [Float] {
    var stream = VoiceActivityStream(model)
    var result: [Float] = []
    samples.withUnsafeBufferPointer { samples in
        for start in stride(from: 0, to: samples.count, by: size) {
            let end = min(start + size, samples.count)
            stream.append(UnsafeBufferPointer(rebasing: samples[start..<end]), into: &result)
        }
    }
    stream.finish(into: &result)
    return result
}

/// The largest absolute difference; infinite when the counts differ or a value is not a number.
func distance(_ left: [Float], _ right: [Float]) -> Float {
    guard left.count == right.count else { return .infinity }
    return zip(left, right).reduce(0) { largest, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isNaN ? .infinity : max(largest, difference)
    }
}
