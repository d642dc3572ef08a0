internal import StrictJSON

/// Events as bytes, in the shape of the reference's writer: data never stands in the header, which therefore stays
/// short, and lengths stand there only where there is something.
public enum EventEncoder {
    /// The version of the protocol that every header names; informational.
    public static let version = "1.10.2"

    public static func encode(_ event: WireEvent) -> [UInt8] {
        var data = JSONWriter()
        if event.data.count > 0 { data.value(.object(event.data)) }
        var header = JSONWriter()
        header.beginObject()
        header.key("type")
        header.value(event.type)
        header.key("version")
        header.value(version)
        if !data.bytes.isEmpty {
            header.key("data_length")
            header.value(data.bytes.count)
        }
        if !event.payload.isEmpty {
            header.key("payload_length")
            header.value(event.payload.count)
        }
        header.endObject()
        var bytes = header.bytes
        bytes.reserveCapacity(bytes.count + 1 + data.bytes.count + event.payload.count)
        bytes.append(UInt8(ascii: "\n"))
        bytes += data.bytes
        bytes += event.payload
        return bytes
    }

    public static func encode(_ message: some WireMessage) -> [UInt8] { encode(message.event) }
}
