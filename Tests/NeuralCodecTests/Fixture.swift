import Foundation
import WeightFiles

/// Reads what the scripts in `Tests/Fixtures/codec` wrote.
enum Fixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/codec").path

    static func path(_ name: String) -> String { folder + "/" + name }

    static func tensor(_ file: String, _ name: String) throws -> [Float] { try tensor(at: path(file), name) }

    static func tensor(at path: String, _ name: String) throws -> [Float] {
        let source = try SafetensorsFile(path: path)
        guard let tensor = source[name] else { throw Missing(name: name) }
        var values = [Float](repeating: 0, count: tensor.elementCount)
        values.withUnsafeMutableBufferPointer { tensor.widen(0..<tensor.elementCount, into: $0) }
        return values
    }

    struct Missing: Error {
        let name: String
    }
}

/// The largest absolute difference; infinite when the counts differ or a value is not a number.
func distance(_ left: [Float], _ right: [Float]) -> Float {
    guard left.count == right.count else { return .infinity }
    return zip(left, right).reduce(0) { largest, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isNaN ? .infinity : max(largest, difference)
    }
}
