internal import Logging
internal import NIOCore
internal import WireProtocol

/// The wire protocol, on the connections of a ``SocketServer``.
struct WireServing: ConnectionServing {
    let context: DaemonContext

    func prepare(_ channel: any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> {
        channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
    }

    func serve(_ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ peer: Peer, on socket: ListeningSocket) async {
        await Connection(
            channel: client, context: context, peer: peer, closesAfterFailure: !socket.isUnix, role: socket.role
        ).serve()
    }

    func refuse(_ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ failure: WireFailure) async {
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
