internal import NIOCore
internal import Tensors

/// Who is connected, and whether one more may come.
package final class ConnectionRegistry: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var perUser: [UInt32: Int] = [:]
        var isStopping = false
        var refused = 0
    }

    private let state = Locked(State())

    /// Connections that are open.
    package var count: Int { state.withLock { $0.channels.count } }
    /// Connections that were refused because there were too many.
    package var refused: Int { state.withLock { $0.refused } }

    /// Lets a connection in.
    ///
    /// - Throws: ``DaemonError/Code/tooManyConnections``, ``DaemonError/Code/stopping``.
    func enter(_ channel: any Channel, _ peer: Peer, _ limits: DaemonConfiguration.Limits) throws(DaemonError) {
        try state.withLock { (state: inout State) throws(DaemonError) in
            guard !state.isStopping else { throw DaemonError(.stopping, "hearsayd is stopping") }
            let mine = state.perUser[peer.account, default: 0]
            guard state.channels.count < limits.connections else {
                state.refused += 1
                throw DaemonError(.tooManyConnections, "there are \(limits.connections) connections already")
            }
            guard mine < limits.connectionsPerUser || peer.user == 0 else {
                state.refused += 1
                throw DaemonError(.tooManyConnections, "you have \(mine) connections already")
            }
            state.channels[ObjectIdentifier(channel)] = channel
            state.perUser[peer.account] = mine + 1
        }
    }

    func leave(_ channel: any Channel, _ peer: Peer) {
        state.withLock { state in
            guard state.channels.removeValue(forKey: ObjectIdentifier(channel)) != nil else { return }
            let rest = state.perUser[peer.account, default: 1] - 1
            state.perUser[peer.account] = rest > 0 ? rest : nil
        }
    }

    /// Reads no more from anybody: requests that have arrived are answered, then the connections end.
    func stop() {
        let channels = state.withLock { state in
            state.isStopping = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.close(mode: .input, promise: nil) }
    }
}
