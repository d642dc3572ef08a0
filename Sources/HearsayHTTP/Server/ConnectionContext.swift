internal import HearsayDaemon
internal import Hummingbird
internal import Logging
internal import NIOCore

/// What a request's handler knows of the connection that it came by.
struct ConnectionContext: RequestContext {
    struct Source: RequestContextSource {
        let logger: Logger
        let peer: Peer
        let channel: any Channel
    }

    var coreContext: CoreRequestContextStorage
    let peer: Peer
    let channel: any Channel

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.peer
        channel = source.channel
    }
}
