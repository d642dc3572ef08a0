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
    public static func all(environment: [String: String]) -> [InheritedSocket] {
        guard environment["LISTEN_PID"].flatMap({ Int32($0) }) == getpid(),
            let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }), (1...64).contains(count)
        else { return [] }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
        return (0..<count).compactMap { index in
            let descriptor = first + index
            var address = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let result = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
            }
            guard result == 0 else { return nil }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let name = names.indices.contains(Int(index)) ? String(names[Int(index)]) : "unknown"
            return InheritedSocket(
                descriptor: descriptor, name: name, isUnix: address.ss_family == sa_family_t(AF_UNIX))
        }
    }
}
