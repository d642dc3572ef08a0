/// A first look at a protocol buffer, before the decoder makes objects of it: an object may take many times the bytes
/// that announce it, so all that is not weights must be small.
struct ProtobufOutline {
    /// No voice comes near it.
    static let maximumFile = 512 << 20
    /// Bytes of everything but weights; real voices have less than 1 MiB.
    static let maximumStructure = 8 << 20
    /// Operations, attributes and tensors; real voices have about 10 000. Each becomes an object of 70 bytes and more.
    static let maximumMessages = 100_000
    /// Names and numbers in all of these; real voices have about 100 000.
    static let maximumFields = 1_000_000

    /// The messages on the way to a tensor's numbers.
    private enum Message {
        case model, graph, node, attribute, tensor

        func child(_ field: UInt64) -> Message? {
            switch (self, field) {
            case (.model, 7): .graph
            case (.graph, 1): .node
            case (.graph, 5): .tensor
            case (.node, 5): .attribute
            case (.attribute, 5): .tensor
            default: nil
            }
        }

        /// Whether the field holds a tensor's numbers, which are kept byte for byte.
        func isPayload(_ field: UInt64) -> Bool { self == .tensor && (field == 4 || field == 9) }
    }

    private let bytes: UnsafeRawBufferPointer
    private var payload = 0
    private var messages = 0
    private var fields = 0

    static func check(_ contents: UnsafeRawBufferPointer, path: String) throws(ONNXFileError) {
        guard contents.count <= maximumFile else {
            throw ONNXFileError(
                .tooLarge, path, "has \(contents.count) bytes; a voice has at most \(maximumFile)")
        }
        var outline = ProtobufOutline(bytes: contents)
        let isWhole = outline.walk(0..<contents.count, .model)
        guard !outline.isTooLarge else {
            throw ONNXFileError(
                .tooLarge, path,
                "has more than \(maximumMessages) operations and tensors, or \(maximumFields) names and numbers")
        }
        guard isWhole else {
            throw ONNXFileError(.invalid, path, "is no ONNX model: it is no protocol buffer")
        }
        let structure = contents.count - outline.payload
        guard structure <= maximumStructure else {
            throw ONNXFileError(
                .tooLarge, path,
                "has \(structure) bytes that are not weights; a voice has at most \(maximumStructure)")
        }
    }

    private var isTooLarge: Bool { messages > Self.maximumMessages || fields > Self.maximumFields }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Returns false when a field ends beyond its message, or there are too many. No message is deeper than the five kinds.
    private mutating func walk(_ range: Range<Int>, _ message: Message) -> Bool {
        var at = range.lowerBound
        messages += 1
        while at < range.upperBound {
            fields += 1
            guard !isTooLarge, let key = varint(&at, range.upperBound) else { return false }
            switch key & 7 {
            case 0: guard varint(&at, range.upperBound) != nil else { return false }
            case 1: at += 8
            case 5: at += 4
            case 2:
                guard let length = varint(&at, range.upperBound), length <= UInt64(range.upperBound - at) else {
                    return false
                }
                let field = at..<(at + Int(length))
                if message.isPayload(key >> 3) { payload += field.count }
                if let child = message.child(key >> 3), !walk(field, child) { return false }
                at = field.upperBound
            default: return false
            }
        }
        return at == range.upperBound
    }

    private func varint(_ at: inout Int, _ end: Int) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, through: 63, by: 7) {
            guard at < end else { return nil }
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        return nil
    }
}
