internal import Glibc
internal import NIOCore
internal import Synchronization

/// Who is at the other end of a connection, as the kernel tells it.
public struct Peer: Sendable, Equatable {
    /// User number; nil where it cannot be known, as by TCP.
    public let user: UInt32?

    /// Whose work it counts as: all that come by TCP together are nobody.
    public var account: UInt32 { user ?? Self.nobody }

    /// The user that the kernel names where it cannot tell who it is; never to be trusted.
    static let nobody: UInt32 = 65_534

    /// Process number, for the log: it never decides anything, because numbers are used again.
    let process: Int32?
    /// Of this connection, which no other has had.
    let connection: UInt64

    private static let connections = Atomic<UInt64>(0)

    public init(user: UInt32?, process: Int32? = nil) {
        self.user = user
        self.process = process
        connection = Self.connections.add(1, ordering: .relaxed).newValue
    }

    /// Asks for the credentials of a Unix socket's peer.
    ///
    /// - Throws: ``DaemonError/Code/forbidden`` where they cannot be told; `CancellationError` where the peer is gone.
    static func of(_ channel: any Channel, isUnix: Bool) async throws -> Peer {
        guard isUnix else { return Peer(user: nil) }
        guard let provider = channel as? any SocketOptionProvider else {
            throw DaemonError(.forbidden, "who connects cannot be told on this socket")
        }
        let credentials: Credentials
        do {
            credentials = try await provider.unsafeGetSocketOption(
                level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
            ).get()
        } catch {
            throw CancellationError()
        }
        return Peer(user: credentials.user, process: credentials.process)
    }

    /// `struct ucred`, which glibc hides.
    private struct Credentials: Sendable {
        var process: Int32 = 0
        var user: UInt32 = Peer.nobody
        var group: UInt32 = Peer.nobody
    }

    /// Whether the peer may use a device: whoever comes by TCP is nobody in particular, and other users than the
    /// daemon's own must be let in: all, or the one who sits at the machine.
    ///
    /// - Parameters:
    ///   - device: for people, such as `microphone`.
    ///   - section: of the configuration, whose `access` is `access`.
    /// - Throws: ``DaemonError/Code/forbidden``.
    func checkDevice(_ device: String, _ access: String, section: String) throws(DaemonError) -> UInt32 {
        guard access != "none" else {
            throw DaemonError(.forbidden, "the \(device) is not for use: \(section).access is \"none\"")
        }
        guard let user else {
            throw DaemonError(
                .forbidden,
                "who connects by TCP cannot be told, so that the \(device) is not for them; use the Unix socket")
        }
        guard access == "any" || user == getuid() || user == 0 || access == "seat" && user == Seat.activeUser
        else {
            let whose = access == "seat" ? "user \(getuid()) and whoever sits at the machine" : "user \(getuid())"
            throw DaemonError(
                .forbidden, "only \(whose) may use this \(device); \(section).access = \"any\" lets others")
        }
        return user
    }

    /// - Returns: the user, and what must stay true while the microphone is open, if anything can change.
    /// - Throws: ``DaemonError/Code/forbidden``.
    func checkMicrophone(
        _ settings: DaemonConfiguration.Dictation
    ) throws(DaemonError) -> (user: UInt32, while: (@Sendable () -> Bool)?) {
        let user = try checkDevice("microphone", settings.access, section: "dictation")
        guard settings.access == "seat", user != getuid(), user != 0 else { return (user, nil) }
        return (user, { user == Seat.activeUser })
    }

    /// - Throws: ``DaemonError/Code/forbidden``.
    func checkAccess(_ access: DaemonConfiguration.Access) throws(DaemonError) {
        guard let user else { return }
        guard user != Self.nobody else {
            throw DaemonError(
                .forbidden, "the kernel does not tell who connects (a user namespace hides it); such peers are refused")
        }
        guard access == .any || user == getuid() || user == 0 else {
            throw DaemonError(
                .forbidden, "this hearsayd serves user \(getuid()) only; socket.access = \"any\" serves others")
        }
    }
}
