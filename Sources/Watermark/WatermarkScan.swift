internal import Glibc

/// A recording that arrives piece by piece, searched in passages of half a minute that overlap by half.
public struct WatermarkScan {
    /// Hz of the samples that are taken.
    public static var sampleRate: Int { BandPower.sampleRate }

    private static let passage = 30 * BandPower.sampleRate
    private static let step = passage / 2

    private let detector: WatermarkDetector
    private var waiting: [Float] = []
    /// Samples before those that wait.
    private var position = 0
    private var findings: [(range: Range<Int>, finding: PassageFinding)] = []

    public init(_ detector: WatermarkDetector) {
        self.detector = detector
    }

    /// Takes mono samples at ``sampleRate``.
    ///
    /// - Throws: ``WatermarkError/Code/rateUnsupported``.
    public mutating func append(_ samples: UnsafeBufferPointer<Float>) throws(WatermarkError) {
        for sample in samples { waiting.append(sample.isFinite ? min(max(sample, -1e6), 1e6) : 0) }
        while waiting.count >= Self.passage {
            try search(Self.passage)
            waiting.removeFirst(Self.step)
            position += Self.step
        }
    }

    /// What the whole recording says; nothing can be appended afterwards.
    public mutating func finish() throws(WatermarkError) -> WatermarkEvidence {
        // What overlaps has been searched already.
        if findings.isEmpty || waiting.count > Self.passage - Self.step { try search(waiting.count) }
        return evidence(samples: position + waiting.count)
    }

    private mutating func search(_ count: Int) throws(WatermarkError) {
        let finding = try waiting.withUnsafeBufferPointer { samples throws(WatermarkError) in
            try detector.search(UnsafeBufferPointer(rebasing: samples[..<count]))
        }
        findings.append((position..<position + count, finding))
    }

    private func evidence(samples: Int) -> WatermarkEvidence {
        // Each passage is another place where chance might have its way.
        let passages = log10(Double(max(findings.count, 1)))
        let rate = Double(Self.sampleRate)
        return WatermarkEvidence(
            logChance: min(0, (findings.map(\.finding.fit.chance).min() ?? 0) + passages),
            own: own(passages),
            passages: findings.map { range, finding in
                WatermarkEvidence.Passage(
                    start: Double(range.lowerBound) / rate, end: Double(range.upperBound) / rate,
                    logChance: finding.fit.chance, tempo: finding.fit.hypothesis?.tempo ?? 1,
                    pitch: finding.fit.hypothesis?.pitch ?? 1)
            },
            decoys: decoys(passages), seconds: Double(samples) / rate)
    }

    private func own(_ passages: Double) -> WatermarkEvidence.OwnMark? {
        let readings = findings.flatMap { $0.finding.own.enumerated().map { (key: $0.offset, reading: $0.element) } }
        guard let best = readings.min(by: { $0.reading.chance < $1.reading.chance }) else { return nil }
        let keys = log10(Double(findings.map(\.finding.own.count).max() ?? 1))
        return WatermarkEvidence.OwnMark(
            key: best.key, logChance: min(0, best.reading.chance + passages + keys),
            payload: Watermark.Payload(value: best.reading.payload))
    }

    private func decoys(_ passages: Double) -> WatermarkEvidence.Decoys? {
        guard let count = findings.first?.finding.decoys.count, count > 0 else { return nil }
        let chances = (0..<count).map { key in
            min(0, (findings.map { $0.finding.decoys[key] }.min() ?? 0) + passages)
        }
        let threshold = log10(WatermarkEvidence.threshold)
        return WatermarkEvidence.Decoys(
            keys: count, found: chances.filter { $0 <= threshold }.count, logChance: chances.min() ?? 0)
    }
}
