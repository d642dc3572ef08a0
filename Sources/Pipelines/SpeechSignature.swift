public import Watermark

/// What the mark of synthetic speech is to say.
public struct SpeechSignature: Sendable {
    /// This machine's key; nil for everyone's mark alone.
    public var key: WatermarkKey?
    public var kind: Watermark.Payload.Kind

    public init(key: WatermarkKey? = nil, kind: Watermark.Payload.Kind = .stock) {
        self.key = key
        self.kind = kind
    }

    /// The mark of a text that begins with these words: the same words and seed always get the same one, others mostly
    /// another, so that this machine's pattern does not repeat from text to text.
    func watermark(of words: String, seed: UInt64) -> Watermark {
        // FNV-1a.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ seed
        for byte in words.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Watermark(key: key, payload: Watermark.Payload(kind, tag: UInt16(truncatingIfNeeded: hash >> 32)))
    }
}
