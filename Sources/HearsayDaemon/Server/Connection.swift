internal import Logging
internal import Metrics
internal import NIOCore
internal import WireProtocol

/// One client from its first byte to its last.
struct Connection: Sendable {
    let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    let context: DaemonContext
    let peer: Peer
    /// Home Assistant, which comes by TCP only, waits for the end of the connection where a request fails.
    let closesAfterFailure: Bool
    let role: SocketRole

    /// Serves the client until it goes, misbehaves or is told to go; in any case the connection is closed then.
    func serve() async {
        do {
            try await channel.executeThenClose { inbound, _ in
                let outbox = Outbox(
                    channel.channel, limit: context.configuration.limits.outboundBytes,
                    stall: context.configuration.timeouts.stalledWrite)
                await converse(inbound, outbox)
                await outbox.flush()
            }
        } catch {
            context.logger.debug("connection lost", metadata: ["error": "\(error)"])
        }
    }

    private func converse(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbox: Outbox) async {
        do {
            var session = try role.makeSession(context, peer, outbox)
            await converse(inbound, &session, outbox)
            await session.end()
        } catch {
            report(error, outbox)
        }
    }

    private func converse(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ session: inout any EventSession, _ outbox: Outbox
    ) async {
        var decoder = EventDecoder(limits: context.configuration.limits.wire)
        var timeouts = context.configuration.timeouts
        // Who listens has nothing to say.
        if role == .microphone { timeouts.idle = 0 }
        let patience = Patience(channel.channel, timeouts) { seconds in
            let error = WireError(.tooSlow, "the rest of an event did not come within \(seconds) s")
            outbox.post(WireErrorEvent(WireFailure(error)).event)
        }
        patience.awaitRequest()
        do {
            for try await buffer in inbound {
                patience.received(buffer.readableBytes)
                decoder.append(buffer.readableBytesView)
                guard await answerAll(&decoder, &session, outbox, patience) else { return }
                if decoder.isMidEvent {
                    patience.awaitRest(ofHeader: decoder.isMidHeader)
                } else {
                    patience.awaitRequest()
                }
            }
            try decoder.finish()
        } catch let error as WireError {
            report(error, outbox)
        } catch {
            context.logger.debug("connection lost", metadata: ["error": "\(error)"])
        }
        patience.end()
    }

    /// Answers the events that are complete.
    ///
    /// - Returns: false when the connection is to be closed.
    private func answerAll(
        _ decoder: inout EventDecoder, _ session: inout any EventSession, _ outbox: Outbox, _ patience: Patience
    ) async -> Bool {
        while !Task.isCancelled {
            do {
                guard let event = try decoder.next() else { return true }
                patience.end()
                context.statistics.countEvent()
                try await session.handle(event)
            } catch {
                guard !Task.isCancelled else { return false }
                report(error, outbox)
                let isFatal = (error as? WireError)?.endsConnection ?? false
                if isFatal || closesAfterFailure { return false }
            }
        }
        return false
    }

    private func report(_ error: any Error, _ outbox: Outbox) {
        let failure = WireFailure(error)
        context.statistics.countFailure()
        // Codes only: a message may quote what somebody said.
        context.logger.info("request failed", metadata: ["code": "\(failure.code)", "user": "\(peer.account)"])
        outbox.post(WireErrorEvent(failure).event)
    }
}
