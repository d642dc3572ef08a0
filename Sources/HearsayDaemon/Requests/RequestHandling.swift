public import StrictJSON
public import WireProtocol

/// Answers the requests of one family, such as those about jobs. A request is one event; answers may be many.
public protocol RequestHandling: Sendable {
    /// The types of the events that are its requests.
    var types: Set<String> { get }

    /// Answers a request; cancelled when the client goes away. An error becomes one error event.
    func handle(_ event: WireEvent, from peer: Peer, reply: Reply) async throws

    /// What the daemon's status says of it: members of ``WireProtocol/StatusReport``.
    var status: [(String, JSONValue)] { get }

    /// The configuration was read again; for what is not looked up in it whenever it is needed.
    func apply(_ configuration: DaemonConfiguration)
}

extension RequestHandling {
    public var status: [(String, JSONValue)] { [] }

    public func apply(_ configuration: DaemonConfiguration) {}
}

/// The way back to the client that asks.
public struct Reply: Sendable {
    let outbox: Outbox

    /// Sends an event, and waits while the client has too much to read.
    public func send(_ message: some WireMessage) async throws { try await outbox.send(message.event) }

    /// As ``send(_:)``, from a thread that computes.
    public func send(_ message: some WireMessage, during turn: Turn) throws {
        try outbox.send(message.event, during: turn)
    }
}
