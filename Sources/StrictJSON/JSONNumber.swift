/// A number as written.
public enum JSONNumber: Sendable, Equatable {
    /// Written without fraction and exponent, and within `Int64`.
    case integer(Int64)
    /// Any other number; always finite.
    case number(Double)
}

extension JSONReader {
    /// Reads a number; an integer stays exact. Throws ``JSONError/Code/numberRange`` above the range of a double.
    public mutating func readNumber() throws(JSONError) -> JSONNumber {
        let (range, isInteger) = try scanNumber()
        if isInteger, let value = integer(in: range) { return .integer(value) }
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw JSONError(
                code: .numberRange, offset: range.lowerBound, message: "a number beyond the range of a double")
        }
        return .number(value)
    }

    /// Reads a number as a double, rounding integers above 2^53.
    public mutating func readDouble() throws(JSONError) -> Double {
        switch try readNumber() {
        case .integer(let value): Double(value)
        case .number(let value): value
        }
    }

    /// Reads a number that is written as an integer (`1.0` and `1e3` are not) and fits in `Int64`.
    public mutating func readInteger() throws(JSONError) -> Int64 {
        let (range, isInteger) = try scanNumber()
        guard isInteger else {
            throw JSONError(code: .type, offset: range.lowerBound, message: "a fraction where an integer is expected")
        }
        guard let value = integer(in: range) else {
            throw JSONError(code: .numberRange, offset: range.lowerBound, message: "an integer beyond 64 bits")
        }
        return value
    }

    /// Checks the grammar of the number here; returns its bytes and whether it has neither fraction nor exponent.
    mutating func scanNumber() throws(JSONError) -> (range: Range<Int>, isInteger: Bool) {
        skipWhitespace()
        let start = offset
        var isInteger = true
        if nextByte == Byte.minus { offset += 1 }
        if nextByte == Byte.zero {
            offset += 1
        } else {
            try scanDigits()
        }
        if nextByte == Byte.point {
            isInteger = false
            offset += 1
            try scanDigits()
        }
        if nextByte == 0x65 || nextByte == 0x45 {
            isInteger = false
            offset += 1
            if nextByte == Byte.minus || nextByte == 0x2B { offset += 1 }
            try scanDigits()
        }
        guard offset - start <= limits.numberLength else {
            throw JSONError(
                code: .limit, offset: start, message: "a number longer than \(limits.numberLength) bytes")
        }
        return (start..<offset, isInteger)
    }

    private mutating func scanDigits() throws(JSONError) {
        guard (Byte.zero...Byte.nine).contains(nextByte) else { throw unexpected("a digit") }
        while (Byte.zero...Byte.nine).contains(nextByte) { offset += 1 }
    }

    private func integer(in range: Range<Int>) -> Int64? {
        var value: Int64 = 0
        var start = range.lowerBound
        let isNegative = Int(bytes[start]) == Byte.minus
        if isNegative { start += 1 }
        // Counted downwards, because −2^63 has no positive counterpart.
        for byte in bytes[start..<range.upperBound] {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, underflow) = product.subtractingReportingOverflow(Int64(byte) - Int64(Byte.zero))
            if overflow || underflow { return nil }
            value = sum
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }
}
