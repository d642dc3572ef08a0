/// Decodes again at higher temperatures while the result looks wrong: too repetitive or too improbable.
struct TemperatureFallback: Sendable, Equatable {
    /// Tried in order; the last result stands whatever it is.
    var temperatures: [Double] = [0, 0.2, 0.4, 0.6, 0.8, 1]
    /// A result above it is too repetitive; nil to accept any.
    var compressionRatioThreshold: Double? = 2.4
    /// A result whose average log-probability is below it is too improbable, unless more than the decoder found it;
    /// nil to accept any.
    var logProbabilityThreshold: Double? = -1
    /// An improbable result above it is silence, which no temperature makes better.
    var noSpeechThreshold: Double? = 0.6

    /// Whether a result calls for another temperature.
    func needsFallback(_ result: DecodingResult) -> Bool {
        let isImprobable =
            !result.isJoint && (logProbabilityThreshold.map { result.averageLogProbability < $0 } ?? false)
        if let noSpeechThreshold, isImprobable, result.noSpeechProbability > noSpeechThreshold {
            return false
        }
        let isRepetitive = compressionRatioThreshold.map { result.compressionRatio > $0 } ?? false
        return isRepetitive || isImprobable
    }

    /// Decodes `count` items, each at the first temperature that gives an acceptable result. Items that need another
    /// temperature are tried again together, without the others. When their budget is spent, the last result stands too.
    ///
    /// - Parameter decode: decodes the items of the given indices at a temperature.
    func decode(
        count: Int, _ decode: (_ items: [Int], _ temperature: Double) throws -> [DecodingResult]
    ) rethrows -> [DecodingResult] {
        guard !temperatures.isEmpty else { return [] }
        var results = [DecodingResult?](repeating: nil, count: count)
        var pending = Array(0..<count)
        for temperature in temperatures where !pending.isEmpty {
            do {
                for (item, result) in zip(pending, try decode(pending, temperature)) { results[item] = result }
            } catch let error as RecognitionError where error.code == .windowGaveUp {
                break
            }
            pending = pending.filter { results[$0].map(needsFallback) ?? true }
        }
        return results.map { $0 ?? .abandoned }
    }
}
