extension WeightTensor {
    /// Throws ``WeightFileError/Code/tensorNonFinite`` when an element, or a quantised block's scale or minimum, is NaN
    /// or infinite. Reads all of the data, which opening a file does not.
    public func verifyFinite() throws(WeightFileError) {
        let found: Int? =
            switch type {
            case .f32: firstNonFinite(UInt32.self, exponent: 0x7F80_0000, stride: 4, offsets: [0])
            case .f64: firstNonFinite(UInt64.self, exponent: 0x7FF0_0000_0000_0000, stride: 8, offsets: [0])
            case .bf16: firstNonFinite(UInt16.self, exponent: 0x7F80, stride: 2, offsets: [0])
            case .f16: firstNonFinite(UInt16.self, exponent: 0x7C00, stride: 2, offsets: [0])
            case .q4_0, .q5_0, .q8_0:
                firstNonFinite(UInt16.self, exponent: 0x7C00, stride: type.blockBytes, offsets: [0])
            case .q4_1, .q5_1:
                firstNonFinite(UInt16.self, exponent: 0x7C00, stride: type.blockBytes, offsets: [0, 2])
            case .i8, .u8, .i16, .i32, .i64, .bool: nil
            }
        guard let found, let base = bytes.baseAddress, let start = file.bytes.baseAddress else { return }
        throw WeightFileError(
            .tensorNonFinite, file.path, "the tensor \(name) holds NaN or infinity", offset: base - start + found)
    }

    /// The byte offset of the first bit pattern whose exponent is all ones.
    private func firstNonFinite<Pattern: FixedWidthInteger>(
        _: Pattern.Type, exponent: Pattern, stride: Int, offsets: [Int]
    ) -> Int? {
        for offset in offsets {
            var position = offset
            while position < bytes.count {
                let pattern = bytes.loadUnaligned(fromByteOffset: position, as: Pattern.self)
                if pattern & exponent == exponent { return position }
                position += stride
            }
        }
        return nil
    }
}
