internal import Logging
internal import NIOCore

/// Keeps the accepting going when accept() fails: too few descriptors or memory are no reason to stop for good, nor to
/// ask again at once.
///
/// NIO's `AcceptBackoffHandler` holds back reads that are asked for. Where the first accept() of a wake-up fails, none is:
/// the one before is still open, the socket stays readable, and the event loop spins. So the socket is not looked at for a
/// while.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    /// How long who connects waits at most after there are descriptors again.
    private static let pause = TimeAmount.milliseconds(100)
    /// Troubles further apart than this are told of one by one.
    private static let quiet = TimeAmount.seconds(60)

    private let statistics: Statistics
    private let logger: Logger
    private var last: NIODeadline?

    init(_ statistics: Statistics, _ logger: Logger) {
        self.statistics = statistics
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else { return context.fireErrorCaught(error) }
        statistics.countAcceptFailure()
        let now = NIODeadline.now()
        if last.map({ now - $0 > Self.quiet }) ?? true {
            logger.warning("cannot accept connections now; they wait", metadata: ["error": "\(error)"])
        }
        last = now
        let channel = context.channel
        // Both fail only where the socket is closed, and then nothing is to be accepted.
        channel.setOption(.autoRead, value: false).whenComplete { _ in }
        channel.eventLoop.scheduleTask(in: Self.pause) {
            channel.setOption(.autoRead, value: true).whenComplete { _ in }
        }
    }
}
