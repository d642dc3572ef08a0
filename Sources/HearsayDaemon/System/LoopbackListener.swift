internal import Glibc

/// A listening TCP socket on this machine alone: the protocol knows no passwords.
package enum LoopbackListener {
    /// - Parameter address: such as `127.0.0.1:10300` or `[::1]:10300`.
    /// - Returns: a descriptor, which belongs to the caller.
    /// - Throws: ``DaemonError/Code/socketUnusable``.
    package static func open(_ address: String) throws(DaemonError) -> Int32 {
        let port: UInt16
        let family: Int32
        do throws(ConfigurationKey.Refusal) {
            (family, port) = try parse(address)
        } catch {
            throw unusable(address, error.reason)
        }
        guard family == AF_INET6 else {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            return try listen(&name, AF_INET, address)
        }
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        name.sin6_addr.__in6_u.__u6_addr8.15 = 1
        return try listen(&name, AF_INET6, address)
    }

    /// What an address of the configuration says.
    static func parse(_ address: String) throws(ConfigurationKey.Refusal) -> (family: Int32, port: UInt16) {
        guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]) else {
            throw ConfigurationKey.Refusal(reason: "an address is written 127.0.0.1:10300 or [::1]:10300")
        }
        switch address[..<colon] {
        case "127.0.0.1", "localhost": return (AF_INET, port)
        case "[::1]": return (AF_INET6, port)
        default:
            throw ConfigurationKey.Refusal(
                reason: "only 127.0.0.1 and [::1] are served, because anybody who reaches the port may use it; for "
                    + "other machines put a proxy with a password before it")
        }
    }

    private static func listen<Name>(
        _ name: inout Name, _ family: Int32, _ address: String
    ) throws(DaemonError) -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw unusable(address, String(cString: strerror(errno))) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let size = socklen_t(MemoryLayout<Name>.size)
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard result == 0, Glibc.listen(descriptor, 128) == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw unusable(address, reason)
        }
        return descriptor
    }

    private static func unusable(_ address: String, _ reason: String) -> DaemonError {
        DaemonError(.socketUnusable, "cannot listen on \(address): \(reason)")
    }
}
