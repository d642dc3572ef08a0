internal import AudioCore
internal import Spectral

/// Looks for ``Watermark``s in recordings.
///
/// Immutable; any number of searches may run at once.
public struct WatermarkDetector: Sendable {
    /// Whether recordings played up to 6.4 % too fast or too slow are recognised too, in pitch or without; it costs some
    /// sixty times the work where there is no mark.
    public var searchesSpeeds = true

    private let keys: [WatermarkKey]
    private let everyones: [Float]
    private let decoys: [[Float]]

    /// - Parameters:
    ///   - keys: of one's own, in whose marks a payload can be read.
    ///   - decoys: how many made-up keys are to be looked for as well, to see how often chance finds what is not there.
    public init(keys: [WatermarkKey] = [], decoys: Int = 0) {
        self.keys = keys
        everyones = MarkPatterns.plain(.everyones)
        self.decoys = (0..<max(0, decoys)).map { number in
            MarkPatterns.plain(WatermarkKey(secret: Array("decoy \(number)".utf8)))
        }
    }

    /// Looks through a whole recording.
    ///
    /// - Parameters:
    ///   - samples: mono, full scale ±1.
    ///   - rate: Hz.
    /// - Throws: ``WatermarkError/Code/rateUnsupported``.
    public func detect(_ samples: UnsafeBufferPointer<Float>, rate: Int) throws(WatermarkError) -> WatermarkEvidence {
        guard rate != BandPower.sampleRate else {
            var scan = WatermarkScan(self)
            try scan.append(samples)
            return try scan.finish()
        }
        let resampled: [Float]
        do {
            resampled = try Self.resample(samples, rate: rate)
        } catch {
            throw WatermarkError(.rateUnsupported, "sound of \(rate) Hz cannot be searched", cause: error)
        }
        var scan = WatermarkScan(self)
        try resampled.withUnsafeBufferPointer { samples throws(WatermarkError) in try scan.append(samples) }
        return try scan.finish()
    }

    /// As ``detect(_:rate:)``.
    public func detect(_ samples: [Float], rate: Int) throws(WatermarkError) -> WatermarkEvidence {
        try samples.withUnsafeBufferPointer { samples throws(WatermarkError) in try detect(samples, rate: rate) }
    }

    private static func resample(_ samples: UnsafeBufferPointer<Float>, rate: Int) throws(AudioError) -> [Float] {
        let resampler = try Resampler(from: rate, to: BandPower.sampleRate)
        var output: [Float] = []
        var block = [Float](repeating: 0, count: 1 << 14)
        var rest = samples
        while !rest.isEmpty {
            let step = try block.withUnsafeMutableBufferPointer { block throws(AudioError) in
                try resampler.process(rest, into: block)
            }
            output += block[..<step.produced]
            rest = UnsafeBufferPointer(rebasing: rest[step.consumed...])
        }
        while true {
            let count = try block.withUnsafeMutableBufferPointer { block throws(AudioError) in
                try resampler.finish(into: block)
            }
            guard count > 0 else { return output }
            output += block[..<count]
        }
    }

    /// What one passage says.
    func search(_ samples: UnsafeBufferPointer<Float>) throws(WatermarkError) -> PassageFinding {
        let search: MarkSearch
        do {
            search = try MarkSearch(samples, searchesSpeeds: searchesSpeeds)
        } catch {
            throw WatermarkError(.rateUnsupported, "the recording cannot be analysed", cause: error)
        }
        let fits = search.fits(([everyones] + decoys).map { $0 + $0 })
        var finding = PassageFinding(fit: fits[0], decoys: fits.dropFirst().map(\.chance))
        guard !keys.isEmpty, fits[0].chance <= Self.worthReading, let statistic = search.statistic(of: fits[0]) else {
            return finding
        }
        let aligned = statistic.aligned(to: fits[0].cell, without: everyones)
        finding.own = keys.indices.map { PayloadReading(aligned, keys[$0]) }
        return finding
    }

    /// Everyone's mark tells where a key's own must lie; below this it cannot.
    private static let worthReading = -2.0
}

/// What was found in one passage.
struct PassageFinding {
    let fit: MarkSearch.Fit
    let decoys: [Double]
    /// One for each key.
    var own: [PayloadReading] = []

    init(fit: MarkSearch.Fit, decoys: [Double]) {
        self.fit = fit
        self.decoys = decoys
    }
}

/// The payload that fits best where everyone's mark was found.
struct PayloadReading {
    let payload: UInt16
    /// log₁₀ of the bound on chance, all payloads considered.
    let chance: Double

    init(_ statistic: MarkStatistic, _ key: WatermarkKey) {
        var payload = 0
        var correlation: Float = 0
        for half in 0..<2 {
            let chips = statistic.half(half)
            let products = (0..<MarkPatterns.symbols).map { symbol in
                MarkStatistic.product(chips, MarkPatterns.half(half, symbol: symbol, key))
            }
            let symbol = products.indices.max { products[$0] < products[$1] } ?? 0
            payload = payload << 8 | symbol
            correlation += products[symbol]
        }
        self.payload = UInt16(payload)
        let normalized = statistic.norm > 0 ? correlation / statistic.norm : 0
        let payloads = Double(MarkPatterns.symbols * MarkPatterns.symbols)
        chance = ChanceBound.logarithm(correlation: Double(normalized), share: 1 / payloads)
    }
}
