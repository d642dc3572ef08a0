internal import Spectral
internal import WeightFiles

/// hearsay's own network (`Training/hearsay_training/voice_activity.py`): log-mel frames of 10 ms, two causal
/// convolutions to steps of 20 ms, GRU layers, a decision that is `delay` steps late.
final class ActivityNetwork: Sendable {
    /// Frames to a step, and taps of both convolutions.
    static let stride = 2
    static let taps = 3
    /// Samples to a step.
    static let step = stride * LogMelFraming.hopLength
    /// Most GRU layers.
    private static let mostLayers = 8
    /// Louder than any sound whose samples are numbers; keeps what is no sound out of the network's memory.
    private static let melCeiling: Float = 10

    let configuration: ActivityConfiguration
    let melBins: Int
    fileprivate let first: DenseLayer
    fileprivate let second: DenseLayer
    fileprivate let recurrent: [GRULayer]
    fileprivate let head: DenseLayer

    /// - Throws: `voice_activity.tensor_invalid`.
    init(_ configuration: ActivityConfiguration, _ source: any WeightSource) throws(VoiceActivityError) {
        self.configuration = configuration
        let weights = ActivityWeights(source: source)
        let shape = try weights.shape("conv1.weight", rank: 3)
        let channels = shape[0]
        melBins = shape[1]
        guard melBins <= 128 else { throw weights.invalid("\(melBins) mel bins; at most 128 are possible") }
        first = try weights.convolution("conv1", inputs: melBins, outputs: channels, taps: Self.taps)
        second = try weights.convolution("conv2", inputs: channels, outputs: channels, taps: Self.taps)
        var layers: [GRULayer] = []
        var inputs = channels
        while layers.count < Self.mostLayers, source["gru.\(layers.count).weight_hh_l0"] != nil {
            let name = "gru.\(layers.count)."
            let width = try weights.shape(name + "weight_hh_l0", rank: 2)[1]
            let input = try weights.dense(
                name + "weight_ih_l0", name + "bias_ih_l0", inputs: inputs, outputs: 3 * width)
            let hidden = try weights.dense(
                name + "weight_hh_l0", name + "bias_hh_l0", inputs: width, outputs: 3 * width)
            layers.append(GRULayer(input: input, hidden: hidden))
            inputs = width
        }
        recurrent = layers
        head = try weights.dense("head.weight", "head.bias", inputs: inputs, outputs: 1)
    }

    fileprivate func normalize(_ frames: UnsafeMutableBufferPointer<Float>) {
        let (floor, mean, scale) = (configuration.melFloor, configuration.melMean, configuration.melScale)
        for index in frames.indices {
            frames[index] = (min(max(frames[index], floor), Self.melCeiling) - mean) / scale
        }
    }
}

/// What the network remembers of one stream.
struct ActivityNetworkState: Sendable {
    private let network: ActivityNetwork
    private var logMel: LogMelStream
    /// Log-mel frames that wait for their step to be complete.
    private var frames: [Float] = []
    /// What the convolutions read: the frames that they keep, then those of the step.
    private var firstWindow: [Float]
    private var secondWindow: [Float]
    /// The layers' states, one after the other.
    private var memory: [Float]
    /// Steps computed, those included whose answer belongs before the first sample.
    private var computed = 0

    init(_ network: ActivityNetwork) {
        self.network = network
        logMel = LogMelStream(melBins: network.melBins)
        let (stride, taps) = (ActivityNetwork.stride, ActivityNetwork.taps)
        firstWindow = [Float](repeating: 0, count: (stride + taps - 1) * network.melBins)
        secondWindow = [Float](repeating: 0, count: taps * network.first.outputs)
        memory = [Float](repeating: 0, count: network.recurrent.reduce(0) { $0 + $1.width })
    }

    /// Takes samples, which are numbers, and appends the probabilities that they complete.
    mutating func append(_ samples: UnsafeBufferPointer<Float>, into probabilities: inout [Float]) {
        logMel.append(samples, to: &frames)
        let width = ActivityNetwork.stride * network.melBins
        var used = 0
        while frames.count - used >= width {
            let probability = advance(frames: used..<(used + width))
            if computed > network.configuration.delay { probabilities.append(probability) }
            used += width
        }
        frames.removeFirst(used)
    }

    /// Takes the frames of one step through the network.
    private mutating func advance(frames range: Range<Int>) -> Float {
        computed += 1
        // Both windows move on by one step and keep what the first outputs of the next one read.
        let kept = firstWindow.count - range.count
        firstWindow.removeFirst(range.count)
        firstWindow.append(contentsOf: frames[range])
        firstWindow.withUnsafeMutableBufferPointer {
            network.normalize(UnsafeMutableBufferPointer(rebasing: $0[kept...]))
        }
        let channels = network.first.outputs
        secondWindow.removeFirst(ActivityNetwork.stride * channels)
        secondWindow.append(contentsOf: repeatElement(0, count: ActivityNetwork.stride * channels))
        convolve(into: secondWindow.count - ActivityNetwork.stride * channels)
        return recur()
    }

    private mutating func convolve(into start: Int) {
        let (melBins, channels) = (network.melBins, network.first.outputs)
        firstWindow.withUnsafeBufferPointer { input in
            secondWindow.withUnsafeMutableBufferPointer { output in
                guard let input = input.baseAddress, let output = output.baseAddress else { return }
                for frame in 0..<ActivityNetwork.stride {
                    network.first.rectified(input + frame * melBins, into: output + start + frame * channels)
                }
            }
        }
    }

    private mutating func recur() -> Float {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: network.second.outputs + 1) { scratch in
            memory.withUnsafeMutableBufferPointer { memory in
                secondWindow.withUnsafeBufferPointer { window in
                    guard let convolved = scratch.baseAddress, let window = window.baseAddress else { return 0 }
                    network.second.rectified(window, into: convolved)
                    var input = convolved
                    if var state = memory.baseAddress {
                        for layer in network.recurrent {
                            layer.step(input, state: state)
                            input = state
                            state += layer.width
                        }
                    }
                    let logit = convolved + network.second.outputs
                    network.head(input, into: logit)
                    return sigmoid(logit.pointee)
                }
            }
        }
    }
}
