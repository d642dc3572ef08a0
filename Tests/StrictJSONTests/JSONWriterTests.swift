import Foundation
import StrictJSON
import Testing

/// What Python's interpreter prints for `script` on `input`; nil when there is none.
private func python(_ script: String, _ input: Data) throws -> Data? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    let (standardInput, standardOutput) = (Pipe(), Pipe())
    process.standardInput = standardInput
    process.standardOutput = standardOutput
    try process.run()
    standardInput.fileHandleForWriting.write(input)
    try standardInput.fileHandleForWriting.close()
    let output = try standardOutput.fileHandleForReading.readToEnd()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? output : nil
}

private let hasPython = (try? python("print()", Data())) != nil

@Suite struct JSONWriterTests {
    private let sample: JSONValue = .object([
        "text": .string("é \"q\" \\ / \n\t\u{1}\u{7F}\u{2028}😀"), "empty": .object([:]), "none": .array([]),
        "list": .array([
            .integer(1), .number(0.5), .null, .bool(true), .object(["x": .array([.array([.bool(false)])])]),
        ]),
    ])

    private func written(_ value: JSONValue, _ style: JSONWriter.Style) -> String {
        var writer = JSONWriter(style: style)
        writer.value(value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(arguments: [JSONWriter.Style.compact, .spaced, .indented(2)])
    func readsBackWhatItWrote(style: JSONWriter.Style) throws {
        #expect(try JSONValue(parsing: Array(written(sample, style).utf8)) == sample)
    }

    @Test(.enabled(if: hasPython, "needs python3"))
    func equalsPythonsText() throws {
        let styles: [(JSONWriter.Style, String)] = [
            (.compact, "separators=(',', ':')"), (.spaced, ""), (.indented(2), "indent=2"), (.indented(0), "indent=0"),
        ]
        for (style, options) in styles {
            let text = written(sample, style)
            let script =
                "import json,sys; v=json.loads(sys.stdin.buffer.read()); "
                + "sys.stdout.buffer.write(json.dumps(v, ensure_ascii=False, \(options)).encode())"
            let output = try #require(try python(script, Data(text.utf8)))
            #expect(String(decoding: output, as: UTF8.self) == text)
        }
    }

    @Test(.enabled(if: hasPython, "needs python3"))
    func equalsPythonsNumbers() throws {
        var generator = SystemRandomNumberGenerator()
        var values: [Double] = [
            0, -0.0, 1, -1, 0.1, 1e-4, 1e-5, 1.5e-5, 123456.789, 1e15, 1e16, 1.2e16, 12_345_678_901_234_568, -1e16,
            1.8e16, 1e17,
            1e22, 0x1p53, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .nan, .infinity, -.infinity,
        ]
        values += (0..<2000).map { _ in Double(bitPattern: generator.next()) }
        values += (0..<2000).map { _ in Double.random(in: -1e17...1e17, using: &generator) }
        var writer = JSONWriter(style: .compact, nonFinite: .pythonLiterals)
        writer.beginArray()
        for value in values { writer.value(value) }
        writer.endArray()
        let bits = values.withUnsafeBytes { Data($0) }
        let script =
            "import json,struct,sys; b=sys.stdin.buffer.read(); "
            + "print(json.dumps(struct.unpack('<%dd' % (len(b)//8), b), separators=(',',':')), end='')"
        let output = String(decoding: try #require(try python(script, bits)), as: UTF8.self)
        let ours = String(decoding: writer.bytes, as: UTF8.self)
        for (a, b) in zip(ours.split(separator: ","), output.split(separator: ",")) { #expect(a == b) }
        #expect(ours.utf8.count == output.utf8.count)
    }

    @Test func nonFiniteNumbersBecomeNull() {
        #expect(written(.array([.number(.nan), .number(.infinity)]), .compact) == "[null,null]")
    }
}
