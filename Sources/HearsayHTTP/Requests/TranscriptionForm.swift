internal import HearsayDaemon
internal import Hummingbird
internal import NIOCore

/// The fields of an upload, and the recording on disk: what of the body must be kept, and nothing else of it.
struct TranscriptionForm {
    let spool: Spool
    private var fields: [(name: String, value: String)] = []
    private var hasFile = false

    /// Bytes of all fields but the file.
    private static let mostText = 256 << 10

    /// Reads the body of a request to its end.
    ///
    /// - Throws: ``RequestError``, `DaemonError` `storage.*`.
    init(_ request: Request, into spool: Spool, limit: Int) async throws {
        self.spool = spool
        var parser = try MultipartParser(contentType: request.headers[.contentType])
        var reader = FieldReader()
        var count = 0
        for try await buffer in request.body {
            count += buffer.readableBytes
            guard count <= limit else { throw RequestError.bodyTooLong(limit) }
            parser.append(buffer.readableBytesView)
            while let event = try parser.next() { try take(event, &reader) }
        }
        try parser.finish()
        guard hasFile else { throw RequestError(.fieldInvalid, "there is no 'file' in the form", field: "file") }
    }

    /// The part that is being read.
    private struct FieldReader {
        var name = ""
        var isFile = false
        var text: [UInt8] = []
        var textOfAll = 0
    }

    private mutating func take(_ event: MultipartParser.Event, _ reader: inout FieldReader) throws {
        switch event {
        case .part(let name, _):
            reader.name = name
            reader.isFile = name == "file"
            reader.text = []
            guard !(reader.isFile && hasFile) else {
                throw RequestError(
                    .fieldInvalid, "there is more than one 'file'; send one request for each", field: name)
            }
        case .content(let bytes) where reader.isFile:
            if !bytes.isEmpty { try spool.append(bytes) }
        case .content(let bytes):
            reader.textOfAll += bytes.count
            guard reader.textOfAll <= Self.mostText else {
                throw RequestError(
                    .bodyTooLong, "the fields besides 'file' have more than \(Self.mostText) bytes", field: reader.name)
            }
            reader.text += bytes
        case .partEnd where reader.isFile: hasFile = true
        case .partEnd:
            guard let value = String(validating: reader.text, as: UTF8.self) else {
                throw RequestError(
                    .fieldInvalid, "the field '\(reader.name.prefix(80))' is not UTF-8", field: reader.name)
            }
            fields.append((reader.name, value))
        }
    }

    // MARK: Fields

    /// The last value of a field; nil where it is missing or empty.
    subscript(name: String) -> String? {
        fields.last { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    /// All values of a field that may come more than once: with `[]` after its name, or without.
    func all(_ name: String) -> [String] {
        fields.filter { $0.name == name || $0.name == "\(name)[]" }.map(\.value)
    }

    func flag(_ name: String) throws(RequestError) -> Bool {
        switch self[name]?.lowercased() {
        case nil, "false", "0": false
        case "true", "1": true
        default: throw RequestError(.fieldInvalid, "'\(name)' must be true or false", field: name)
        }
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws(RequestError) -> Double? {
        guard let text = self[name] else { return nil }
        guard let number = Double(text), range.contains(number) else {
            throw RequestError(
                .fieldInvalid, "'\(name)' must be a number from \(range.lowerBound) to \(range.upperBound)", field: name
            )
        }
        return number
    }
}

extension RequestError {
    static func bodyTooLong(_ limit: Int) -> RequestError {
        RequestError(.bodyTooLong, "the body has more than \(limit) bytes (http.body_mib, limits.text_bytes)")
    }
}
