internal import Glibc
internal import Logging
package import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// What is spoken on the connections of a socket.
package protocol ConnectionServing: Sendable {
    associatedtype Inbound: Sendable
    associatedtype Outbound: Sendable

    /// Puts handlers into the pipeline of a connection that was accepted; called on its event loop.
    func prepare(_ channel: any Channel) -> EventLoopFuture<NIOAsyncChannel<Inbound, Outbound>>

    /// Serves one client until it goes; returns when the connection is closed. Cancelled when the client is gone.
    ///
    /// - Parameter socket: the one that the connection came by.
    func serve(_ client: NIOAsyncChannel<Inbound, Outbound>, _ peer: Peer, on socket: ListeningSocket) async

    /// Tells a client that is not let in why, without waiting for it, and closes the connection.
    func refuse(_ client: NIOAsyncChannel<Inbound, Outbound>, _ failure: WireFailure) async
}

/// A socket that listens already.
package struct ListeningSocket: Sendable {
    package let descriptor: Int32
    /// False for TCP, where who connects cannot be told.
    package let isUnix: Bool
    /// For the log.
    package let name: String
    /// What is said on it, where that is the wire protocol.
    let role: SocketRole

    package init(descriptor: Int32, isUnix: Bool, name: String) {
        self.init(descriptor: descriptor, isUnix: isUnix, name: name, role: .requests)
    }

    init(descriptor: Int32, isUnix: Bool, name: String, role: SocketRole) {
        self.descriptor = descriptor
        self.isUnix = isUnix
        self.name = name
        self.role = role
    }
}

/// Accepts connections on sockets of one protocol, lets in who may come, and serves each.
package struct SocketServer<Serving: ConnectionServing>: Service {
    private typealias Client = NIOAsyncChannel<Serving.Inbound, Serving.Outbound>

    private let context: DaemonContext
    private let sockets: [ListeningSocket]
    private let serving: Serving
    private let onListening: @Sendable () -> Void

    /// - Parameter onListening: is called once all sockets are listened on.
    package init(
        context: DaemonContext, sockets: [ListeningSocket], serving: Serving,
        onListening: @escaping @Sendable () -> Void = {}
    ) {
        self.context = context
        self.sockets = sockets
        self.serving = serving
        self.onListening = onListening
    }

    package func run() async throws {
        var servers: [(NIOAsyncChannel<Client, Never>, ListeningSocket)] = []
        for socket in sockets { servers.append((try await listen(socket), socket)) }
        onListening()
        let (running, registry) = (servers, context.registry)
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for (server, socket) in running { group.addTask { await accept(server, socket) } }
            }
        } onGracefulShutdown: {
            context.notifier.stopping()
            for (server, _) in running { server.channel.close(promise: nil) }
            registry.stop()
        }
    }

    private func listen(_ socket: ListeningSocket) async throws -> NIOAsyncChannel<Client, Never> {
        context.logger.info("listening", metadata: ["socket": "\(socket.name)"])
        let (serving, statistics, logger) = (serving, context.statistics, context.logger)
        return try await ServerBootstrap(group: context.eventLoops)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(statistics, logger))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .bind(socket.descriptor) { serving.prepare($0) }
    }

    private func accept(_ server: NIOAsyncChannel<Client, Never>, _ socket: ListeningSocket) async {
        do {
            try await server.executeThenClose { clients in
                await withDiscardingTaskGroup { group in
                    do {
                        for try await client in clients {
                            group.addTask { await welcome(client, socket) }
                        }
                    } catch is CancellationError {
                        context.logger.debug("told to stop accepting")
                    } catch {
                        context.logger.error("cannot accept", metadata: ["error": "\(error)"])
                    }
                }
            }
        } catch {
            context.logger.debug("stopped listening", metadata: ["error": "\(error)"])
        }
    }

    private func serve(_ client: Client, _ peer: Peer, on socket: ListeningSocket) async {
        let task = Task { await serving.serve(client, peer, on: socket) }
        // A client that is gone wants no more answers.
        client.channel.closeFuture.whenComplete { _ in task.cancel() }
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
            client.channel.close(promise: nil)
        }
    }

    private func welcome(_ client: Client, _ socket: ListeningSocket) async {
        do {
            let peer = try await Peer.of(client.channel, isUnix: socket.isUnix)
            try peer.checkAccess(context.configuration.socket.access)
            try context.registry.enter(client.channel, peer, context.configuration.limits)
            defer { context.registry.leave(client.channel, peer) }
            context.statistics.countConnection()
            await serve(client, peer, on: socket)
        } catch {
            let failure = WireFailure(error)
            if error is CancellationError {
                context.logger.debug("connection lost before it was known whose it is")
            } else {
                context.logger.notice("connection refused", metadata: ["code": "\(failure.code)"])
            }
            await serving.refuse(client, failure)
        }
    }
}
