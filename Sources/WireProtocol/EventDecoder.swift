internal import StrictJSON

/// Bytes as they arrive, in pieces of any size, as events.
///
/// ```
/// {"type": "audio-chunk", "version": "1.9.0", "data_length": 42, "payload_length": 2048}⏎
/// 42 bytes of JSON, merged over the header's own "data"
/// 2048 bytes of payload
/// ```
///
/// Memory is taken for what has arrived, never for what a header announces. A fault whose extent is known costs one
/// event; after any other nothing is read (``WireError/endsConnection``).
public struct EventDecoder {
    private enum State {
        /// The header's line feed has not been seen in the first `searched` bytes.
        case header(searched: Int)
        case body(Header)
        case failed(WireError)
    }

    private struct Header {
        /// The type and inline data, or what is wrong with them.
        var content: Result<(type: String, data: JSONObject), WireError>
        var dataLength = 0
        var payloadLength = 0
    }

    private let limits: WireLimits
    private let jsonLimits: JSONLimits
    private var state = State.header(searched: 0)
    private var buffer: [UInt8] = []
    /// Bytes at the front of the buffer that have been read.
    private var start = 0

    public init(limits: WireLimits = WireLimits()) {
        self.limits = limits
        jsonLimits = JSONLimits(depth: limits.depth, values: limits.values)
    }

    /// Bytes that wait to be read.
    public var pendingBytes: Int { buffer.count - start }

    /// Whether a part of an event has arrived and the rest not.
    public var isMidEvent: Bool {
        switch state {
        case .header: pendingBytes > 0
        case .body: true
        case .failed: false
        }
    }

    /// Whether the header of the event that is arriving is still incomplete.
    public var isMidHeader: Bool {
        if case .header = state { pendingBytes > 0 } else { false }
    }

    /// Takes bytes from the peer; call ``next()`` until it gives nil before the next bytes.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if case .failed = state { return }
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next complete event; nil when more bytes are needed.
    ///
    /// - Throws: ``WireError``; unless it ends the connection, the next call goes on behind the event at fault.
    public mutating func next() throws(WireError) -> WireEvent? {
        while true {
            switch state {
            case .failed(let error): throw error
            case .header(let searched):
                guard let header = try nextHeader(searched: searched) else { return nil }
                state = .body(header)
            case .body(let header):
                guard pendingBytes >= header.dataLength + header.payloadLength else { return nil }
                state = .header(searched: 0)
                return try event(header)
            }
        }
    }

    /// Tells that no more bytes will come.
    ///
    /// - Throws: ``WireError/Code/truncated`` in the middle of an event.
    public func finish() throws(WireError) {
        guard !isMidEvent else {
            throw WireError(.truncated, "the connection ended in the middle of an event", endsConnection: true)
        }
    }

    // MARK: Header

    private mutating func nextHeader(searched: Int) throws(WireError) -> Header? {
        let unsearched = buffer[(start + searched)...]
        guard let end = unsearched.firstIndex(of: UInt8(ascii: "\n")) else {
            guard pendingBytes <= limits.header else { throw fail(tooLongHeader) }
            state = .header(searched: pendingBytes)
            return nil
        }
        guard end - start <= limits.header else { throw fail(tooLongHeader) }
        let line = buffer[start..<end]
        start = end + 1
        do {
            return try header(Array(line))
        } catch {
            throw fail(error)
        }
    }

    private var tooLongHeader: WireError {
        WireError(
            .headerTooLong, "a header of more than \(limits.header) bytes; put large data after it (data_length)",
            endsConnection: true)
    }

    private mutating func fail(_ error: WireError) -> WireError {
        state = .failed(error)
        buffer = []
        start = 0
        return error
    }

    private func header(_ line: [UInt8]) throws(WireError) -> Header {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: line, limits: jsonLimits)
        } catch {
            throw WireError(.headerInvalid, "the header is no JSON: \(error)", endsConnection: true)
        }
        guard case .object(let object) = value else {
            throw WireError(.headerInvalid, "the header is no JSON object", endsConnection: true)
        }
        return Header(
            content: Result { () throws(WireError) in try content(of: object) },
            dataLength: try length("data_length", object, limits.data, .dataTooLong),
            payloadLength: try length("payload_length", object, limits.payload, .payloadTooLong))
    }

    private func length(
        _ name: String, _ object: JSONObject, _ limit: Int, _ tooLong: WireError.Code
    ) throws(WireError) -> Int {
        switch object[name] {
        case nil, .null: return 0
        case .integer(let length) where length >= 0:
            guard length <= limit else {
                throw WireError(tooLong, "\(name) is \(length); at most \(limit) are accepted", endsConnection: true)
            }
            return Int(length)
        default: throw WireError(.lengthInvalid, "\(name) is no number of bytes", endsConnection: true)
        }
    }

    private func content(of object: JSONObject) throws(WireError) -> (type: String, data: JSONObject) {
        guard case .string(let type)? = object["type"], !type.isEmpty, type.utf8.count <= limits.type else {
            throw WireError(.typeInvalid, "the header has no type, or none of 1 … \(limits.type) bytes")
        }
        switch object["data"] {
        case nil, .null: return (type, JSONObject())
        case .object(let data): return (type, data)
        default: throw WireError(.dataInvalid, "the data of '\(type)' is no JSON object")
        }
    }

    // MARK: Body

    private mutating func event(_ header: Header) throws(WireError) -> WireEvent {
        let dataEnd = start + header.dataLength
        let end = dataEnd + header.payloadLength
        let dataBytes = buffer[start..<dataEnd]
        let payload = buffer[dataEnd..<end]
        defer { start = end }
        let (type, inline) = try header.content.get()
        var event = WireEvent(type, data: inline, payload: Array(payload))
        if header.dataLength > 0 {
            try merge(Array(dataBytes), into: &event)
        }
        return event
    }

    private func merge(_ bytes: [UInt8], into event: inout WireEvent) throws(WireError) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes, limits: jsonLimits)
        } catch {
            throw WireError(.dataInvalid, "the data of '\(event.type)' is no JSON: \(error)")
        }
        guard case .object(let object) = value else {
            throw WireError(.dataInvalid, "the data of '\(event.type)' is no JSON object")
        }
        for member in object.members { event.data[member.key] = member.value }
    }
}
