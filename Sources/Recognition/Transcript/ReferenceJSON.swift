import StrictJSON

/// The reference's result as Python's `json.dump` prints it: one line, ASCII only, keys in the reference's order.
///
/// A value that is no number is printed as `NaN` or `Infinity`, as the reference does, though that is not JSON.
enum ReferenceJSON {
    static func text(of transcript: Transcript) -> String {
        var writer = JSONWriter(style: .spaced, nonFinite: .pythonLiterals)
        writer.beginObject()
        writer.member("text", transcript.text)
        writer.key("segments")
        writer.beginArray()
        for segment in transcript.segments { writer.value(segment, includesWords: true) }
        writer.endArray()
        writer.member("language", transcript.language)
        writer.endObject()
        return ascii(String(decoding: writer.bytes, as: UTF8.self))
    }

    /// Replaces everything but ASCII, which in JSON can only stand inside strings, by escapes of UTF-16 code units.
    static func ascii(_ json: String) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(json.utf8.count)
        for unit in json.utf16 {
            if unit < 0x7F {
                result.append(UInt8(truncatingIfNeeded: unit))
            } else {
                let digits = String(unit, radix: 16)
                result += "\\u".utf8
                result += repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count)
                result += digits.utf8
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
