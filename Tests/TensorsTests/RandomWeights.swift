import CKernels

/// A small generator of our own, so that tests see the same numbers everywhere.
struct LinearCongruential: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 32) | (state << 32)
    }
}

/// Numbers in −1..<1.
func randomFloats(_ count: Int, seed: UInt64) -> [Float] {
    var generator = LinearCongruential(state: seed &* 7919 &+ 1)
    return (0..<count).map { _ in Float.random(in: -1..<1, using: &generator) }
}

/// A weight matrix with random contents in any storage type; block formats get random nibbles with tame scales.
struct RandomWeights {
    var bytes: [UInt8]
    var scales: [Float]?
    let rows: Int
    let columns: Int
    let type: hk_type
    let rowBytes: Int

    init(rows: Int, columns: Int, type: hk_type, seed: UInt64) {
        self.rows = rows
        self.columns = columns
        self.type = type
        let values = randomFloats(rows * columns, seed: seed)
        bytes = []
        switch type {
        case HK_F32:
            for value in values { Self.append(value.bitPattern, to: &bytes) }
        case HK_F16:
            for value in values { Self.append(Float16(value).bitPattern, to: &bytes) }
        case HK_BF16:
            for value in values { Self.append(UInt16(value.bitPattern >> 16), to: &bytes) }
        case HK_I8:
            for value in values { bytes.append(UInt8(bitPattern: Int8(value * 127))) }
            scales = randomFloats(rows, seed: seed + 100).map { abs($0) / 127 }
        default:
            let halves = type == HK_Q4_1 || type == HK_Q5_1 ? 2 : 1
            let payload = [HK_Q4_0: 16, HK_Q4_1: 16, HK_Q5_0: 20, HK_Q5_1: 20, HK_Q8_0: 32][type] ?? 0
            var generator = LinearCongruential(state: seed)
            for _ in 0..<rows * columns / 32 {
                for _ in 0..<halves {
                    Self.append(Float16(Float.random(in: -0.1..<0.1, using: &generator)).bitPattern, to: &bytes)
                }
                for _ in 0..<payload { bytes.append(UInt8.random(in: 0...255, using: &generator)) }
            }
        }
        rowBytes = rows > 0 ? bytes.count / rows : 0
    }

    private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    func withMatrix(_ body: (UnsafePointer<hk_matrix>) -> Void) {
        bytes.withUnsafeBytes { bytes in
            (scales ?? []).withUnsafeBufferPointer { scaleBuffer in
                var matrix = hk_matrix(
                    data: bytes.baseAddress, scales: scales == nil ? nil : scaleBuffer.baseAddress, rows: Int64(rows),
                    columns: Int64(columns), row_bytes: Int64(rowBytes), type: type)
                body(&matrix)
            }
        }
    }
}

extension hk_type: @retroactive Hashable {}
