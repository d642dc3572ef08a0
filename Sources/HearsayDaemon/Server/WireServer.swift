internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import WireProtocol

/// Accepts connections on all sockets and serves each.
struct WireServer: Service {
    let context: DaemonContext
    let sockets: [ListeningSocket]

    /// A socket that listens already.
    struct ListeningSocket: Sendable {
        let descriptor: Int32
        let isUnix: Bool
        /// For the log.
        let name: String
        var role = SocketRole.requests
    }

    private typealias Client = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    func run() async throws {
        var servers: [(NIOAsyncChannel<Client, Never>, ListeningSocket)] = []
        for socket in sockets { servers.append((try await listen(socket), socket)) }
        context.markReady()
        EarlySignals.deliver([SIGTERM, SIGINT])
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
        return try await ServerBootstrap(group: context.eventLoops)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Without descriptors left, accept() is asked again later instead of at once, for ever.
                    try channel.pipeline.syncOperations.addHandlers(AcceptBackoffHandler(), AcceptErrorHandler())
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .bind(socket.descriptor) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
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

    private func welcome(_ client: Client, _ socket: ListeningSocket) async {
        do {
            let peer = try await Peer.of(client.channel, isUnix: socket.isUnix)
            try peer.checkAccess(context.configuration.socket.access)
            try context.registry.enter(client.channel, peer, context.configuration.limits)
            defer { context.registry.leave(client.channel, peer) }
            context.statistics.countConnection()
            await Connection(
                channel: client, context: context, peer: peer, closesAfterFailure: !socket.isUnix, role: socket.role
            ).serve()
        } catch {
            await refuse(client, error)
        }
    }

    /// Says why, and closes.
    private func refuse(_ client: Client, _ error: any Error) async {
        let failure = WireFailure(error)
        // Who is gone already could not be asked who it was, and is nobody's concern.
        context.logger.log(
            level: client.channel.isActive ? .notice : .debug,
            "connection refused", metadata: ["code": "\(failure.code)"])
        do {
            try await client.executeThenClose { _, _ in
                let bytes = EventEncoder.encode(WireErrorEvent(failure))
                // Nobody is waited for who is not welcome: what does not fit into the socket's buffer is lost.
                client.channel.writeAndFlush(client.channel.allocator.buffer(bytes: bytes), promise: nil)
            }
        } catch {
            context.logger.debug("connection lost", metadata: ["error": "\(error)"])
        }
    }
}

/// Keeps the accepting going when accept() fails: too few descriptors or memory are no reason to stop for good.
private final class AcceptErrorHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = any Channel

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else { return context.fireErrorCaught(error) }
    }
}
