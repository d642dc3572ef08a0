import Testing
import WeightFiles

/// A safetensors file from its header's text and its data.
private func file(_ header: String, _ data: Int = 0, length: UInt64? = nil) -> [UInt8] {
    littleEndian(length ?? UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0x3C, count: data)
}

/// A header with one tensor `t` of the given fields.
private func one(_ dtype: String, _ shape: String, _ offsets: String) -> String {
    #"{"t":{"dtype":\#(dtype),"shape":\#(shape),"data_offsets":\#(offsets)}}"#
}

/// A header with two tensors of two bytes each at the given offsets.
private func two(_ a: String, _ b: String) -> String {
    #"{"a":{"dtype":"F16","shape":[1],"data_offsets":\#(a)},"b":{"dtype":"F16","shape":[1],"data_offsets":\#(b)}}"#
}

private func named(_ name: String) -> String {
    #"{"\#(name)":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}"#
}

private func many(_ count: Int) -> String {
    let tensors = (0..<count).map { #""\#($0)":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"# }
    return "{" + tensors.joined(separator: ",") + "}"
}

private let badInputs: [BadInput<[UInt8]>] = [
    BadInput("empty file", .safetensorsTruncated, []),
    BadInput("7 bytes", .safetensorsTruncated, [1, 0, 0, 0, 0, 0, 0]),
    BadInput("header length 0", .safetensorsHeaderLength, file("", 16)),
    BadInput("header length 1", .safetensorsHeaderLength, file("{", 16)),
    BadInput("header length 2^63", .safetensorsHeaderLength, file("{}", 0, length: 1 << 63)),
    BadInput("header length 2^64 − 1", .safetensorsHeaderLength, file("{}", 0, length: .max)),
    BadInput("header length = file − 7", .safetensorsHeaderLength, file("{}", 0, length: 3)),
    BadInput("header length above 100 MB", .safetensorsHeaderLength, file("{}", 0, length: 100_000_001)),
    BadInput("header not UTF-8", .safetensorsHeader, littleEndian(UInt64(5)) + [0x7B, 0x22, 0xFF, 0x22, 0x7D]),
    BadInput("header not JSON", .safetensorsHeader, file("{not json}")),
    BadInput("array at the top", .safetensorsHeader, file("[]")),
    BadInput("number at the top", .safetensorsHeader, file("12")),
    BadInput("string at the top", .safetensorsHeader, file("\"ab\"")),
    BadInput("10 000 nested arrays", .safetensorsHeader, file(String(repeating: "[", count: 10_000))),
    BadInput(
        "10 000 nested arrays in a tensor", .safetensorsHeader,
        file(#"{"t":{"x":"# + String(repeating: "[", count: 10_000))),
    BadInput(
        "the same tensor twice", .safetensorsDuplicate,
        file(two("[0,2]", "[2,4]").replacing("\"b\"", with: "\"a\""), 4)),
    BadInput(
        "canonically equal names", .safetensorsDuplicate,
        file(two("[0,2]", "[2,4]").replacing("\"a\"", with: "\"\u{E9}\"").replacing("\"b\"", with: "\"e\u{301}\""), 4)),
    BadInput("metadata twice", .safetensorsDuplicate, file(#"{"__metadata__":{},"__metadata__":{}}"#)),
    BadInput("metadata key twice", .safetensorsDuplicate, file(#"{"__metadata__":{"a":"1","a":"2"}}"#)),
    BadInput(
        "dtype twice", .safetensorsDuplicate,
        file(#"{"t":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#)),
    BadInput("metadata with a number", .safetensorsMetadata, file(#"{"__metadata__":{"a":1}}"#)),
    BadInput(
        "metadata of 1025 keys", .safetensorsMetadata,
        file("{\"__metadata__\":{" + (0..<1025).map { "\"\($0)\":\"\"" }.joined(separator: ",") + "}}")),
    BadInput("metadata is a string", .safetensorsMetadata, file(#"{"__metadata__":"a"}"#)),
    BadInput("metadata is null", .safetensorsMetadata, file(#"{"__metadata__":null}"#)),
    BadInput("unknown dtype", .safetensorsType, file(one("\"F8_X\"", "[1]", "[0,1]"), 1)),
    BadInput("sub-byte dtype, odd count", .safetensorsType, file(one("\"F4\"", "[3]", "[0,2]"), 2)),
    BadInput("dtype is a number", .safetensorsType, file(one("7", "[1]", "[0,1]"), 1)),
    BadInput(
        "dtype of 1 MiB", .safetensorsType, file(one("\"\(String(repeating: "F", count: 1 << 20))\"", "[1]", "[0,1]"))),
    BadInput("shape with −1", .safetensorsShape, file(one("\"F16\"", "[-1]", "[0,2]"), 2)),
    BadInput("shape with 1.5", .safetensorsShape, file(one("\"F16\"", "[1.5]", "[0,2]"), 2)),
    BadInput("shape with 1.0", .safetensorsShape, file(one("\"F16\"", "[1.0]", "[0,2]"), 2)),
    BadInput("shape with 1e30", .safetensorsShape, file(one("\"F16\"", "[1e30]", "[0,2]"), 2)),
    BadInput(
        "shape with 10^30", .safetensorsShape,
        file(one("\"F16\"", "[1\(String(repeating: "0", count: 30))]", "[0,2]"), 2)),
    BadInput("shape with a string", .safetensorsShape, file(one("\"F16\"", "[\"2\"]", "[0,2]"), 2)),
    BadInput("shape with null", .safetensorsShape, file(one("\"F16\"", "[null]", "[0,2]"), 2)),
    BadInput("shape is a number", .safetensorsShape, file(one("\"F16\"", "1", "[0,2]"), 2)),
    BadInput(
        "shape of 17 dimensions", .safetensorsShape,
        file(one("\"U8\"", "[\(Array(repeating: "1", count: 17).joined(separator: ","))]", "[0,1]"), 1)),
    BadInput("shape product 2^64", .safetensorsShape, file(one("\"U8\"", "[4294967296,4294967296]", "[0,0]"))),
    BadInput("shape × dtype overflows", .safetensorsShape, file(one("\"F64\"", "[4611686018427387904]", "[0,0]"))),
    BadInput("offsets reversed", .safetensorsOffsets, file(one("\"F16\"", "[2]", "[4,0]"), 4)),
    BadInput("one offset", .safetensorsOffsets, file(one("\"F16\"", "[1]", "[2]"), 2)),
    BadInput("three offsets", .safetensorsOffsets, file(one("\"F16\"", "[1]", "[0,1,2]"), 2)),
    BadInput("negative offset", .safetensorsOffsets, file(one("\"F16\"", "[1]", "[-2,0]"), 2)),
    BadInput(
        "offset as a float above 2^53", .safetensorsOffsets, file(one("\"F16\"", "[1]", "[0,9007199254740993.0]"), 2)),
    BadInput(
        "offset + header overflows", .safetensorsOffsets,
        file(one("\"U8\"", "[0]", "[9223372036854775807,9223372036854775807]"))),
    BadInput("overlap", .safetensorsOverlap, file(two("[0,2]", "[1,3]"), 3)),
    BadInput("the same bytes twice", .safetensorsOverlap, file(two("[0,2]", "[0,2]"), 2)),
    BadInput("gap", .safetensorsGap, file(two("[0,2]", "[3,5]"), 5)),
    BadInput("gap at the start", .safetensorsGap, file(one("\"F16\"", "[1]", "[2,4]"), 4)),
    BadInput("trailing bytes", .safetensorsTrailing, file(named("t"), 3)),
    BadInput("data without tensors", .safetensorsTrailing, file("{}", 1)),
    BadInput("data beyond the end", .safetensorsTruncated, file(named("t"), 1)),
    BadInput("too few bytes for the shape", .safetensorsSize, file(one("\"F32\"", "[2]", "[0,4]"), 4)),
    BadInput("too many bytes for the shape", .safetensorsSize, file(one("\"F32\"", "[1]", "[0,8]"), 8)),
    BadInput("name of 1 MiB", .safetensorsName, file(named(String(repeating: "n", count: 1 << 20)), 2)),
    BadInput("name of 1025 bytes", .safetensorsName, file(named(String(repeating: "n", count: 1025)), 2)),
    BadInput("empty name", .safetensorsName, file(named(""), 2)),
    BadInput("name with NUL", .safetensorsName, file(named("a\\u0000b"), 2)),
    BadInput("name with ../", .safetensorsName, file(named("../a"), 2)),
    BadInput("name that ends with ..", .safetensorsName, file(named("a/.."), 2)),
    BadInput("name with an escaped newline", .safetensorsName, file(named("a\\nb"), 2)),
    BadInput("more than 65 536 tensors", .safetensorsCount, file(many(65_537))),
    BadInput("leading space", .safetensorsHeader, file(" {}")),
    BadInput("NUL padding", .safetensorsHeader, file("{}\0\0")),
    BadInput("text after the header's object", .safetensorsHeader, file("{} {}")),
    BadInput("tensor is a list", .safetensorsHeader, file(#"{"t":[]}"#)),
    BadInput("no dtype", .safetensorsHeader, file(#"{"t":{"shape":[0],"data_offsets":[0,0]}}"#)),
    BadInput("no shape", .safetensorsHeader, file(#"{"t":{"dtype":"U8","data_offsets":[0,0]}}"#)),
    BadInput("no offsets", .safetensorsHeader, file(#"{"t":{"dtype":"U8","shape":[0]}}"#)),
]

@Suite struct SafetensorsFileTests {
    @Test(arguments: badInputs) func refuses(_ input: BadInput<[UInt8]>) {
        let error = failure { try SafetensorsFile(file: MappedFile(input.contents, name: "bad.safetensors")) }
        #expect(error?.code == input.code)
        #expect(error?.offset.map { $0 >= 0 && $0 <= max(input.contents.count, 8) } == true)
        #expect(error.map { "\($0)".contains("bad.safetensors") && "\($0)".utf8.count < 2000 } == true)
    }

    @Test func refusesEveryTruncation() {
        let whole = file(
            #"{"a":{"dtype":"F32","shape":[16,8],"data_offsets":[0,512]},"#
                + #""b":{"dtype":"U8","shape":[300],"data_offsets":[512,812]}}"#,
            812)
        #expect(failure { try SafetensorsFile(file: MappedFile(whole)) } == nil)
        for length in Array(stride(from: 0, to: whole.count, by: 64)) + [7, 8, 9, whole.count - 1] {
            let error = failure { try SafetensorsFile(file: MappedFile(Array(whole[..<length]))) }
            #expect(error?.code.rawValue.hasPrefix("model.safetensors.") == true, "\(length) bytes")
        }
    }

    @Test func givesTensorsWhereTheyLie() throws {
        // The header's order is not the data's.
        let header =
            #"{"b":{"dtype":"I64","shape":[2],"data_offsets":[6,22]},"#
            + #""__metadata__":{"format":"pt","\u00e9":""},"a":{"shape":[3,1],"data_offsets":[0,6],"dtype":"BF16"}}   "#
        let data = (0..<22).map { UInt8($0) }
        let contents = littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
        let file = try SafetensorsFile(file: MappedFile(contents, name: "m"))
        #expect(file.names == ["a", "b"])
        #expect(file.metadata == ["format": "pt", "é": ""])
        let a = try #require(file["a"])
        #expect(a.shape == [3, 1] && a.type == .bf16 && a.elementCount == 3 && a.contents == Array(data[..<6]))
        let b = try #require(file["b"])
        #expect(b.shape == [2] && b.type == .i64 && b.elementCount == 2 && b.contents == Array(data[6...]))
        #expect(file["c"] == nil)
        #expect(try file.tensor("b", shape: [2]).name == "b")
        #expect(failure { try file.tensor("c", shape: [2]) }?.code == .tensorMissing)
        #expect(failure { try file.tensor("b", shape: [2, 1]) }?.code == .tensorShape)
    }

    @Test(arguments: [
        ("scalar", one("\"F32\"", "[]", "[0,4]"), 4, 1), ("no elements", one("\"F32\"", "[0]", "[0,0]"), 0, 0),
        ("no elements, other sizes huge", one("\"F32\"", "[0,4294967296,4294967296]", "[0,0]"), 0, 0),
        ("trailing spaces", named("t") + "      ", 2, 1),
        ("unknown key", #"{"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[{}]}}"#, 1, 1),
        ("name of 1024 bytes", named(String(repeating: "t", count: 1024)), 2, 1),
    ])
    func accepts(what: String, header: String, data: Int, elements: Int) throws {
        let opened = try SafetensorsFile(file: MappedFile(file(header, data)))
        let tensor = try #require(opened[opened.names[0]])
        #expect(tensor.elementCount == elements, "\(what)")
        #expect(tensor.bytes.count == data)
    }

    @Test func acceptsNoTensorsAndVeryMany() throws {
        #expect(try SafetensorsFile(file: MappedFile(file("{}"))).names.isEmpty)
        #expect(try SafetensorsFile(file: MappedFile(file(many(65_536)))).names.count == 65_536)
    }

    @Test func tensorsKeepTheirFileAlive() throws {
        func tensor() throws -> WeightTensor? { try SafetensorsFile(file: MappedFile(file(named("t"), 2)))["t"] }
        #expect(try tensor()?.contents == [0x3C, 0x3C])
    }
}
