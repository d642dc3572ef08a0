import Glibc

/// A mel scale, with the height of the filters that goes with it.
public enum MelScale: Sendable {
    /// The scale of Slaney's Auditory Toolbox, each filter of unit area: `librosa.filters.mel(sr:n_fft:n_mels:)`, which
    /// is what OpenAI's `mel_filters` asset holds.
    case slaney
    /// The scale of the Hidden Markov Model Toolkit, each filter of height 1: torchaudio's default, which Vocos has.
    case htk
}

/// Triangular filters on a mel scale. Computed in double precision, kept in single.
public struct MelFilterbank: Sendable {
    /// Filters.
    public let bins: Int
    /// Frequencies of the spectrum that they weigh: `fftSize / 2 + 1`.
    public let frequencies: Int

    // A filter touches only a few neighbouring frequencies: filter b weighs `offsets[b + 1] - offsets[b]` of them
    // from `starts[b]` with `weights[offsets[b]...]`.
    let weights: [Float]
    let starts: [Int32]
    let offsets: [Int32]

    /// - Parameters:
    ///   - bins: filters between 0 Hz and half the sample rate. The models use 80 and 128.
    ///   - fftSize: samples per transform.
    ///   - sampleRate: in Hz.
    /// - Precondition: all are positive.
    public init(bins: Int, fftSize: Int = 400, sampleRate: Int = 16_000, scale: MelScale = .slaney) {
        precondition(bins > 0 && fftSize > 0 && sampleRate > 0, "a mel filterbank needs positive sizes")
        let nyquist = Double(sampleRate) / 2
        let topMel = scale.mel(hertz: nyquist)
        let edges = (0..<(bins + 2)).map { scale.hertz(mel: topMel * Double($0) / Double(bins + 1)) }

        var weights: [Float] = []
        var starts: [Int32] = []
        var offsets: [Int32] = [0]
        for bin in 0..<bins {
            let (low, centre, high) = (edges[bin], edges[bin + 1], edges[bin + 2])
            var start = 0
            let first = weights.count
            for frequency in 0...(fftSize / 2) {
                let hertz = Double(frequency) * Double(sampleRate) / Double(fftSize)
                let weight = min((hertz - low) / (centre - low), (high - hertz) / (high - centre))
                guard weight > 0 else { continue }
                if weights.count == first { start = frequency }
                weights.append(Float(scale == .slaney ? weight * 2 / (high - low) : weight))
            }
            starts.append(Int32(start))
            offsets.append(Int32(weights.count))
        }
        self.bins = bins
        frequencies = fftSize / 2 + 1
        self.weights = weights
        self.starts = starts
        self.offsets = offsets
    }

    /// `[bins, frequencies]`, row-major, as librosa gives them.
    public var matrix: [Float] {
        var matrix = [Float](repeating: 0, count: bins * frequencies)
        for bin in 0..<bins {
            for (place, index) in (offsets[bin]..<offsets[bin + 1]).enumerated() {
                matrix[bin * frequencies + Int(starts[bin]) + place] = weights[Int(index)]
            }
        }
        return matrix
    }
}

extension MelScale {
    // Slaney's: linear below 1 kHz (15 mel), logarithmic above with 27 steps for a factor of 6.4.
    private static let linearHertzPerMel = 200.0 / 3
    private static let breakHertz = 1000.0
    private static let breakMel = breakHertz / linearHertzPerMel
    private static let logStep = log(6.4) / 27

    func mel(hertz: Double) -> Double {
        switch self {
        case .slaney:
            hertz < Self.breakHertz
                ? hertz / Self.linearHertzPerMel : Self.breakMel + log(hertz / Self.breakHertz) / Self.logStep
        case .htk: 2595 * log10(1 + hertz / 700)
        }
    }

    func hertz(mel: Double) -> Double {
        switch self {
        case .slaney:
            mel < Self.breakMel
                ? mel * Self.linearHertzPerMel : Self.breakHertz * exp(Self.logStep * (mel - Self.breakMel))
        case .htk: 700 * (pow(10, mel / 2595) - 1)
        }
    }
}
