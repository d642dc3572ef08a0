import CZlib

/// How repetitive a text is: bytes of its UTF-8 divided by bytes of their zlib compression (default level).
enum CompressionRatio {
    /// 0 for an empty text.
    static func of(_ text: String) -> Double {
        let bytes = Array(text.utf8)
        var compressedCount = compressBound(uLong(bytes.count))
        var compressed = [UInt8](repeating: 0, count: Int(compressedCount))
        let status = compress(&compressed, &compressedCount, bytes, uLong(bytes.count))
        // Only lack of memory can fail here; such a text counts as not repetitive.
        guard status == Z_OK, compressedCount > 0 else { return 1 }
        return Double(bytes.count) / Double(compressedCount)
    }
}
