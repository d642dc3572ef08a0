import StrictJSON
import Testing

@Suite struct JSONValueTests {
    @Test func buildsATree() throws {
        let text = #"{"a":[1,2.5,"x",null,true,{"b":-7}],"é":18446744073709551616}"#
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(
            value
                == .object([
                    "a": .array([
                        .integer(1), .number(2.5), .string("x"), .null, .bool(true), .object(["b": .integer(-7)]),
                    ]),
                    "é": .number(18_446_744_073_709_551_616),
                ]))
        #expect(value["a"]?.array?[5]["b"]?.integer == -7)
        #expect(value["a"]?.array?.count == 6)
        #expect(value["missing"] == nil)
    }

    @Test func objectsKeepOrderAndFindEveryKey() throws {
        let keys = (0..<300).map { "key\(($0 * 7919) % 300)" }
        let text = "{" + keys.map { "\"\($0)\":\"\($0)\"" }.joined(separator: ",") + "}"
        let object = try #require(try JSONValue(parsing: Array(text.utf8)).object)
        #expect(object.keys == keys)
        for key in keys { #expect(object[key] == .string(key)) }
        #expect(object["key300"] == nil)
    }

    @Test func objectsCanBeEdited() {
        var object = JSONObject((0..<12).map { (key: "k\($0)", value: .integer(Int64($0))) })
        object["k3"] = nil
        object["k5"] = .null
        object["new"] = .bool(true)
        #expect(object.keys == ["k0", "k1", "k2", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11", "new"])
        #expect(object["k11"] == .integer(11))
        #expect(object["k5"] == .null)
        #expect(object["k3"] == nil)
    }

    /// Every row is invalid under RFC 8259, or exceeds a limit; the offset is where a reader can first know it.
    @Test(arguments: [
        ("", JSONError.Code.truncated, 0), ("  ", .truncated, 2), ("{", .truncated, 1), ("[1", .truncated, 2),
        ("[1,", .truncated, 3), ("{\"a\"", .truncated, 4), ("{\"a\":", .truncated, 5), ("\"ab", .truncated, 3),
        ("\"\\", .truncated, 2), ("[1,]", .syntax, 3), ("[,1]", .syntax, 1), ("{,}", .syntax, 1),
        ("{\"a\":1,}", .syntax, 7), ("{a:1}", .syntax, 1), ("{\"a\" 1}", .syntax, 5), ("[1 2]", .syntax, 3),
        ("[1}", .syntax, 2), ("{\"a\":1]", .syntax, 6), ("1 2", .trailingData, 2), ("{}x", .trailingData, 2),
        ("nul", .syntax, 0), ("True", .syntax, 0), ("NaN", .syntax, 0), ("Infinity", .syntax, 0), ("+1", .syntax, 0),
        ("01", .trailingData, 1), ("-", .truncated, 1), ("1.", .truncated, 2), (".5", .syntax, 0),
        ("1e", .truncated, 2),
        ("1e+", .truncated, 3), ("-a", .syntax, 1), ("1e400", .numberRange, 0), ("'a'", .syntax, 0),
        ("\"\u{1}\"", .syntax, 1), ("\"a\nb\"", .syntax, 2), ("\"\\x41\"", .escape, 1), ("\"\\u12G4\"", .escape, 1),
        ("\"\\ud800\"", .escape, 1), ("\"\\udc00\"", .escape, 1), ("\"\\ud800\\u0041\"", .escape, 1),
        ("\"\\ud800\\ud800\"", .escape, 1), ("// c\n1", .syntax, 0), ("\u{FEFF}1", .syntax, 0),
        ("{\"a\":1,\"b\":2,\"a\":3}", .duplicateKey, 14), ("{\"a\":1,\"\\u0061\":2}", .duplicateKey, 8),
    ])
    func refuses(text: String, code: JSONError.Code, offset: Int) {
        let error = failure(Array(text.utf8))
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test(arguments: [
        [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
        [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x82], [0xE2, 0x28, 0xA1],
        [0xF1, 0x80, 0x80],
        [0xF0, 0x90, 0x80, 0x41],
    ])
    func refusesWhatIsNotUTF8(sequence: [UInt8]) {
        let error = failure([0x22, 0x61] + sequence + [0x22])
        #expect(error?.code == .encoding)
        #expect(error?.offset == 2)
    }

    @Test func acceptsEveryScalarAtTheEdges() throws {
        for value: UInt32 in [0x20, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF] {
            let text = "\"\(Character(try #require(Unicode.Scalar(value))))\""
            #expect(try JSONValue(parsing: Array(text.utf8)).string == String(text.dropFirst().dropLast()))
        }
        #expect(try JSONValue(parsing: Array(#""\u0000""#.utf8)).string == "\0")
    }

    @Test func boundsNestingValuesAndNumbers() {
        let nested = [UInt8](repeating: 0x5B, count: 10_000)
        #expect(failure(nested)?.code == .depth)
        #expect(failure(nested)?.offset == 64)
        #expect(failure(Array((String(repeating: "[", count: 64) + String(repeating: "]", count: 64)).utf8)) == nil)
        #expect(failure(Array("[1,2,3]".utf8), limits: JSONLimits(values: 3))?.code == .limit)
        #expect(failure(Array("[1,2,3]".utf8), limits: JSONLimits(values: 4)) == nil)
        #expect(failure(Array(String(repeating: "9", count: 513).utf8))?.code == .limit)
    }

    @Test func everyPrefixOfATextIsRefused() {
        let text = Array(#"{"a":[1.5e-3,true,null,"é\u00e9\\"],"b":{"c":false}}"#.utf8)
        #expect(failure(text) == nil)
        for length in 0..<text.count { #expect(failure(Array(text[..<length])) != nil, "\(length) bytes") }
    }
}
