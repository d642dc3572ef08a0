public import HearsayDaemon
internal import ServiceLifecycle

/// OpenAI's interface as a part of the daemon: off unless the configuration names a socket, or systemd passes one.
public enum HTTPPart {
    /// Opens the sockets; nothing is served yet.
    ///
    /// - Throws: `DaemonError` `server.socket_unusable`, or `config.invalid` for a key file that others can read.
    public static func part(_ foundations: Daemon.Foundations) throws -> Daemon.Part {
        let configuration = foundations.configuration.http
        var sockets = foundations.sockets.filter(\.isForHTTP).map {
            ListeningSocket(descriptor: $0.descriptor, isUnix: $0.isUnix, name: "inherited \($0.name)")
        }
        var ownSocket: UnixListener?
        if let path = configuration.socket {
            let listener = try UnixListener(path: path, mode: foundations.configuration.socket.mode)
            ownSocket = listener
            sockets.append(ListeningSocket(descriptor: listener.descriptor, isUnix: true, name: "http:\(path)"))
        }
        if let tcp = configuration.tcp {
            sockets.append(
                ListeningSocket(descriptor: try LoopbackListener.open(tcp), isUnix: false, name: "http://\(tcp)"))
        }
        guard !sockets.isEmpty else { return Daemon.Part() }
        // Wrong permissions are told now, and not to the first client.
        _ = try BearerToken(configuration)
        let (listening, listener) = (sockets, ownSocket)
        return Daemon.Part { daemon in
            [
                HTTPService(
                    server: SocketServer(context: daemon, sockets: listening, serving: HTTPServing(daemon)),
                    ownSocket: listener)
            ]
        }
    }
}

/// Serves, and leaves no socket behind.
private struct HTTPService: Service {
    let server: SocketServer<HTTPServing>
    let ownSocket: UnixListener?

    func run() async throws {
        defer { ownSocket?.remove() }
        try await server.run()
    }
}
