internal import Glibc
internal import Spectral

/// Noise of unit variance whose samples depend on nothing but the seed and their index.
///
/// A sample is the sum of four uniform numbers: what the vocoder sees of it, spectra over 1024 samples, is Gaussian.
struct IndexedNoise: Sendable {
    let seed: UInt64

    subscript(index: Int) -> Float {
        // SplitMix64 (Steele, Lea and Flood 2014) of a counter.
        var bits = seed &+ (UInt64(truncatingIfNeeded: index) &+ 1) &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        let low = Int32(bits & 0xFFFF) + Int32((bits >> 16) & 0xFFFF)
        let high = Int32((bits >> 32) & 0xFFFF) + Int32(bits >> 48)
        return Float(low + high - 2 * 65_535) * (1 / 37_837.23)
    }
}

/// Band-limited pulses of a given F0: the closed sum of N equal cosines, N = ⌊rate / 2 / F0⌋ (the Dirichlet kernel).
struct PulseTrain: Sendable {
    let sampleRate: Float
    let hopLength: Int
    /// In cycles, 0 ..< 1.
    private var phase: Double = 0

    init(sampleRate: Int, hopLength: Int) {
        self.sampleRate = Float(sampleRate)
        self.hopLength = hopLength
    }

    /// Writes one frame `[hopLength]`. F0 goes over linearly from this frame's to the following one's where both are
    /// voiced and is the voiced one's elsewhere; pulses are silent where the nearer frame is unvoiced. F0s are in Hz, 0
    /// where unvoiced.
    mutating func write(_ f0: Float, following: Float, to samples: UnsafeMutablePointer<Float>) {
        let (a, b) = (f0 > 0 ? f0 : following, following > 0 ? following : f0)
        guard a > 0 else {
            samples.update(repeating: 0, count: hopLength)
            return
        }
        for index in 0..<hopLength {
            let place = Float(index) / Float(hopLength)
            let f = a * (1 - place) + b * place
            phase += Double(f) / Double(sampleRate)
            phase -= phase.rounded(.down)
            samples[index] = (place < 0.5 ? f0 : following) > 0 ? pulse(f) : 0
        }
    }

    private func pulse(_ f0: Float) -> Float {
        let angle = Float(phase * 2 * Double.pi)
        let count = min(200, max(1, (sampleRate / 2 / max(f0, 60)).rounded(.down)))
        let half = sinf(angle / 2)
        let kernel = abs(half) < 1e-4 ? 2 * count + 1 : sinf((count + 0.5) * angle) / half
        return (kernel - 1) / 2 / (count / 2).squareRoot() * 0.1
    }
}

/// The spectra of pulses and of noise, frame by frame: frame k is centred on sample k · hop, with zeros before the first
/// sample and after the last.
final class ExcitationSource {
    private let pulses: STFTStream
    private let noise: STFTStream
    private let noiseSample: @Sendable (Int) -> Float
    private var train: PulseTrain
    private let first: PulseTrain
    private let margin: Int
    /// F0 of the newest frame, whose samples wait for the frame after it.
    private var pending: Float?
    private var written = 0
    private var scratch: [Float]

    init(
        sampleRate: Int, framing: Framing, noise sample: @escaping @Sendable (Int) -> Float
    ) throws(SpectralError) {
        pulses = try STFTStream(framing)
        noise = try STFTStream(framing)
        noiseSample = sample
        first = PulseTrain(sampleRate: sampleRate, hopLength: framing.hopLength)
        train = first
        margin = framing.fftSize / 2
        scratch = [Float](repeating: 0, count: framing.hopLength)
        begin()
    }

    private func begin() {
        for stream in [pulses, noise] {
            stream.reset()
            stream.append(zeros: margin)
        }
        train = first
        pending = nil
        written = 0
    }

    /// Takes the F0 of the next frame, in Hz, 0 where unvoiced.
    func append(_ f0: Float) {
        if let pending { write(pending, following: f0) }
        pending = f0
    }

    /// Writes the last frame and what follows it; frames may be drawn until the next ``reset()``.
    func finish() {
        if let pending { write(pending, following: pending) }
        pending = nil
        for stream in [pulses, noise] { stream.append(zeros: margin) }
    }

    /// Forgets the signal.
    func reset() { begin() }

    /// The next frame's spectra `[bins, 2]`, valid until the next call; nil when F0s are missing.
    func next() -> (pulses: UnsafePointer<Float>, noise: UnsafePointer<Float>)? {
        guard let pulses = pulses.next(), let noise = noise.next() else { return nil }
        return (pulses, noise)
    }

    private func write(_ f0: Float, following: Float) {
        scratch.withUnsafeMutableBufferPointer { samples in
            guard let base = samples.baseAddress else { return }
            train.write(f0, following: following, to: base)
            pulses.append(UnsafeBufferPointer(samples))
            for index in samples.indices { samples[index] = noiseSample(written + index) }
            noise.append(UnsafeBufferPointer(samples))
            written += samples.count
        }
    }
}
