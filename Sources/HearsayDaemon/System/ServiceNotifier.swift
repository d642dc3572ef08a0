internal import Glibc

/// Tells the service manager how the daemon is, by sd_notify(3)'s protocol. Does nothing where nobody wants to know.
public struct ServiceNotifier: Sendable {
    private let address: String?
    /// Half of the time in which the service manager wants to hear from us; nil if it does not.
    public let watchdogInterval: Duration?

    public init(environment: [String: String]) {
        address = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        let isOurs = environment["WATCHDOG_PID"].map { Int32($0) == getpid() } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdogInterval = isOurs && microseconds > 0 ? .microseconds(microseconds / 2) : nil
    }

    public func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }

    public func stopping() { send("STOPPING=1\nSTATUS=stopping") }

    public func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        send("RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1_000)")
    }

    public func alive() { send("WATCHDOG=1") }

    private func send(_ text: String) {
        guard let address, let target = SocketAddress(unixPath: address) else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        // Nobody listening is the service manager's own affair.
        _ = target.withPointer { sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, $1) }
    }
}

/// An address of a Unix socket: a path, or a name in the abstract namespace written with a leading `@`.
struct SocketAddress {
    private var address = sockaddr_un()
    private let length: socklen_t

    /// Nil when the path is empty, holds NUL or is longer than such addresses can be.
    init?(unixPath path: String) {
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard !bytes.isEmpty, bytes.count < room, !bytes.contains(0) else { return nil }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { target in
            target.copyBytes(from: bytes)
            if bytes[0] == UInt8(ascii: "@") { target[0] = 0 }
        }
        let header = MemoryLayout<sockaddr_un>.size - room
        length = socklen_t(header + bytes.count + (bytes[0] == UInt8(ascii: "@") ? 0 : 1))
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
