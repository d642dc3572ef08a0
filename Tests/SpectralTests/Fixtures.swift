import Foundation

/// Reads what `Tests/Fixtures/spectral/generate.py` wrote.
enum Fixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/spectral")

    static func floats(_ name: String) throws -> [Float] {
        try Data(contentsOf: folder.appending(path: "\(name).f32")).floats
    }

    /// Rows of numbers.
    static func table(_ name: String) throws -> [[Double]] {
        try String(contentsOf: folder.appending(path: "\(name).csv"), encoding: .utf8)
            .split(separator: "\n").map { $0.split(separator: ",").compactMap { Double($0) } }
    }
}

/// The generator's uniform noise in [−1, 1).
func noise(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(state >> 40) / 8_388_608 - 1
    }
}

/// The generator's signal: quiet half, loud half.
func tone(_ count: Int, seed: UInt64) -> [Float] {
    var values = noise(count, seed: seed)
    for index in 0..<(count / 2) { values[index] *= 1 / 65_536 }
    return values
}

/// The largest absolute difference; infinite when the counts differ or a value is not a number.
func distance(_ left: [Float], _ right: [Float]) -> Float {
    guard left.count == right.count else { return .infinity }
    return zip(left, right).reduce(0) { largest, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isNaN ? .infinity : max(largest, difference)
    }
}

extension Data {
    /// Little-endian float32.
    var floats: [Float] {
        stride(from: 0, to: count - 3, by: 4).map { offset in
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(self[startIndex + offset + $1]) << (8 * UInt32($1)) }
            return Float(bitPattern: bits)
        }
    }
}
