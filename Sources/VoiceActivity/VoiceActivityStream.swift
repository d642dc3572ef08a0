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
    }

    public init(_ model: VoiceActivityModel) {
        switch model.network {
        case .energy:
            network = .energy(EnergyActivity())
            step = EnergyActivity.step
        }
    }

    /// Takes samples (mono, 16 kHz, full scale ±1) and appends the probabilities, 0 to 1, that they complete.
    public mutating func append(_ samples: UnsafeBufferPointer<Float>, into probabilities: inout [Float]) {
        self.samples += samples.count
        run(samples, into: &probabilities)
    }

    /// Ends the audio, as if silence followed, and appends the probabilities that are left: in all there are
    /// `samples / step` of them, rounded up.
    public mutating func finish(into probabilities: inout [Float]) {
        let total = (samples + step - 1) / step
        let silence = [Float](repeating: 0, count: step)
        while steps < total { silence.withUnsafeBufferPointer { run($0, into: &probabilities) } }
        pending = []
    }

    private mutating func run(_ samples: UnsafeBufferPointer<Float>, into probabilities: inout [Float]) {
        switch network {
        case .energy(var energy):
            pending.append(contentsOf: samples)
            var used = 0
            pending.withUnsafeBufferPointer { pending in
                while pending.count - used >= step {
                    let piece = UnsafeBufferPointer(rebasing: pending[used..<(used + step)])
                    probabilities.append(energy.probability(of: piece))
                    used += step
                    steps += 1
                }
            }
            pending.removeFirst(used)
            network = .energy(energy)
        }
    }
}
