/// Bytes that stand for exactly one list of values: what digests, authentication and associated data are computed over.
///
/// Each value is its kind, its length and itself, so that no two lists have the same bytes.
struct CanonicalWriter {
    private(set) var bytes: [UInt8] = []

    /// - Parameter purpose: what the bytes are for; no two purposes share bytes.
    init(_ purpose: String) {
        add(purpose)
    }

    mutating func add(_ text: String) { add(0x73, Array(text.utf8)) }

    mutating func add(_ bytes: [UInt8]) { add(0x62, bytes) }

    mutating func add(_ number: Int) {
        add(0x69, withUnsafeBytes(of: Int64(number).littleEndian) { Array($0) })
    }

    mutating func add(optional number: Int?) {
        add(number == nil ? 0 : 1)
        add(number ?? 0)
    }

    /// The number of them, then each.
    mutating func add(_ texts: [String]) {
        add(texts.count)
        for text in texts { add(text) }
    }

    private mutating func add(_ kind: UInt8, _ content: [UInt8]) {
        bytes.append(kind)
        withUnsafeBytes(of: UInt64(content.count).littleEndian) { bytes += $0 }
        bytes += content
    }
}
