internal import HTTPTypes
internal import HearsayDaemon
internal import HummingbirdCore
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes

/// Watches one connection: how long the client takes for a request, what is no HTTP, and whether it is still there.
///
/// It stands between the codec and Hummingbird's handlers, and answers itself what never becomes a request.
final class RequestWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let timeouts: DaemonConfiguration.Timeouts
    private var patience: Patience?
    /// Requests whose header has come, and those that are answered.
    private var begun = 0
    private var answered = 0
    /// A request's end has not come yet.
    private var isReading = false
    /// A response's header has left, and its end has not.
    private var isResponding = false
    /// Bytes that came for a request after its answer.
    private var passedOver = 0
    private var hasFailed = false
    /// The reading was ended on this side.
    private var stoppedReading = false

    /// Bytes of a request that are still taken after its answer, so that the client comes to read it.
    private static let mostPassedOver = 64 << 20
    /// Seconds that a client has to read the last words.
    private static let lastWords = 2

    init(_ timeouts: DaemonConfiguration.Timeouts) {
        self.timeouts = timeouts
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        patience = Patience(context.channel, timeouts) { seconds in
            let (watch, context) = bound.value
            watch.refuse(
                RequestError(.tooSlow, "the rest of the request did not come within \(seconds) s"), context)
        }
        patience?.awaitRequest()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        patience?.end()
        patience = nil
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasFailed else { return }
        switch unwrapInboundIn(data) {
        case .head:
            begun += 1
            isReading = true
            passedOver = 0
            patience?.end()
            patience?.awaitRest(ofHeader: false)
        case .body(let bytes):
            patience?.received(bytes.readableBytes)
            patience?.awaitRest(ofHeader: false)
            if answered == begun { passedOver += bytes.readableBytes }
            if passedOver > Self.mostPassedOver { return context.close(promise: nil) }
        case .end:
            isReading = false
            if answered == begun { patience?.awaitRequest() } else { patience?.end() }
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Something came, and it was not the end of a header.
        if answered == begun, !isReading, !hasFailed { patience?.awaitRest(ofHeader: true) }
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // By TCP, who has gone and who has only finished sending look the same: nobody who waits for an answer finishes
        // sending before, and a computation for nobody would be the worse mistake. On a Unix socket the kernel tells.
        if event as? ChannelEvent == .inputClosed, !stoppedReading, begun > answered, context.isTCP {
            return context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        if error == .headerOverflow {
            refuse(RequestError(.headerTooLong, "the header is longer than http.header_bytes allows"), context)
        } else {
            refuse(RequestError(.malformed, "this is not HTTP/1.1 as it should be"), context)
        }
    }

    // MARK: Responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !hasFailed else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status.kind != .informational: isResponding = true
        case .end:
            isResponding = false
            answered += 1
            if !isReading, answered == begun { patience?.awaitRequest() }
        default: break
        }
        context.write(data, promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .input { stoppedReading = true }
        context.close(mode: mode, promise: promise)
    }

    /// Says what is wrong, in the middle of a response by ending the connection, and hears no more.
    private func refuse(_ error: RequestError, _ context: ChannelHandlerContext) {
        guard !hasFailed else { return }
        hasFailed = true
        guard !isResponding else { return context.close(promise: nil) }
        var response = HTTPFailure(error).response
        response.headers[.connection] = "close"
        context.write(wrapOutboundOut(.head(response.head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: HTTPFailure(error).body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // Closing at once, with something unread, could take the answer from the client again.
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: .seconds(Int64(Self.lastWords))) { channel.close(promise: nil) }
    }
}

extension ChannelHandlerContext {
    fileprivate var isTCP: Bool {
        switch localAddress {
        case .v4, .v6: true
        default: false
        }
    }
}
