import StrictJSON
import Testing
import WireProtocol

@Suite struct EventDecoderTests {
    private func decode(_ text: String, limits: WireLimits = WireLimits()) throws -> [WireEvent] {
        var decoder = EventDecoder(limits: limits)
        decoder.append(Array(text.utf8))
        var events: [WireEvent] = []
        while let event = try decoder.next() { events.append(event) }
        try decoder.finish()
        return events
    }

    /// The error of the first event, and whether the one behind it is read all the same.
    private func fault(_ bytes: [UInt8], limits: WireLimits = WireLimits()) -> (WireError?, goesOn: Bool) {
        var decoder = EventDecoder(limits: limits)
        decoder.append(bytes + Array("{\"type\": \"ping\"}\n".utf8))
        var fault: WireError?
        do {
            _ = try decoder.next()
        } catch {
            fault = error
        }
        let next = try? decoder.next()
        return (fault, next?.type == "ping")
    }

    @Test func dataMayStandInTheHeaderOrBehindItOrBoth() throws {
        let events = try decode(
            """
            {"type": "a", "data": {"x": 1, "y": 2}}
            {"type": "b", "data": {"x": 1, "y": {"z": 1}}, "data_length": 15}
            {"y": 3, "w":4}{"type": "c"}
            {"type": "d", "data": null, "data_length": null, "payload_length": 0, "more": [1]}

            """)
        #expect(events.map(\.type) == ["a", "b", "c", "d"])
        #expect(events[0].data == ["x": .integer(1), "y": .integer(2)])
        // The block replaces whole members of the header's data.
        #expect(events[1].data == ["x": .integer(1), "y": .integer(3), "w": .integer(4)])
        #expect(events[2].data == [:] && events[3].data == [:])
    }

    @Test(arguments: [
        ("[]\n", "protocol.header_invalid"), ("1\n", "protocol.header_invalid"), ("null\n", "protocol.header_invalid"),
        ("{\n", "protocol.header_invalid"), ("\n", "protocol.header_invalid"),
        ("{\"type\": \"a\", \"type\": \"b\"}\n", "protocol.header_invalid"),
        ("\u{FEFF}{\"type\": \"a\"}\n", "protocol.header_invalid"),
        ("{\"type\": \"\\ud800\"}\n", "protocol.header_invalid"),
        ("{\"type\": \"a\", \"data_length\": -1}\n", "protocol.length_invalid"),
        ("{\"type\": \"a\", \"data_length\": 1.5}\n", "protocol.length_invalid"),
        ("{\"type\": \"a\", \"data_length\": \"5\"}\n", "protocol.length_invalid"),
        ("{\"type\": \"a\", \"payload_length\": 1e308}\n", "protocol.length_invalid"),
        ("{\"type\": \"a\", \"payload_length\": true}\n", "protocol.length_invalid"),
        ("{\"type\": \"a\", \"data_length\": 9223372036854775808}\n", "protocol.length_invalid"),
        ("{\"type\": \"a\", \"data_length\": 9223372036854775807}\n", "protocol.data_too_long"),
        ("{\"type\": \"a\", \"payload_length\": 16777217}\n", "protocol.payload_too_long"),
    ])
    func endsWhereTheNextEventCannotBeFound(text: String, code: String) {
        let (error, goesOn) = fault(Array(text.utf8))
        #expect(error?.code.rawValue == code)
        #expect(error?.endsConnection == true && !goesOn)
    }

    @Test(arguments: [
        ("{}\n", "protocol.type_invalid"), ("{\"type\": 300}\n", "protocol.type_invalid"),
        ("{\"type\": \"\"}\n", "protocol.type_invalid"),
        ("{\"data_length\": 2, \"payload_length\": 3}\n{}abc", "protocol.type_invalid"),
        ("{\"type\": \"a\", \"data\": [1]}\n", "protocol.data_invalid"),
        ("{\"type\": \"a\", \"data_length\": 3, \"payload_length\": 1}\n[1]x", "protocol.data_invalid"),
        ("{\"type\": \"a\", \"data_length\": 3}\nnot", "protocol.data_invalid"),
        ("{\"type\": \"a\", \"data_length\": 13}\n{\"a\":1,\"a\":2}", "protocol.data_invalid"),
    ])
    func goesOnBehindAnEventWhoseExtentIsKnown(text: String, code: String) {
        let (error, goesOn) = fault(Array(text.utf8))
        #expect(error?.code.rawValue == code)
        #expect(error?.endsConnection == false && goesOn)
    }

    @Test func bytesThatAreNoUTF8AreRefused() {
        let data: [UInt8] = Array("{\"a\": \"".utf8) + [0xFF, 0xC0] + Array("\"}".utf8)
        let header = Array("{\"type\": \"a\", \"data_length\": \(data.count)}\n".utf8)
        #expect(fault(header + data).0?.code == .dataInvalid)
        #expect(fault([0xFF, 0x0A]).0?.code == .headerInvalid)
    }

    @Test func nestingIsBounded() {
        let deep = String(repeating: "[", count: 10_000)
        let data = "{\"a\": \(deep)"
        let (error, goesOn) = fault(Array("{\"type\": \"a\", \"data_length\": \(data.utf8.count)}\n\(data)".utf8))
        #expect(error?.code == .dataInvalid && goesOn)
    }

    @Test func aHeaderWithoutEndIsRefusedBeforeItIsWhole() throws {
        var limits = WireLimits()
        limits.header = 100
        var decoder = EventDecoder(limits: limits)
        decoder.append(Array("{\"type\": \"".utf8))
        #expect(try decoder.next() == nil)
        decoder.append([UInt8](repeating: 0x61, count: 100))
        #expect(throws: WireError.self) { try decoder.next() }
        // What comes afterwards is not even kept.
        decoder.append([UInt8](repeating: 0x61, count: 1_000))
        #expect(decoder.pendingBytes == 0)
    }

    @Test func announcedBytesTakeNoMemoryBeforeTheyCome() throws {
        var decoder = EventDecoder()
        decoder.append(Array("{\"type\": \"a\", \"payload_length\": 16777216}\nabc".utf8))
        #expect(try decoder.next() == nil)
        #expect(decoder.pendingBytes == 3 && decoder.isMidEvent && !decoder.isMidHeader)
        #expect(throws: WireError.self) { try decoder.finish() }
    }
}
