import Foundation
import Testing
import WeightFiles

/// The error that `body` throws, nil when it throws none.
func failure<T>(_ body: () throws -> T) -> WeightFileError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? WeightFileError
    }
}

extension MappedFile {
    /// A file that exists in memory only.
    convenience init(_ contents: [UInt8], name: String = "memory") {
        self.init(copying: contents, name: name)
    }
}

extension WeightTensor {
    var contents: [UInt8] { withBytes { Array($0) } }
}

/// Little-endian bytes of a number.
func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// One input of a table test: what it is, and the code that it must give.
struct BadInput<Contents: Sendable>: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: WeightFileError.Code
    let contents: Contents

    init(_ description: String, _ code: WeightFileError.Code, _ contents: Contents) {
        testDescription = description
        self.code = code
        self.contents = contents
    }
}

/// The Python interpreter named by HEARSAY_PYTHON, else the one on the path.
enum Python {
    static let interpreter = ProcessInfo.processInfo.environment["HEARSAY_PYTHON"] ?? "python3"
    static let hasSafetensors = (try? run("import safetensors.numpy")) == 0

    static func run(_ script: String, _ arguments: [String] = []) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [interpreter, "-c", script] + arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
