/// How a program and its helper process cut what they say: a length (4 bytes, little-endian) and as many bytes.
package enum HelperFrame {
    package static let headerCount = 4
    /// Bytes of a frame behind its header.
    package static let longest = 1 << 20

    package static func encode(_ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(headerCount + payload.count)
        append(payload.count, bytes: headerCount, to: &frame)
        return frame + payload
    }

    /// The length in a frame's header; nil if it is longer than any frame may be.
    package static func payloadCount(_ header: ArraySlice<UInt8>) -> Int? {
        var rest = header
        guard let count = take(headerCount, from: &rest), count <= longest else { return nil }
        return count
    }

    /// Appends the lowest `count` bytes of a number, little-endian.
    package static func append(_ value: Int, bytes count: Int, to target: inout [UInt8]) {
        for index in 0..<count { target.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }

    /// Takes a little-endian number of `count` bytes, at most 7; nil if there are fewer.
    package static func take(_ count: Int, from rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
