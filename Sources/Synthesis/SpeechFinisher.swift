/// Makes a sentence's samples fit to be heard: no click at its ends, no sample beyond ±1, nothing that is no number.
///
/// Loud passages are turned down, not cut off: the gain that the loudest sample of the next few milliseconds needs is
/// reached before that sample and left behind it, smoothly. Quiet samples pass as they are. What comes out does not
/// depend on the pieces in which it went in.
public struct SpeechFinisher {
    /// What no sample exceeds.
    private static let ceiling: Float = 0.985
    private static let fadeSeconds = 0.004
    private static let lookAheadSeconds = 0.008

    private let fade: Int
    private let window: Int
    /// Samples that went in and wait for the limiter to have seen what follows them.
    private var delayed: SampleQueue
    /// The lowest gain that the last `window` samples need, and its mean over as many.
    private var minimum: SlidingMinimum
    private var mean: SlidingMean
    /// The sentence's last samples, held back so that they can fade out.
    private var tail: [Float] = []
    private var received = 0

    /// - Parameter sampleRate: Hz.
    public init(sampleRate: Int) {
        fade = max(1, Int(Self.fadeSeconds * Double(sampleRate)))
        window = max(1, Int(Self.lookAheadSeconds * Double(sampleRate)))
        delayed = SampleQueue(capacity: window)
        minimum = SlidingMinimum(window: window)
        mean = SlidingMean(window: window)
    }

    /// Takes samples of the sentence and appends those that are ready.
    public mutating func append(_ samples: [Float], into output: inout [Float]) {
        tail += samples
        let ready = tail.count - fade
        guard ready > 0 else { return }
        for index in 0..<ready { limit(fadedIn(tail[index]), into: &output) }
        tail.removeFirst(ready)
    }

    /// Ends the sentence and appends what is left of it; the next sample begins another.
    public mutating func finish(into output: inout [Float]) {
        let count = tail.count
        for index in 0..<count {
            limit(fadedIn(tail[index]) * Float(count - 1 - index) / Float(fade), into: &output)
        }
        // Silence pushes the last samples out.
        for _ in 0..<(received > 0 ? window - 1 : 0) { limit(0, into: &output) }
        self = SpeechFinisher(fade: fade, window: window)
    }

    private init(fade: Int, window: Int) {
        self.fade = fade
        self.window = window
        delayed = SampleQueue(capacity: window)
        minimum = SlidingMinimum(window: window)
        mean = SlidingMean(window: window)
    }

    private mutating func fadedIn(_ sample: Float) -> Float {
        defer { received += 1 }
        guard sample.isFinite else { return 0 }
        return received < fade ? sample * Float(received) / Float(fade) : sample
    }

    private mutating func limit(_ sample: Float, into output: inout [Float]) {
        let magnitude = sample.magnitude
        let gain = mean.push(minimum.push(magnitude > Self.ceiling ? Self.ceiling / magnitude : 1))
        if let ready = delayed.push(sample) { output.append(ready * gain) }
    }
}

/// Gives each sample back once `capacity − 1` others have followed it.
private struct SampleQueue {
    private var ring: [Float]
    private var count = 0
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        ring = [Float](repeating: 0, count: capacity)
    }

    mutating func push(_ sample: Float) -> Float? {
        ring[count % capacity] = sample
        count += 1
        return count >= capacity ? ring[count % capacity] : nil
    }
}

/// The least of the last `window` values, at constant cost each: only values that are less than all after them are
/// kept.
private struct SlidingMinimum {
    private var kept: [(value: Float, index: Int)] = []
    private var first = 0
    private var index = 0
    private let window: Int

    init(window: Int) {
        self.window = window
    }

    mutating func push(_ value: Float) -> Float {
        while kept.count > first, let last = kept.last, last.value >= value { kept.removeLast() }
        kept.append((value, index))
        if kept[first].index <= index - window { first += 1 }
        index += 1
        if first > window {
            kept.removeFirst(first)
            first = 0
        }
        return kept[first].value
    }
}

/// The mean of the last `window` values, those before the first being 1. Exactly 1 when all are.
private struct SlidingMean {
    private var ring: [Float]
    private var index = 0
    /// Values below 1, and how far below they are in all.
    private var lowered = 0
    private var deficit = 0.0

    init(window: Int) {
        ring = [Float](repeating: 1, count: window)
    }

    mutating func push(_ value: Float) -> Float {
        let old = ring[index]
        if old < 1 {
            lowered -= 1
            deficit -= 1 - Double(old)
        }
        if value < 1 {
            lowered += 1
            deficit += 1 - Double(value)
        }
        ring[index] = value
        index = (index + 1) % ring.count
        // Rounding errors do not outlast a passage.
        if lowered == 0 { deficit = 0 }
        return Float(1 - deficit / Double(ring.count))
    }
}
