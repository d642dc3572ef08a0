extension WeightTensor {
    /// Writes `elements` of the tensor, in the order of the file, as floats.
    ///
    /// The range starts and ends with a block of the type; its length is that of `output`. 64-bit numbers are rounded.
    /// This is the plain form, for converting files; computing with weights has kernels of its own.
    public func widen(_ elements: Range<Int>, into output: UnsafeMutableBufferPointer<Float>) {
        precondition(elements.lowerBound >= 0 && elements.upperBound <= elementCount)
        precondition(elements.count == output.count)
        precondition(elements.lowerBound % type.blockElements == 0 && elements.count % type.blockElements == 0)
        let start = elements.lowerBound / type.blockElements * type.blockBytes
        let end = elements.upperBound / type.blockElements * type.blockBytes
        withBytes { bytes in
            let data = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            switch type {
            case .f32: data.widen(Float.self, into: output) { $0 }
            case .f16: data.widen(Float16.self, into: output) { Float($0) }
            case .bf16: data.widen(UInt16.self, into: output) { Float(bitPattern: UInt32($0) << 16) }
            case .f64: data.widen(Double.self, into: output) { Float($0) }
            case .i8: data.widen(Int8.self, into: output) { Float($0) }
            case .u8, .bool: data.widen(UInt8.self, into: output) { Float($0) }
            case .i16: data.widen(Int16.self, into: output) { Float($0) }
            case .i32: data.widen(Int32.self, into: output) { Float($0) }
            case .i64: data.widen(Int64.self, into: output) { Float($0) }
            case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0:
                for block in 0..<(output.count / 32) {
                    let from = UnsafeRawBufferPointer(rebasing: data[(block * type.blockBytes)...])
                    from.widenBlock(
                        type, into: UnsafeMutableBufferPointer(rebasing: output[(block * 32)..<(block * 32 + 32)]))
                }
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    fileprivate func widen<Element: BitwiseCopyable>(
        _: Element.Type, into output: UnsafeMutableBufferPointer<Float>, _ convert: (Element) -> Float
    ) {
        for index in output.indices {
            output[index] = convert(loadUnaligned(fromByteOffset: index * MemoryLayout<Element>.size, as: Element.self))
        }
    }

    /// Widens the block of 32 quantised elements that begins here; `block_q4_0` … `block_q8_0` of ggml-common.h.
    fileprivate func widenBlock(_ type: ElementType, into output: UnsafeMutableBufferPointer<Float>) {
        let scale = Float(loadUnaligned(fromByteOffset: 0, as: Float16.self))
        if type == .q8_0 {
            for index in 0..<32 { output[index] = Float(Int8(bitPattern: self[2 + index])) * scale }
            return
        }
        let hasMinimum = type == .q4_1 || type == .q5_1
        let hasFifthBit = type == .q5_0 || type == .q5_1
        let minimum = hasMinimum ? Float(loadUnaligned(fromByteOffset: 2, as: Float16.self)) : 0
        let highBitsOffset = hasMinimum ? 4 : 2
        let highBits = hasFifthBit ? loadUnaligned(fromByteOffset: highBitsOffset, as: UInt32.self) : 0
        let nibbles = highBitsOffset + (hasFifthBit ? 4 : 0)
        // Without a minimum, the numbers are centred on 0.
        let centre: Int32 = hasMinimum ? 0 : hasFifthBit ? 16 : 8
        for index in 0..<16 {
            let byte = Int32(self[nibbles + index])
            let low = byte & 15 | Int32((highBits >> UInt32(index)) & 1) << 4
            let high = byte >> 4 | Int32((highBits >> UInt32(index + 16)) & 1) << 4
            output[index] = Float(low - centre) * scale + minimum
            output[index + 16] = Float(high - centre) * scale + minimum
        }
    }
}
