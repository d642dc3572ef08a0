internal import WireProtocol

/// What the events of one connection mean. One at a time, in their order.
protocol EventSession {
    /// Answers an event.
    ///
    /// - Throws: what is to be reported as one `error`; the session stays usable.
    mutating func handle(_ event: WireEvent) async throws

    /// Ends whatever is in progress: the client is gone.
    mutating func end() async
}

/// What a socket is for. Wyoming's microphones and loudspeakers are services of their own: the same events mean
/// something else there.
enum SocketRole: Sendable {
    case requests
    case microphone
    case loudspeaker

    /// - Throws: ``DaemonError/Code/forbidden`` for those who may not use the device.
    func makeSession(_ context: DaemonContext, _ peer: Peer, _ outbox: Outbox) throws -> any EventSession {
        switch self {
        case .requests: Session(context: context, peer: peer, outbox: outbox)
        case .microphone: try MicrophoneSession(context: context, peer: peer, outbox: outbox)
        case .loudspeaker: try LoudspeakerSession(context: context, peer: peer, outbox: outbox)
        }
    }
}
