internal import Spectral

/// Looks for patterns in one passage, in every place and at every speed that are thought of.
struct MarkSearch {
    /// Where a pattern was looked for.
    struct Hypothesis: Sendable, Equatable {
        /// Above 1 where the recording is played too fast: for its frequencies, and for its tempo.
        var pitch: Double
        var tempo: Double
        /// Where the first cell begins, in cells.
        var offset: Double
        /// log₁₀ of its share of all that is looked for.
        var share: Double
    }

    /// The best fit of one pattern.
    struct Fit: Sendable {
        /// log₁₀ of the bound on chance, all places considered.
        var chance = 0.0
        var correlation: Float = 0
        var hypothesis: Hypothesis?
        /// The cell of the period with which the recording begins.
        var cell = 0
    }

    /// Cells are cut in this many places.
    private static let phases = 4
    /// Speeds are ± 32 steps: a passage of 30 s drifts by half a cell against the nearest.
    private static let speedStep = 0.004
    private static let speeds = (-16...16).filter { $0 != 0 }.map { 1 + speedStep * Double($0) }
    /// Fewer cells than this are no passage.
    private static let fewestCells = 16
    /// A mark that chance explains no better than this is not looked for at other speeds.
    private static let certain = -9.0

    private let spectra: BandPower.Spectra
    let searchesSpeeds: Bool

    /// - Parameter samples: at ``BandPower/sampleRate``.
    init(_ samples: UnsafeBufferPointer<Float>, searchesSpeeds: Bool) throws(SpectralError) {
        spectra = try BandPower.Spectra(samples)
        self.searchesSpeeds = searchesSpeeds
    }

    /// The best fit of each pattern; other speeds are tried while the first of them has not been found for certain.
    ///
    /// - Parameter patterns: twice the same period each.
    func fits(_ patterns: [[Float]]) -> [Fit] {
        var fits = [Fit](repeating: Fit(), count: patterns.count)
        let straight = BandPower(spectra, scale: 1)
        let nominal = Hypothesis(pitch: 1, tempo: 1, offset: 0, share: searchesSpeeds ? 0.5 : 1)
        improve(&fits, patterns, straight, nominal)
        guard searchesSpeeds, let first = fits.first, first.chance > Self.certain else { return fits }
        let share = 0.25 / Double(Self.speeds.count)
        for speed in Self.speeds {
            improve(&fits, patterns, straight, Hypothesis(pitch: 1, tempo: speed, offset: 0, share: share))
            improve(
                &fits, patterns, BandPower(spectra, scale: speed),
                Hypothesis(pitch: speed, tempo: speed, offset: 0, share: share))
        }
        return fits
    }

    private func improve(
        _ fits: inout [Fit], _ patterns: [[Float]], _ power: BandPower, _ base: Hypothesis
    ) {
        for phase in 0..<Self.phases {
            var hypothesis = base
            hypothesis.offset = Double(phase) / Double(Self.phases)
            hypothesis.share = base.share / Double(Self.phases * MarkGrid.period)
            guard power.cellCount(tempo: base.tempo, offset: hypothesis.offset) >= Self.fewestCells else { continue }
            let statistic = Self.statistic(power, hypothesis)
            for index in patterns.indices {
                let (correlation, cell) = statistic.best(patterns[index])
                // Most patterns fit nowhere: the bound costs more than the comparison.
                guard correlation > 3 || patterns.count == 1 else { continue }
                let chance = ChanceBound.logarithm(correlation: Double(correlation), share: hypothesis.share)
                guard chance < fits[index].chance else { continue }
                fits[index] = Fit(chance: chance, correlation: correlation, hypothesis: hypothesis, cell: cell)
            }
        }
    }

    /// What the cells say where a fit was found.
    func statistic(of fit: Fit) -> MarkStatistic? {
        guard let hypothesis = fit.hypothesis else { return nil }
        return Self.statistic(BandPower(spectra, scale: hypothesis.pitch), hypothesis)
    }

    private static func statistic(_ power: BandPower, _ hypothesis: Hypothesis) -> MarkStatistic {
        MarkStatistic(loudness: power.loudness(tempo: hypothesis.tempo, offset: hypothesis.offset))
    }
}
