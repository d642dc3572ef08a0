/// How a tensor's elements are stored; all little-endian.
///
/// The `q` types are ggml's: blocks of 32 elements that share a scale (and `_1`: a minimum) in half precision.
public enum ElementType: Sendable, Hashable, CaseIterable {
    case f32, f16, bf16, f64
    case i8, u8, i16, i32, i64
    case bool
    case q4_0, q4_1, q5_0, q5_1, q8_0

    /// Elements in a block, the smallest unit that can be addressed; 1 for all but the quantised types.
    public var blockElements: Int {
        switch self {
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: 32
        default: 1
        }
    }

    /// Bytes of a block.
    public var blockBytes: Int {
        switch self {
        case .i8, .u8, .bool: 1
        case .f16, .bf16, .i16: 2
        case .f32, .i32: 4
        case .f64, .i64: 8
        case .q4_0: 2 + 16
        case .q4_1: 4 + 16
        case .q5_0: 2 + 4 + 16
        case .q5_1: 4 + 4 + 16
        case .q8_0: 2 + 32
        }
    }

    /// Bytes of `elements` elements; nil when they do not fill whole blocks or the product overflows.
    public func byteCount(elements: Int) -> Int? {
        guard elements >= 0, elements % blockElements == 0 else { return nil }
        let (bytes, overflow) = (elements / blockElements).multipliedReportingOverflow(by: blockBytes)
        return overflow ? nil : bytes
    }

    /// The name that safetensors has for the type; nil for ggml's own types.
    public var safetensorsName: String? {
        switch self {
        case .f32: "F32"
        case .f16: "F16"
        case .bf16: "BF16"
        case .f64: "F64"
        case .i8: "I8"
        case .u8: "U8"
        case .i16: "I16"
        case .i32: "I32"
        case .i64: "I64"
        case .bool: "BOOL"
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: nil
        }
    }

    /// The type of a safetensors `dtype`; nil for those that no speech model here uses (unsigned 16 bits and up,
    /// complex, 8 bits and fewer).
    public init?(safetensorsName name: String) {
        guard let type = Self.allCases.first(where: { $0.safetensorsName == name }) else { return nil }
        self = type
    }

    /// The type of ggml's `enum ggml_type` value; nil for those that whisper.cpp's models do not use.
    public init?(ggmlType: Int32) {
        switch ggmlType {
        case 0: self = .f32
        case 1: self = .f16
        case 2: self = .q4_0
        case 3: self = .q4_1
        case 6: self = .q5_0
        case 7: self = .q5_1
        case 8: self = .q8_0
        default: return nil
        }
    }
}

/// The number of elements of a shape; nil when a size is negative or the product overflows.
func elementCount(of shape: [Int]) -> Int? {
    var count = 1
    for size in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        guard size >= 0, !overflow else { return nil }
        count = product
    }
    return count
}
