/// Speech probabilities of audio that arrives in pieces; however it is cut, they are the same.
///
/// A value of its own for every stream; the model behind it is shared. Not to be used by two threads at once.
public struct VoiceActivityStream: Sendable {
    /// Samples that each probability stands for: the k-th for `k * step ..< (k + 1) * step`.
    public let step: Int
    /// Samples appended.
    public private(set) var samples = 0
    /// Probabilities given out.
    public private(set) var steps = 0

    private var network: Network
    /// Samples that wait for their step to be complete.
    private var pending: [Float] = []

    private enum Network: Sendable {
        case energy(EnergyActivity)
        case own(ActivityNetworkState)
        case silero(SileroNetworkState)
    }

    /// Samples that are worked on at a time, so that memory does not grow with what is appended.
    private static let piece = 8192
    /// Far beyond full scale; what is louder is damage, and must not stay in a network's memory.
    private static let loudest: Float = 16

    public init(_ model: VoiceActivityModel) {
        switch model.network {
        case .energy:
            network = .energy(EnergyActivity())
            step = EnergyActivity.step
        case .own(let own):
            network = .own(ActivityNetworkState(own))
            step = ActivityNetwork.step
        case .silero(let silero):
            network = .silero(SileroNetworkState(silero))
            step = SileroNetwork.step
        }
    }

    /// Takes samples (mono, 16 kHz, full scale ±1) and appends the probabilities, 0 to 1, that they complete. Samples
    /// that are not numbers count as silence.
    public mutating func append(_ samples: UnsafeBufferPointer<Float>, into probabilities: inout [Float]) {
        self.samples += samples.count
        let before = probabilities.count
        for start in stride(from: 0, to: samples.count, by: Self.piece) {
            let piece = samples[start..<min(start + Self.piece, samples.count)].map {
                $0.isFinite ? min(max($0, -Self.loudest), Self.loudest) : 0
            }
            piece.withUnsafeBufferPointer { run($0, into: &probabilities) }
        }
        steps += probabilities.count - before
    }

    /// Ends the audio, as if silence followed, and appends the probabilities that are left: in all there are
    /// `samples / step` of them, rounded up. Nothing may be appended afterwards.
    public mutating func finish(into probabilities: inout [Float]) {
        let missing = (samples + step - 1) / step - steps
        let end = probabilities.count + missing
        let silence = [Float](repeating: 0, count: step)
        while probabilities.count < end { silence.withUnsafeBufferPointer { run($0, into: &probabilities) } }
        steps += missing
        pending = []
    }

    private mutating func run(_ samples: UnsafeBufferPointer<Float>, into probabilities: inout [Float]) {
        switch network {
        case .energy(var state):
            forEachStep(of: samples) { probabilities.append(state.probability(of: $0)) }
            network = .energy(state)
        case .own(var state):
            state.append(samples, into: &probabilities)
            network = .own(state)
        case .silero(var state):
            forEachStep(of: samples) { probabilities.append(state.probability(of: $0)) }
            network = .silero(state)
        }
    }

    /// Calls `body` with every step that `samples` complete.
    private mutating func forEachStep(
        of samples: UnsafeBufferPointer<Float>, _ body: (UnsafeBufferPointer<Float>) -> Void
    ) {
        pending.append(contentsOf: samples)
        var used = 0
        pending.withUnsafeBufferPointer { pending in
            while pending.count - used >= step {
                body(UnsafeBufferPointer(rebasing: pending[used..<(used + step)]))
                used += step
            }
        }
        pending.removeFirst(used)
    }
}
