public import Phonemes

/// Bytes of a text.
public enum PlainBytes {
    /// The text that `bytes` are in UTF-8.
    ///
    /// - Parameters:
    ///   - name: of where they come from, for the error.
    ///   - position: bytes before these.
    /// - Throws: `speech.text_encoding_invalid`.
    public static func text(
        _ bytes: some Collection<UInt8>, of name: String, position: Int = 0
    ) throws(PhonemeError) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var decoder = UTF8()
        var rest = bytes.makeIterator()
        var valid = position
        while case .scalarValue(let scalar) = decoder.decode(&rest) { valid += UTF8.width(scalar) }
        throw PhonemeError(
            .textEncodingInvalid,
            "\(name) is not in UTF-8 (byte \(valid + 1)); convert it, for example with iconv -f latin1 -t utf-8")
    }
}
