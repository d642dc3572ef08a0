/// Keeps timestamps well formed: in pairs except before the end of text, never decreasing, segments of non-zero
/// length, the first token a timestamp within the allowed beginning; and takes a timestamp whenever timestamps
/// together are more probable than every single text token.
///
/// The last rule compares log Σ exp over timestamps with the largest text logit; the normaliser of the
/// log-probabilities is the same on both sides and is left out.
struct ApplyTimestampRules: LogitFilter {
    let endOfText: Int
    let noTimestamps: Int
    let timestampBegin: Int
    /// Largest first timestamp, in steps of 20 ms; nil for no limit.
    let maxInitialTimestampIndex: Int?
    /// Whether the last rule holds; a search that weighs more than the decoder against timestamps does without it.
    var prefersTimestamps = true

    func apply(to logits: LogitsRow, sampled: [Int]) {
        LogitOperations.mask(logits, tokens: [noTimestamps])
        keepPairs(logits, sampled)
        if sampled.isEmpty {
            openWithTimestamp(logits)
        }
        guard prefersTimestamps else { return }
        let timestamps = LogitOperations.logSumExp(logits, in: timestampBegin..<max(timestampBegin, logits.count))
        if timestamps > LogitOperations.maximum(logits, in: 0..<timestampBegin) {
            LogitOperations.mask(logits, in: 0..<timestampBegin)
        }
    }

    private func keepPairs(_ logits: LogitsRow, _ sampled: [Int]) {
        let lastIsTimestamp = sampled.last.map { $0 >= timestampBegin } ?? false
        let penultimateIsTimestamp = sampled.count < 2 || sampled[sampled.count - 2] >= timestampBegin
        if lastIsTimestamp {
            if penultimateIsTimestamp {
                LogitOperations.mask(logits, in: timestampBegin..<max(timestampBegin, logits.count))
            } else {
                LogitOperations.mask(logits, in: 0..<endOfText)
            }
        }
        guard let latest = sampled.last(where: { $0 >= timestampBegin }) else { return }
        // The timestamp that opens the next segment may equal the one that closed the last.
        let opensNext = lastIsTimestamp && !penultimateIsTimestamp
        LogitOperations.mask(logits, in: timestampBegin..<(opensNext ? latest : latest + 1))
    }

    private func openWithTimestamp(_ logits: LogitsRow) {
        LogitOperations.mask(logits, in: 0..<timestampBegin)
        guard let limit = maxInitialTimestampIndex else { return }
        let firstForbidden = min(timestampBegin + limit + 1, logits.count)
        LogitOperations.mask(logits, in: firstForbidden..<logits.count)
    }
}
