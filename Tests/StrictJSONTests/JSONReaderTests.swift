import StrictJSON
import Testing

/// Runs `body` on a reader over `text`.
func withReader<T>(
    _ text: [UInt8], limits: JSONLimits = JSONLimits(), _ body: (inout JSONReader) throws -> T
) rethrows -> T {
    try text.withUnsafeBytes { bytes in
        var reader = JSONReader(bytes, limits: limits)
        return try body(&reader)
    }
}

/// The error that parsing `text` ends with, by code and byte offset.
func failure(_ text: [UInt8], limits: JSONLimits = JSONLimits()) -> JSONError? {
    do throws(JSONError) {
        _ = try JSONValue(parsing: text, limits: limits)
        return nil
    } catch {
        return error
    }
}

@Suite struct JSONReaderTests {
    @Test func pullsAnObjectInOrder() throws {
        let text = #" { "shape" : [2, -3, 1e2], "na\u006de":"a\"b", "deep":{"x":[{},[]]}, "on":true, "off":null } "#
        try withReader(Array(text.utf8)) { reader in
            var keys: [String] = []
            try reader.beginObject()
            while let key = try reader.nextMember() {
                keys.append(String(key))
                switch key {
                case "shape":
                    var numbers: [Double] = []
                    try reader.beginArray()
                    while try reader.nextElement() { numbers.append(try reader.readDouble()) }
                    #expect(numbers == [2, -3, 100])
                case "name": #expect(try reader.readString() == #"a"b"#)
                case "on": #expect(try reader.readBool())
                case "off": try reader.readNull()
                default: try reader.skipValue()
                }
            }
            try reader.finish()
            #expect(keys == ["shape", "name", "deep", "on", "off"])
            #expect(reader.depth == 0)
        }
    }

    @Test func handsOutStringsAsTheyStand() throws {
        try withReader(Array(#"["plain é", "\ud83d\ude00\u00e9\n\/"]"#.utf8)) { reader in
            try reader.beginArray()
            #expect(try reader.nextElement())
            let plain = try reader.readString()
            #expect(!plain.isEscaped && plain.offset == 2 && plain.raw.count == 8)
            #expect(try reader.nextElement())
            let escaped = try reader.readString()
            #expect(escaped.isEscaped)
            #expect(escaped.bytes == Array("😀é\n/".utf8))
            #expect(escaped.bytes.count <= escaped.raw.count)
            #expect(try !reader.nextElement())
        }
    }

    @Test func tellsKinds() throws {
        let expected: [(String, JSONReader.Kind)] = [
            ("{}", .object), (" []", .array), ("\"\"", .string), ("-1", .number), ("0", .number), ("true", .bool),
            ("false", .bool), ("null", .null),
        ]
        for (text, kind) in expected {
            #expect(try withReader(Array(text.utf8)) { try $0.peek() } == kind)
        }
    }

    @Test(arguments: [
        ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min), ("-0", 0), ("0", 0), ("12", 12),
    ])
    func keepsIntegersExact(text: String, value: Int64) throws {
        #expect(try withReader(Array(text.utf8)) { try $0.readInteger() } == value)
    }

    @Test(arguments: [
        ("9223372036854775808", JSONError.Code.numberRange), ("-9223372036854775809", .numberRange),
        ("1.0", .type), ("1e3", .type), ("true", .syntax), ("\"1\"", .syntax), ("", .truncated),
    ])
    func refusesWhatIsNoInteger(text: String, code: JSONError.Code) {
        let error = #expect(throws: JSONError.self) { try withReader(Array(text.utf8)) { try $0.readInteger() } }
        #expect(error?.code == code)
    }

    @Test func roundsLikeIEEE() throws {
        for text in [
            "0.1", "1e23", "2.2250738585072011e-308", "5e-324", "1.7976931348623157e308", "9007199254740993.0",
        ] {
            #expect(try withReader(Array(text.utf8)) { try $0.readDouble() } == Double(text))
        }
    }
}
