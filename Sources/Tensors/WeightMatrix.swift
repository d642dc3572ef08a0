internal import CKernels

/// How a weight matrix stores its numbers.
public enum WeightType: Sendable, Equatable {
    case float32, float16, bfloat16
    /// Signed bytes with one float scale per row.
    case int8
    /// ggml's blocks of 32 weights.
    case q4_0, q4_1, q5_0, q5_1, q8_0

    var kernelType: hk_type {
        switch self {
        case .float32: HK_F32
        case .float16: HK_F16
        case .bfloat16: HK_BF16
        case .int8: HK_I8
        case .q4_0: HK_Q4_0
        case .q4_1: HK_Q4_1
        case .q5_0: HK_Q5_0
        case .q5_1: HK_Q5_1
        case .q8_0: HK_Q8_0
        }
    }

    /// Bytes that `columns` numbers of one row take, or nil when a row does not end with a whole block.
    public func rowBytes(columns: Int) -> Int? {
        switch self {
        case .float32: columns * 4
        case .float16, .bfloat16: columns * 2
        case .int8: columns
        case .q4_0: blocks(columns, 18)
        case .q4_1: blocks(columns, 20)
        case .q5_0: blocks(columns, 22)
        case .q5_1: blocks(columns, 24)
        case .q8_0: blocks(columns, 34)
        }
    }

    private func blocks(_ columns: Int, _ bytes: Int) -> Int? {
        columns.isMultiple(of: 32) ? columns / 32 * bytes : nil
    }
}

/// A weight matrix `[rows, columns]` = `[outputs, inputs]`, read where it lies (usually a mapped file).
// @unchecked Sendable because the memory is read-only after the initialiser and `owner` keeps it alive.
public struct WeightMatrix: @unchecked Sendable {
    let matrix: hk_matrix
    private let owner: AnyObject

    public let type: WeightType
    public var rows: Int { Int(matrix.rows) }
    public var columns: Int { Int(matrix.columns) }

    /// - Parameters:
    ///   - bytes: at least `rows · rowBytes`; any alignment.
    ///   - scales: `rows` floats for `.int8`, else nil.
    ///   - owner: keeps `bytes` and `scales` valid and unchanged.
    /// - Returns: nil when the sizes do not fit.
    public init?(
        bytes: UnsafeRawBufferPointer, scales: UnsafePointer<Float>? = nil, rows: Int, columns: Int, type: WeightType,
        owner: AnyObject
    ) {
        guard rows >= 0, columns >= 0, let rowBytes = type.rowBytes(columns: columns) else { return nil }
        let (total, overflow) = rowBytes.multipliedReportingOverflow(by: rows)
        guard !overflow, bytes.count >= total, let base = bytes.baseAddress else { return nil }
        guard (type == .int8) == (scales != nil) else { return nil }
        matrix = hk_matrix(
            data: base, scales: scales, rows: Int64(rows), columns: Int64(columns), row_bytes: Int64(rowBytes),
            type: type.kernelType)
        self.type = type
        self.owner = owner
    }

    /// Copies floats `[rows, columns]` into memory of its own.
    public init?(copying values: [Float], rows: Int, columns: Int) {
        let buffer = FloatBuffer(count: values.count)
        _ = buffer.elements.update(fromContentsOf: values)
        self.init(
            bytes: UnsafeRawBufferPointer(buffer.elements), rows: rows, columns: columns, type: .float32, owner: buffer)
    }

    /// A copy as signed bytes with one scale per row; nil when a number is not finite, which bytes cannot show.
    public func roundedToBytes() -> WeightMatrix? {
        let values = widened()
        guard values.withUnsafeBufferPointer({ Reduction.isFinite($0) }) else { return nil }
        let memory = RoundedMatrix(rows: rows, columns: columns)
        Reduction.quantizeRows(
            values, rows: rows, columns: columns, into: memory.bytes.pointer, scales: memory.scales.pointer)
        return WeightMatrix(
            bytes: UnsafeRawBufferPointer(memory.bytes.elements), scales: memory.scales.pointer, rows: rows,
            columns: columns, type: .int8, owner: memory)
    }

    private final class RoundedMatrix {
        let bytes: AlignedBuffer<Int8>
        let scales: FloatBuffer

        init(rows: Int, columns: Int) {
            bytes = AlignedBuffer(count: rows * columns)
            scales = FloatBuffer(count: rows)
        }
    }

    /// Writes row `row`, widened to float, to `output` (`columns` floats).
    public func widenRow(_ row: Int, into output: UnsafeMutablePointer<Float>) {
        precondition(row >= 0 && row < rows)
        withUnsafePointer(to: matrix) { hk_widen($0, Int64(row), 0, Int64(columns), output) }
    }

    /// The whole matrix as floats `[rows, columns]`.
    public func widened() -> [Float] {
        [Float](unsafeUninitializedCapacity: rows * columns) { output, count in
            count = rows * columns
            guard let base = output.baseAddress else { return }
            for row in 0..<rows { widenRow(row, into: base + row * columns) }
        }
    }
}
