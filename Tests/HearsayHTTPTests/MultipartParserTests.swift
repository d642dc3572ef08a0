import Testing

@testable import HearsayHTTP

struct MultipartParserTests {
    private static let body = Array(
        ("preamble\r\n--B\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1"
            + "\r\n--B  \r\ncontent-type: audio/wav\r\nCONTENT-DISPOSITION: form-data; name=\"file\"; filename=\"a \\\"b\\\".wav\""
            + "\r\n\r\n\r\n--\r\n--A\r\r\n--b\r\n--B\r\nContent-Disposition: form-data; name=empty\r\n\r\n\r\n--B--\r\nepilogue\r\n--B")
            .utf8)

    private struct Part: Equatable {
        var name: String
        var fileName: String?
        var content: String
    }

    private static let parts = [
        Part(name: "model", fileName: nil, content: "whisper-1"),
        Part(name: "file", fileName: "a \"b\".wav", content: "\r\n--\r\n--A\r\r\n--b"),
        Part(name: "empty", fileName: nil, content: ""),
    ]

    private static func parse(_ pieces: [[UInt8]], boundary: String = "B") throws -> [Part] {
        var parser = try MultipartParser(contentType: "multipart/form-data; charset=utf-8; boundary=\"\(boundary)\"")
        var parts: [Part] = []
        for piece in pieces {
            parser.append(piece)
            while let event = try parser.next() {
                switch event {
                case .part(let name, let fileName): parts.append(Part(name: name, fileName: fileName, content: ""))
                case .content(let bytes): parts[parts.count - 1].content += String(decoding: bytes, as: UTF8.self)
                case .partEnd: parts[parts.count - 1].content += ""
                }
            }
        }
        try parser.finish()
        return parts
    }

    /// However the bytes arrive.
    @Test func everySplitGivesTheSameParts() throws {
        #expect(try Self.parse([Self.body]) == Self.parts)
        #expect(try Self.parse(Self.body.map { [$0] }) == Self.parts)
        for cut in Self.body.indices {
            #expect(
                try Self.parse([Array(Self.body[..<cut]), Array(Self.body[cut...])]) == Self.parts, "cut at \(cut)")
        }
    }

    /// A cut-off body is never taken for a whole one.
    @Test func aBodyWithoutItsEndIsRefused() throws {
        let end = try #require(Self.body.indices.last { Self.body[$0...].starts(with: Array("--B--".utf8)) }) + 5
        for count in 0..<end {
            #expect(throws: RequestError.self, "of \(count) bytes") { try Self.parse([Array(Self.body[..<count])]) }
        }
    }

    @Test(arguments: [
        "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"",
        "multipart/form-data; boundary=" + String(repeating: "x", count: 71),
        "multipart/form-data; boundary=\"a\u{7f}b\"", "", "multipart/mixed; boundary=B",
    ])
    func whatNamesNoBoundaryIsRefused(type: String) {
        #expect(throws: RequestError.self) { try MultipartParser(contentType: type) }
    }

    /// Bodies by what is wrong with them, so that a log names that and not ten thousand letters.
    private static let malformed = [
        "no header": "--B\r\n\r\ntext\r\n--B--",
        "no name": "--B\r\nContent-Disposition: form-data\r\n\r\ntext\r\n--B--",
        "no form data": "--B\r\nContent-Disposition: attachment; name=a\r\n\r\ntext\r\n--B--",
        "another boundary": "--Bx\r\nContent-Disposition: form-data; name=a\r\n\r\ntext\r\n--B--",
        "too much space after the boundary": "--B" + String(repeating: " ", count: 100)
            + "\r\nContent-Disposition: form-data; name=a\r\n\r\ntext\r\n--B--",
        "too long a header": "--B\r\nX: " + String(repeating: "y", count: 10_000)
            + "\r\nContent-Disposition: form-data; name=a\r\n\r\ntext\r\n--B--",
        "too many parts": String(repeating: "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n", count: 200)
            + "--B--",
        "too long a preamble": String(repeating: "p", count: 2_000) + "\r\n--B--",
        "nothing": "", "a line end": "\r\n",
    ]

    @Test(arguments: malformed.keys.sorted())
    func malformedBodiesAreRefused(what: String) throws {
        let body = try #require(Self.malformed[what])
        #expect(throws: RequestError.self) { try Self.parse([Array(body.utf8)]) }
        #expect(throws: RequestError.self) { try Self.parse(body.utf8.map { [$0] }) }
    }

    /// What is not known to be content yet is never more than a boundary.
    @Test func contentIsHandedOnAtOnce() throws {
        var parser = try MultipartParser(contentType: "multipart/form-data; boundary=B")
        parser.append(Array("--B\r\nContent-Disposition: form-data; name=file\r\n\r\n".utf8))
        #expect(try parser.next() == .part(name: "file", fileName: nil))
        #expect(try parser.next() == nil)
        var handedOn = 0
        for _ in 0..<100 {
            parser.append([UInt8](repeating: 13, count: 1_000))
            while case .content(let bytes) = try parser.next() { handedOn += bytes.count }
        }
        #expect(handedOn == 100_000 - 4)
    }
}
