package import NIOCore

/// How long a client may take: for its next request, for the rest of one that it has begun.
package struct Patience {
    private let deadline: Deadline
    private let channel: any Channel
    private let timeouts: DaemonConfiguration.Timeouts
    private let onTooSlow: @Sendable (_ seconds: Int) -> Void
    private let window: Window

    /// Bytes of the request that is arriving, since time was last given.
    private final class Window {
        var bytes = 0
        var isOpen = false
        var isHeader = false
    }

    /// Bytes for which a client is given another period.
    private static let leastProgress = 10 << 10

    /// - Parameter onTooSlow: tells the client that more did not come within so many seconds; the connection is closed
    ///   then.
    package init(
        _ channel: any Channel, _ timeouts: DaemonConfiguration.Timeouts,
        onTooSlow: @escaping @Sendable (_ seconds: Int) -> Void
    ) {
        deadline = Deadline(on: channel.eventLoop)
        self.channel = channel
        self.timeouts = timeouts
        self.onTooSlow = onTooSlow
        window = Window()
    }

    package func received(_ bytes: Int) { window.bytes += bytes }

    /// Nothing has begun: an idle client may stay for long.
    package func awaitRequest() {
        window.isOpen = false
        guard timeouts.idle > 0 else { return deadline.clear() }
        let channel = channel
        deadline.set(seconds: timeouts.idle) { channel.close(promise: nil) }
    }

    /// A request has begun: its header must be complete in time, and what follows must keep coming.
    package func awaitRest(ofHeader isHeader: Bool) {
        let goesOn = window.isOpen && (isHeader || window.bytes < Self.leastProgress) && window.isHeader == isHeader
        guard !goesOn else { return }
        window.isOpen = true
        window.isHeader = isHeader
        window.bytes = 0
        let (channel, onTooSlow, seconds) = (channel, onTooSlow, timeouts.event)
        deadline.set(seconds: seconds) {
            onTooSlow(seconds)
            channel.close(promise: nil)
        }
    }

    /// It is our turn: the client may wait for as long as it takes.
    package func end() {
        window.isOpen = false
        deadline.clear()
    }
}
