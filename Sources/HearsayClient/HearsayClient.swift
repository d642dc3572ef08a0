internal import Glibc
public import WireProtocol

/// A connection to hearsayd over its Unix socket. Blocks the calling thread, and belongs to one thread at a time.
public final class HearsayClient {
    /// To be waited for by `poll`, together with others; see ``hasAnswer``.
    public let descriptor: Int32
    private var decoder = EventDecoder()
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    /// When what is being waited for should have come; nil where that may take any time.
    private var deadline: ContinuousClock.Instant?
    private let path: String

    /// How long a daemon that works takes at most for what it need not compute.
    public static let patience = Duration.seconds(15)

    /// Connects.
    ///
    /// - Throws: ``ClientError/Code/unavailable`` if nobody serves the socket, ``ClientError/Code/forbidden``.
    public init(path: String) throws(ClientError) {
        self.path = path
        descriptor = try Self.connect(path)
    }

    deinit { close(descriptor) }

    /// The socket where hearsayd is found: `$HEARSAY_SOCKET`; else that of this user's session, of the machine.
    public static func socketPaths(environment: [String: String]) -> [String] {
        if let path = environment["HEARSAY_SOCKET"], !path.isEmpty { return [path] }
        let session = environment["XDG_RUNTIME_DIR"].map { "\($0)/hearsay/hearsay.sock" }
        return [session, "/run/hearsay/hearsay.sock"].compactMap(\.self)
    }

    /// Connects to the first socket that somebody serves.
    ///
    /// - Throws: ``ClientError/Code/forbidden``, or ``ClientError/Code/unavailable`` naming all that were tried.
    public static func connect(environment: [String: String]) throws(ClientError) -> HearsayClient {
        let paths = socketPaths(environment: environment)
        var refusal: ClientError?
        for path in paths {
            do {
                return try HearsayClient(path: path)
            } catch {
                if error.code == .forbidden { refusal = error }
            }
        }
        if let refusal { throw refusal }
        throw ClientError(
            .unavailable,
            "hearsayd does not run (nobody serves \(paths.joined(separator: " or "))); start it with "
                + "`systemctl --user start hearsayd`, or hearsayd")
    }

    /// Sends an event, and waits until the system has taken it.
    ///
    /// - Throws: ``ClientError/Code/disconnected``, `CancellationError`.
    public func send(_ message: some WireMessage) throws {
        let bytes = EventEncoder.encode(message)
        var sent = 0
        while sent < bytes.count {
            try wait(for: POLLOUT)
            let count = bytes.withUnsafeBytes { buffer in
                let rest = UnsafeRawBufferPointer(rebasing: buffer[sent...])
                return Glibc.send(
                    descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            guard count >= 0 || errno == EAGAIN || errno == EINTR else {
                // Why it hung up may lie among what was not read yet.
                if let event = try? receive(), event.type == WireErrorEvent.type { throw Self.failure(event) }
                throw Self.lost(String(cString: strerror(errno)))
            }
            sent += max(0, count)
        }
    }

    /// The next event.
    ///
    /// - Throws: ``ClientError`` with the daemon's own code for an `error` event, ``ClientError/Code/disconnected``,
    ///   `CancellationError`.
    public func next() throws -> WireEvent {
        let event = try receive()
        if event.type == WireErrorEvent.type { throw Self.failure(event) }
        return event
    }

    /// Asks for something that one event answers.
    ///
    /// - Parameter patience: how long to wait for the answer; nil for what takes any time.
    /// - Throws: as ``next()``, and ``ClientError/Code/unavailable`` when no answer comes.
    public func ask<Answer: WireMessage>(
        _ question: some WireMessage, for answer: Answer.Type, within patience: Duration? = HearsayClient.patience
    ) throws -> Answer {
        deadline = patience.map { .now + $0 }
        defer { deadline = nil }
        try send(question)
        while true {
            let event = try next()
            // What we do not know was not asked for.
            if event.type == Answer.type { return try Answer(event) }
        }
    }

    /// Whether an event, or a part of one, waits to be read.
    public var hasAnswer: Bool {
        if decoder.isMidEvent { return true }
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&state, 1, 0) > 0
    }

    // MARK: Descriptor

    private func receive() throws -> WireEvent {
        while true {
            if let event = try decoder.next() { return event }
            try wait(for: POLLIN)
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else {
                throw Self.lost(count == 0 ? "it closed the connection" : String(cString: strerror(errno)))
            }
            decoder.append(buffer[..<count])
        }
    }

    /// Waits in short pieces, so that a cancelled task does not wait for ever.
    private func wait(for events: Int32) throws {
        var state = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            try Task.checkCancellation()
            if let deadline, .now > deadline {
                throw ClientError(
                    .unavailable,
                    "hearsayd has \(path) open and does not answer; see its log (`journalctl --user -u hearsayd`), or "
                        + "restart it")
            }
            let ready = poll(&state, 1, 100)
            guard ready == 0 || ready < 0 && errno == EINTR else { return }
        }
    }

    private static func connect(_ path: String) throws(ClientError) -> Int32 {
        var address = sockaddr_un()
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else {
            throw ClientError(.unavailable, "\(path) is too long for a socket's path")
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ClientError(.unavailable, String(cString: strerror(errno))) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
        }
        guard result == 0 else {
            let number = errno
            close(descriptor)
            let reason = String(cString: strerror(number))
            guard number != EACCES else {
                throw ClientError(.forbidden, "this user may not use hearsayd's socket \(path): \(reason)")
            }
            throw ClientError(.unavailable, "hearsayd does not serve \(path): \(reason)")
        }
        return descriptor
    }

    private static func lost(_ reason: String) -> ClientError {
        ClientError(.disconnected, "the connection to hearsayd was lost: \(reason)")
    }

    private static func failure(_ event: WireEvent) -> ClientError {
        guard let error = try? WireErrorEvent(event) else {
            return ClientError(.disconnected, "hearsayd answered with an error that cannot be read")
        }
        return ClientError(ClientError.Code(rawValue: error.code ?? "unexpected"), error.text)
    }
}

/// Why the daemon cannot be reached, or what it answered instead of what it was asked for.
public struct ClientError: Error, Sendable, CustomStringConvertible {
    /// A stable, dotted name: the daemon's own, or one of those here.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// No daemon serves the socket.
        public static let unavailable = Code(rawValue: "client.daemon_unavailable")
        /// The system keeps this user from the socket.
        public static let forbidden = Code(rawValue: "client.socket_forbidden")
        /// The daemon hung up.
        public static let disconnected = Code(rawValue: "client.disconnected")
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(message) [\(code.rawValue)]" }
}
