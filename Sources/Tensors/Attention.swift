internal import CKernels

/// How an encoder's attention computes.
public enum AttentionPrecision: Sendable {
    case float
    /// Queries and keys as bytes, weights and values as 16-bit numbers: about 1 % of error, half the time, and less than
    /// half the workspace. For models whose weights are whole numbers themselves.
    case int8
}

/// Scaled dot-product attention between heads of equal width, in the three forms that an encoder-decoder needs.
public struct MultiHeadAttention: Sendable, Equatable {
    public let heads: Int
    /// Width of one head.
    public let width: Int

    /// Width of all heads.
    public var state: Int { heads * width }
    private var scale: Float { 1 / Float(width).squareRoot() }

    public init(heads: Int, width: Int) {
        self.heads = heads
        self.width = width
    }

    /// Floats that `encode` needs as workspace.
    public func workspaceCount(positions: Int, precision: AttentionPrecision = .float) -> Int {
        let (positions, heads, width) = (Int64(positions), Int64(heads), Int64(width))
        switch precision {
        case .float: return Int(hk_attention_workspace(positions, heads, width))
        case .int8:
            let bytes = Int(hk_attention_i8_workspace(positions, heads, width))
            return (bytes + MemoryLayout<Float>.stride - 1) / MemoryLayout<Float>.stride
        }
    }

    /// Every position attends to every position.
    ///
    /// - Parameters:
    ///   - queries, keys, values: `[positions, state]`, rows `stride` floats apart.
    ///   - workspace: `workspaceCount` floats for the same precision.
    ///   - output: `[positions, state]`.
    public func encode(
        queries: UnsafePointer<Float>, keys: UnsafePointer<Float>, values: UnsafePointer<Float>, stride: Int,
        positions: Int, precision: AttentionPrecision = .float, workspace: UnsafeMutablePointer<Float>,
        into output: UnsafeMutablePointer<Float>, on pool: ThreadPool
    ) {
        let (row, count, heads, width) = (Int64(stride), Int64(positions), Int64(heads), Int64(width))
        switch precision {
        case .float:
            hk_attention(
                pool.handle, queries, keys, values, row, count, heads, width, scale, workspace, output, Int64(state))
        case .int8:
            hk_attention_i8(
                pool.handle, queries, keys, values, row, count, heads, width, scale, workspace, output, Int64(state))
        }
    }

    /// Rows of a decoder attend to one audio window each.
    ///
    /// - Parameters:
    ///   - groups: the windows, each with the rows of `queries` that listen to it; all of one storage type.
    ///   - scores: nil, or room for `[heads, rows, positions]` scaled scores before softmax; one group only.
    ///   - output: `[rows, state]`.
    public func cross(
        queries: UnsafePointer<Float>, groups: [CrossGroup], scores: UnsafeMutablePointer<Float>? = nil,
        into output: UnsafeMutablePointer<Float>, on pool: ThreadPool
    ) {
        guard let type = groups.first?.memory.type else { return }
        precondition(groups.allSatisfy { $0.memory.type == type } && (scores == nil || groups.count == 1))
        let rows = groups.flatMap(\.rows)
        rows.withUnsafeBufferPointer { rows in
            var kernelGroups: [hk_cross_group] = []
            var first = 0
            for group in groups {
                kernelGroups.append(
                    hk_cross_group(
                        keys: group.memory.keys, values: group.memory.values, rows: rows.baseAddress.map { $0 + first },
                        row_count: Int64(group.rows.count), positions: Int64(group.memory.positions)))
                first += group.rows.count
            }
            hk_cross_attention(
                pool.handle, kernelGroups, Int64(kernelGroups.count), type.kernelType, queries, Int64(state),
                Int64(heads), Int64(width), scale, scores, output, Int64(state))
        }
    }

    /// Rows of a decoder attend to what was said before.
    ///
    /// - Parameters:
    ///   - keys, values: the cache, rows of `state` floats.
    ///   - slots: for each query row, `slotStride` apart, the cache row of each earlier position.
    ///   - lengths: how many positions each query row sees.
    public func causal(
        queries: UnsafePointer<Float>, rows: Int, keys: UnsafePointer<Float>, values: UnsafePointer<Float>,
        slots: UnsafePointer<Int32>, slotStride: Int, lengths: UnsafePointer<Int32>,
        into output: UnsafeMutablePointer<Float>, on pool: ThreadPool
    ) {
        hk_self_attention(
            pool.handle, queries, Int64(state), Int64(rows), keys, values, Int64(state), slots, Int64(slotStride),
            lengths, Int64(heads), Int64(width), scale, output, Int64(state))
    }
}

/// The decoder rows that listen to one window.
public struct CrossGroup {
    public let memory: CrossMemory
    /// Rows of the queries.
    public let rows: [Int32]

    public init(memory: CrossMemory, rows: [Int32]) {
        self.memory = memory
        self.rows = rows
    }
}

/// Keys and values of one window for one decoder layer, in the layout that the cross-attention kernel reads.
// @unchecked Sendable because both buffers are written by the initialiser alone.
public final class CrossMemory: @unchecked Sendable {
    let type: WeightType
    let positions: Int
    private let keyStorage: AlignedBuffer<UInt8>
    private let valueStorage: AlignedBuffer<UInt8>

    var keys: UnsafeRawPointer { UnsafeRawPointer(keyStorage.pointer) }
    var values: UnsafeRawPointer { UnsafeRawPointer(valueStorage.pointer) }

    /// Stores keys and values `[positions, attention.state]` as float or half precision.
    public init(
        keys: UnsafePointer<Float>, values: UnsafePointer<Float>, positions: Int, attention: MultiHeadAttention,
        halfPrecision: Bool, on pool: ThreadPool
    ) {
        type = halfPrecision ? .float16 : .float32
        self.positions = positions
        let bytes = halfPrecision ? 2 : 4
        keyStorage = AlignedBuffer(count: Int(hk_key_rows(Int64(positions))) * attention.state * bytes)
        valueStorage = AlignedBuffer(count: positions * attention.state * bytes)
        hk_store_cross(
            pool.handle, keys, values, Int64(attention.state), Int64(positions), Int64(attention.heads),
            Int64(attention.width), type.kernelType, keyStorage.pointer, valueStorage.pointer)
    }
}
