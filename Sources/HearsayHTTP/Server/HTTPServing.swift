internal import Glibc
internal import HTTPTypes
internal import HearsayDaemon
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import Metrics
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes

/// HTTP on the connections of a `SocketServer`: Hummingbird's channel and router, behind the daemon's own accepting.
struct HTTPServing: ConnectionServing {
    private let daemon: DaemonContext
    private let routes: RouterResponder<ConnectionContext>

    init(_ daemon: DaemonContext) {
        self.daemon = daemon
        routes = Routes.responder(daemon)
    }

    func prepare(_ channel: any Channel) -> EventLoopFuture<NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>> {
        this { (_, _: consuming ResponseWriter, _) in }.setup(channel: channel, logger: daemon.logger)
    }

    func serve(
        _ client: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>, _ peer: Peer, on socket: ListeningSocket
    ) async {
        await this { (request, writer: consuming ResponseWriter, channel) in
            let source = ConnectionContext.Source(logger: daemon.logger, peer: peer, channel: channel)
            try await answer(request, ConnectionContext(source: source), isUnix: socket.isUnix, writer)
        }.handle(value: client, logger: daemon.logger)
    }

    func refuse(_ client: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>, _ failure: WireFailure) async {
        await this { (_, writer: consuming ResponseWriter, _) in
            let response = Self.finished(HTTPFailure(failure).response, closes: true)
            try await writer.write(response: response.head, body: response.body)
            throw CancellationError()
        }.handle(value: client, logger: daemon.logger)
    }

    /// Hummingbird's half of a connection, which calls `responder` for each request.
    private func this(_ responder: @escaping HTTPChannelHandler.Responder) -> HTTP1Channel {
        let configuration = daemon.configuration
        let header = configuration.http.headerBytes
        return HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [RequestWatch(configuration.timeouts)],
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: header, maxHeaderListSize: header, maxHeaderFieldCount: 100)))
    }

    // MARK: Requests

    private func answer(
        _ request: Request, _ connection: ConnectionContext, isUnix: Bool, _ writer: consuming ResponseWriter
    ) async throws {
        let began = ContinuousClock.now
        daemon.statistics.countEvent()
        var response: Response
        do {
            try Gate(configuration: daemon.configuration.http, isUnix: isUnix).check(request)
            try checkLength(request)
            try Self.checkEncoding(request)
            if request.headers[.expect]?.lowercased() == "100-continue" {
                try await writer.writeInformationalHead(HTTPResponse(status: .continue))
            }
            response = try await routes.respond(to: request, context: connection)
            // What Hummingbird says of paths that it does not know has no body.
            if connection.endpointPath == "NotFound" {
                throw RequestError(.notFound, "there is nothing at this path for this method")
            }
        } catch {
            // The connection is of no more use: nobody is answered, and it is closed.
            if Task.isCancelled { throw CancellationError() }
            if error is HTTPParserError { throw error }
            response = report(error, connection.peer)
        }
        RequestMetrics.count(connection.endpointPath, response.status, .now - began)
        response = Self.finished(response, closes: false)
        try await writer.write(response: response.head, body: response.body)
    }

    /// A body that says that it is too long is not waited for.
    private func checkLength(_ request: Request) throws(RequestError) {
        let limit = daemon.configuration.http.bodyBytes
        guard let length = request.headers[.contentLength], Int(length) ?? .max > limit else { return }
        throw RequestError.bodyTooLong(limit)
    }

    /// Bodies are taken as they are: a compressed one could be of any size.
    private static func checkEncoding(_ request: Request) throws(RequestError) {
        let encoding = request.headers[.contentEncoding]?.lowercased() ?? "identity"
        guard encoding == "identity" else {
            throw RequestError(
                .contentTypeUnsupported,
                "a body in the encoding \(encoding.prefix(40).debugDescription) is not read; send it plain")
        }
    }

    private func report(_ error: any Error, _ peer: Peer) -> Response {
        let failure = HTTPFailure(error)
        daemon.statistics.countFailure()
        // Codes only: a message may quote what somebody said.
        daemon.logger.info("request failed", metadata: ["code": "\(failure.code)", "user": "\(peer.account)"])
        return failure.response
    }

    private static func finished(_ response: Response, closes: Bool) -> Response {
        var response = response
        response.headers[.date] = HTTPDate.now
        if closes { response.headers[.connection] = "close" }
        return response
    }
}

/// The time as headers write it (RFC 9110, 5.6.7).
private enum HTTPDate {
    static var now: String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return
            "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(1900 + parts.tm_year) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }
}
