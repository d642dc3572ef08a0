/// A convolution along time over all channels, frame-major, as one linear layer over overlapping rows.
public struct Convolution: Sendable {
    public let inputs: Int
    public var outputs: Int { layer.outputs }
    /// Taps of a filter.
    public let taps: Int
    /// Frames that an output needs beyond its own.
    public var span: Int { taps - 1 }
    private let layer: Linear

    /// - Parameters:
    ///   - weight: `[outputs, inputs · taps]`, as PyTorch's `Conv1d` stores it (`[outputs, inputs, taps]`). It is copied
    ///     in the order `[outputs, taps, inputs]`, whatever its type.
    ///   - scales: `outputs` floats for `.int8`, else nil.
    ///   - bias: `[outputs]`, or nil.
    /// - Returns: nil when the counts do not fit or the type stores its numbers in blocks.
    public init?(
        weight bytes: UnsafeRawBufferPointer, scales: [Float]?, bias: [Float]?, inputs: Int, outputs: Int, taps: Int,
        type: WeightType
    ) {
        guard inputs > 0, outputs > 0, taps > 0, let size = Self.elementBytes(type) else { return nil }
        let (columns, columnsOverflow) = inputs.multipliedReportingOverflow(by: taps)
        let (rowBytes, rowOverflow) = columns.multipliedReportingOverflow(by: size)
        let (total, overflow) = rowBytes.multipliedReportingOverflow(by: outputs)
        guard !columnsOverflow, !rowOverflow, !overflow, bytes.count >= total else { return nil }
        guard scales.map({ $0.count == outputs }) ?? true else { return nil }
        let owner = Storage(bytes: total, scales: scales)
        let target = UnsafeMutableRawPointer(owner.bytes.pointer)
        for output in 0..<outputs {
            for input in 0..<inputs {
                for tap in 0..<taps {
                    let from = (output * inputs + input) * taps + tap
                    let to = (output * taps + tap) * inputs + input
                    for byte in 0..<size {
                        target.storeBytes(of: bytes[from * size + byte], toByteOffset: to * size + byte, as: UInt8.self)
                    }
                }
            }
        }
        guard
            let matrix = WeightMatrix(
                bytes: UnsafeRawBufferPointer(start: target, count: total),
                scales: owner.scales.map { .init($0.pointer) },
                rows: outputs, columns: columns, type: type, owner: owner),
            let layer = Linear(weight: matrix, bias: bias)
        else { return nil }
        self.layer = layer
        self.inputs = inputs
        self.taps = taps
    }

    /// Convolves without padding.
    ///
    /// - Parameters:
    ///   - input: `[frames + span, inputs]`.
    ///   - output: `[frames, outputs]`.
    public func callAsFunction(
        _ input: UnsafePointer<Float>, frames: Int, into output: UnsafeMutablePointer<Float>,
        _ epilogue: LinearEpilogue = [], on pool: ThreadPool
    ) {
        layer(input, inputStride: inputs, rows: frames, into: output, epilogue, on: pool)
    }

    private static func elementBytes(_ type: WeightType) -> Int? {
        switch type {
        case .float32: 4
        case .float16, .bfloat16: 2
        case .int8: 1
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: nil
        }
    }

    private final class Storage {
        let bytes: AlignedBuffer<UInt8>
        let scales: FloatBuffer?

        init(bytes count: Int, scales values: [Float]?) {
            bytes = AlignedBuffer(count: count)
            scales = values.map {
                let buffer = FloatBuffer(count: $0.count)
                _ = buffer.elements.update(fromContentsOf: $0)
                return buffer
            }
        }
    }
}
