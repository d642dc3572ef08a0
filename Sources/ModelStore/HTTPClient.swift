import CCurl

/// The first line and the headers of a response, as far as the store needs them.
struct HTTPResponseHead: Sendable {
    /// 200, 206, 404 …; 0 before any response.
    private(set) var status = 0
    /// Size of the body that follows, in bytes.
    private(set) var contentLength: Int?
    /// A validator fit for `If-Range`: the strong entity tag, else the date of change.
    private(set) var validator: String?
    /// The entity tag without quotes.
    private(set) var entityTag: String?
    /// The entity tag of the file behind a redirect: a hub sends it before it redirects to its storage.
    private(set) var linkedEntityTag: String?
    /// First byte and whole size of a partial body (`Content-Range: bytes first-last/size`).
    private(set) var range: (first: Int?, total: Int?)?

    /// Takes in one header line. A status line begins a new response, of which only the last counts.
    mutating func take(_ line: String) {
        if line.hasPrefix("HTTP/") {
            let linked = linkedEntityTag
            self = HTTPResponseHead()
            linkedEntityTag = linked
            let fields = line.split(separator: " ")
            status = fields.count > 1 ? Int(fields[1]) ?? 0 : 0
            return
        }
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...].trimmingSpaces()
        switch line[..<colon].lowercased() {
        case "content-length": contentLength = Int(value).flatMap { $0 >= 0 ? $0 : nil }
        case "content-range": range = Self.parseRange(value)
        case "etag":
            entityTag = Self.unquoted(value)
            if !value.hasPrefix("W/") { validator = String(value) }
        case "x-linked-etag": linkedEntityTag = Self.unquoted(value)
        case "last-modified": validator = validator ?? String(value)
        default: break
        }
    }

    private static func unquoted(_ value: Substring) -> String {
        String((value.hasPrefix("W/") ? value.dropFirst(2) : value).filter { $0 != "\"" })
    }

    private static func parseRange(_ value: Substring) -> (first: Int?, total: Int?)? {
        guard value.hasPrefix("bytes "), let slash = value.firstIndex(of: "/") else { return nil }
        let first = value.dropFirst(6).prefix { $0.isNumber }
        return (Int(first), Int(value[value.index(after: slash)...]))
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        var text = self.drop(while: \.isWhitespace)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}

/// Blocking HTTP GET requests, with the proxies of the environment and the certificates of the system.
struct HTTPClient: Sendable {
    /// Seconds to connect.
    var connectTimeout = 20
    /// Seconds without a byte after which a transfer counts as broken.
    var stallTimeout = 60

    /// Requests `url` and hands over the body piece by piece while the status is a success.
    ///
    /// Throws what `onBody` throws; `store.cancelled` once `shouldStop` says so; `store.unreachable`,
    /// `store.interrupted` and `store.transport`. A status that is no success is no error here.
    func get(
        _ url: String, headers: [String] = [],
        onBody: @escaping (HTTPResponseHead, UnsafeRawBufferPointer) throws(ModelStoreError) -> Void,
        shouldStop: @escaping () -> Bool
    ) throws(ModelStoreError) -> HTTPResponseHead {
        let transfer = Transfer(onBody: onBody, shouldStop: shouldStop)
        var message = [CChar](repeating: 0, count: 512)
        let outcome = perform(url, headers, transfer, &message)
        if let failure = transfer.failure { throw failure }
        let reason = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        switch outcome {
        case HEARSAY_HTTP_OK: return transfer.head
        case HEARSAY_HTTP_STOPPED: throw ModelStoreError(.cancelled, "stopped the download of \(url)")
        case HEARSAY_HTTP_BAD_URL:
            throw ModelStoreError(.nameInvalid, "'\(url)' is not an http or https address: \(reason)")
        case HEARSAY_HTTP_UNREACHABLE:
            throw ModelStoreError(.unreachable, "could not reach the server of \(url): \(reason)")
        case HEARSAY_HTTP_INTERRUPTED:
            throw ModelStoreError(.interrupted, "the transfer of \(url) broke off: \(reason)")
        case HEARSAY_HTTP_NO_LIBRARY:
            throw ModelStoreError(.transport, "downloads need libcurl (install the package libcurl4): \(reason)")
        default: throw ModelStoreError(.transport, "the transfer of \(url) failed: \(reason)")
        }
    }

    private func perform(
        _ url: String, _ headers: [String], _ transfer: Transfer, _ message: inout [CChar]
    ) -> hearsay_http_outcome {
        var lines: [UnsafeMutablePointer<CChar>?] = headers.map { strdupText($0) }
        defer { for line in lines { line?.deallocate() } }
        lines.append(nil)
        return url.withCString { url in
            lines.withUnsafeBufferPointer { lines in
                lines.withMemoryRebound(to: UnsafePointer<CChar>?.self) { lines in
                    var request = hearsay_http_request()
                    request.url = url
                    request.headers = lines.baseAddress
                    request.connect_timeout = connectTimeout
                    request.stall_timeout = stallTimeout
                    request.context = Unmanaged.passUnretained(transfer).toOpaque()
                    request.on_header = { context, bytes, count in Transfer.from(context)?.takeHeader(bytes, count) ?? 1
                    }
                    request.on_body = { context, bytes, count in Transfer.from(context)?.takeBody(bytes, count) ?? 1 }
                    request.should_stop = { context in Transfer.from(context)?.shouldStop() ?? true ? 1 : 0 }
                    return withExtendedLifetime(transfer) {
                        hearsay_http_get(&request, &message, message.count)
                    }
                }
            }
        }
    }

    private func strdupText(_ text: String) -> UnsafeMutablePointer<CChar> {
        let bytes = text.utf8CString
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        copy.initialize(from: Array(bytes), count: bytes.count)
        return copy
    }
}

/// The state of one transfer, reached from the C callbacks in the thread that runs it.
private final class Transfer {
    var head = HTTPResponseHead()
    var failure: ModelStoreError?
    let shouldStop: () -> Bool
    private let onBody: (HTTPResponseHead, UnsafeRawBufferPointer) throws(ModelStoreError) -> Void

    init(
        onBody: @escaping (HTTPResponseHead, UnsafeRawBufferPointer) throws(ModelStoreError) -> Void,
        shouldStop: @escaping () -> Bool
    ) {
        self.onBody = onBody
        self.shouldStop = shouldStop
    }

    static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    func takeHeader(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
        head.take(String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self))
        return 0
    }

    func takeBody(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
        guard (200..<300).contains(head.status) else { return 0 }
        do throws(ModelStoreError) {
            try onBody(head, UnsafeRawBufferPointer(start: bytes, count: count))
        } catch {
            failure = error
            return 1
        }
        return shouldStop() ? 1 : 0
    }
}
