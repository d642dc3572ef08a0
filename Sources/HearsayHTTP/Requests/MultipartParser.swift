internal import Glibc

/// Takes `multipart/form-data` (RFC 7578) apart as it arrives, holding no more than a part's header, or as many bytes as
/// could be the beginning of a boundary.
struct MultipartParser {
    enum Event: Equatable {
        /// A part begins.
        case part(name: String, fileName: String?)
        /// The next bytes of its content; there may be none.
        case content([UInt8])
        case partEnd
    }

    private enum State {
        /// Before the first boundary.
        case preamble
        /// Behind a boundary.
        case boundary
        case header
        case content
        /// A part's content is complete, and was handed out; its end is not.
        case contentEnd
        /// Behind the last boundary, where nothing counts.
        case epilogue
    }

    /// Line break and boundary.
    private let delimiter: [UInt8]
    private var buffer: [UInt8]
    /// Bytes of the buffer that are done with.
    private var start = 0
    private var state = State.preamble
    private var parts = 0

    /// Longest boundary, by RFC 2046.
    private static let longestBoundary = 70
    private static let longestPreamble = 1 << 10
    private static let longestHeader = 8 << 10
    private static let mostParts = 128
    /// White space between a boundary and its line break.
    private static let longestPadding = 64

    /// - Parameter contentType: the header's value.
    /// - Throws: ``RequestError/Code/contentTypeUnsupported``, ``RequestError/Code/bodyInvalid`` without a boundary.
    init(contentType: String?) throws(RequestError) {
        let type = HeaderParameters(contentType ?? "")
        guard type.value == "multipart/form-data" else {
            throw RequestError(
                .contentTypeUnsupported, "the body must be multipart/form-data, not '\(type.value.prefix(80))'")
        }
        guard let boundary = type["boundary"]?.utf8, (1...Self.longestBoundary).contains(boundary.count),
            boundary.allSatisfy({ (0x20...0x7e).contains($0) })
        else {
            throw RequestError(
                .bodyInvalid, "the content type names no boundary of 1 to \(Self.longestBoundary) ASCII characters")
        }
        delimiter = [13, 10, 45, 45] + boundary
        // The first boundary has no line break before it if it comes first.
        buffer = [13, 10]
    }

    mutating func append(_ bytes: some Collection<UInt8>) {
        guard state != .epilogue else { return }
        buffer.removeFirst(start)
        start = 0
        buffer += bytes
    }

    /// What comes next; nil where more bytes are needed.
    ///
    /// - Throws: ``RequestError/Code/bodyInvalid``.
    mutating func next() throws(RequestError) -> Event? {
        while true {
            switch state {
            case .preamble: guard try skipPreamble() else { return nil }
            case .boundary: guard try endBoundary() else { return nil }
            case .header: return try takeHeader()
            case .content: return takeContent()
            case .contentEnd:
                state = .boundary
                return .partEnd
            case .epilogue:
                start = buffer.count
                return nil
            }
        }
    }

    /// To be called at the end of the body.
    ///
    /// - Throws: ``RequestError/Code/bodyInvalid`` if the last boundary is missing.
    func finish() throws(RequestError) {
        guard state == .epilogue else { throw Self.invalid("it ends before its last boundary") }
    }

    // MARK: Steps

    private mutating func skipPreamble() throws(RequestError) -> Bool {
        guard let found = indexOf(delimiter, within: min(buffer.count, start + Self.longestPreamble)) else {
            guard buffer.count - start < Self.longestPreamble else {
                throw Self.invalid("there is no boundary in its first \(Self.longestPreamble) bytes")
            }
            return false
        }
        start = found + delimiter.count
        state = .boundary
        return true
    }

    private mutating func endBoundary() throws(RequestError) -> Bool {
        let rest = buffer[start...]
        guard rest.count >= 2 else { return false }
        if rest.starts(with: [45, 45]) {
            state = .epilogue
            return true
        }
        let line = rest.drop { $0 == 32 || $0 == 9 }
        guard line.startIndex - start <= Self.longestPadding else { throw Self.invalid("a boundary is too long") }
        guard line.count >= 2 else { return false }
        guard line.starts(with: [13, 10]) else { throw Self.invalid("a boundary is not followed by a line break") }
        parts += 1
        guard parts <= Self.mostParts else { throw Self.invalid("it has more than \(Self.mostParts) parts") }
        start = line.startIndex + 2
        state = .header
        return true
    }

    private mutating func takeHeader() throws(RequestError) -> Event? {
        let window = min(buffer.count, start + Self.longestHeader)
        guard let end = indexOf([13, 10, 13, 10], within: window) else {
            guard window < start + Self.longestHeader else {
                throw Self.invalid("a part's header has more than \(Self.longestHeader) bytes")
            }
            return nil
        }
        let header = String(decoding: buffer[start..<end], as: UTF8.self)
        start = end + 4
        state = .content
        for line in header.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "content-disposition" else {
                continue
            }
            let disposition = HeaderParameters(String(line[line.index(after: colon)...]))
            guard disposition.value == "form-data", let name = disposition["name"] else { break }
            return .part(name: name, fileName: disposition["filename"])
        }
        throw Self.invalid("a part has no name")
    }

    private mutating func takeContent() -> Event? {
        let content: [UInt8]
        if let found = indexOf(delimiter, within: buffer.count) {
            content = Array(buffer[start..<found])
            start = found + delimiter.count
            state = .contentEnd
            return .content(content)
        }
        // What may be the beginning of a boundary stays.
        let end = max(start, buffer.count - delimiter.count + 1)
        guard end > start else { return nil }
        content = Array(buffer[start..<end])
        start = end
        return .content(content)
    }

    /// Where `pattern`, which begins with a carriage return, stands first in what is left of the buffer's first `count`
    /// bytes.
    private func indexOf(_ pattern: [UInt8], within count: Int) -> Int? {
        buffer.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return nil }
            var from = start
            while from + pattern.count <= count {
                guard let found = memchr(base + from, 13, count - pattern.count + 1 - from) else { return nil }
                let index = UnsafeRawPointer(found) - base
                if memcmp(base + index, pattern, pattern.count) == 0 { return index }
                from = index + 1
            }
            return nil
        }
    }

    private static func invalid(_ reason: String) -> RequestError {
        RequestError(.bodyInvalid, "the multipart body is malformed: \(reason)")
    }
}
