internal import HTTPTypes
internal import HearsayDaemon
internal import Hummingbird
internal import NIOCore

/// A response whose body is sent while it is made. Letting go of it ends the making.
final class StreamedResponse: Sendable {
    private let queue: BodyQueue
    private let making: Task<Void, Never>
    private let connection: any Channel
    private let stall: Int

    /// Bytes sent at once: few enough that whoever reads them slowly, as a player does, is seen to read.
    private static let sliceSize = 16 << 10

    /// Begins at once.
    ///
    /// - Parameters:
    ///   - connection: is closed when the client reads nothing for as long as `timeouts.stalled_write_seconds` says.
    ///   - make: hands the body to the queue.
    init(
        _ configuration: DaemonConfiguration, on connection: any Channel,
        making make: @escaping @Sendable (BodyQueue) async throws -> Void
    ) {
        let queue = BodyQueue(limit: configuration.limits.outboundBytes)
        self.queue = queue
        self.connection = connection
        stall = configuration.timeouts.stalledWrite
        making = Task {
            do {
                try await make(queue)
                queue.finish()
            } catch {
                queue.finish(error)
            }
        }
    }

    deinit {
        making.cancel()
        queue.abandon()
    }

    /// The response, as soon as the first bytes of its body are there.
    ///
    /// - Throws: what went wrong before, for which another response can be given.
    func begun(_ headers: HTTPFields) async throws -> Response {
        let first = try await next()
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { [self] writer in
                var piece = first
                let deadline = Deadline(on: connection.eventLoop)
                while var bytes = piece {
                    while let slice = bytes.readSlice(length: min(Self.sliceSize, bytes.readableBytes)),
                        slice.readableBytes > 0
                    {
                        deadline.set(seconds: stall) { [connection] in connection.close(promise: nil) }
                        try await writer.write(slice)
                        deadline.clear()
                    }
                    piece = try await next()
                }
                try await writer.finish(nil)
            })
    }

    private func next() async throws -> ByteBuffer? {
        try await withTaskCancellationHandler {
            try await queue.next()
        } onCancel: {
            making.cancel()
            queue.abandon()
        }
    }
}
