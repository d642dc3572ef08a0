internal import Glibc

/// A listening socket that the service manager opened for us, which a client can therefore reach while we start.
public struct InheritedSocket: Sendable, Equatable {
    public let descriptor: Int32
    /// What the unit calls it (`FileDescriptorName=`); `unknown` where it does not.
    public let name: String
    /// False for TCP.
    public let isUnix: Bool

    /// Whether the unit means it for the HTTP interface.
    package var isForHTTP: Bool { name.contains("http") }

    /// First of the descriptors that are passed, by convention.
    private static let first: Int32 = 3

    /// The sockets that were passed to this process, which children will not inherit.
    ///
    /// - Throws: ``DaemonError/Code/socketUnusable`` for one that other machines reach.
    public static func all(environment: [String: String]) throws(DaemonError) -> [InheritedSocket] {
        guard environment["LISTEN_PID"].flatMap({ Int32($0) }) == getpid(),
            let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }), (1...64).contains(count)
        else { return [] }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
        var sockets: [InheritedSocket] = []
        for index in 0..<count {
            let descriptor = first + index
            guard let address = address(of: descriptor) else { continue }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let name = names.indices.contains(Int(index)) ? String(names[Int(index)]) : "unknown"
            let isUnix = address.ss_family == sa_family_t(AF_UNIX)
            guard isUnix || isLoopback(address) else {
                throw DaemonError(
                    .socketUnusable,
                    "the service manager passed a socket that other machines may reach, as \"\(name)\"; only 127.0.0.1 "
                        + "and [::1] are served: begin its ListenStream= with one of them")
            }
            sockets.append(InheritedSocket(descriptor: descriptor, name: name, isUnix: isUnix))
        }
        return sockets
    }

    private static func address(of descriptor: Int32) -> sockaddr_storage? {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return result == 0 ? address : nil
    }

    private static func isLoopback(_ address: sockaddr_storage) -> Bool {
        withUnsafePointer(to: address) { pointer in
            switch Int32(address.ss_family) {
            case AF_INET:
                pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    UInt32(bigEndian: $0.pointee.sin_addr.s_addr) >> 24 == 127
                }
            case AF_INET6:
                pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { name in
                    withUnsafeBytes(of: name.pointee.sin6_addr) {
                        $0.elementsEqual([UInt8](repeating: 0, count: 15) + [1])
                    }
                }
            default: false
            }
        }
    }
}
