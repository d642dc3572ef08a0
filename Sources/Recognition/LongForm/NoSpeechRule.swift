/// Decides that a window holds no speech and is to be left out.
struct NoSpeechRule: Sendable, Equatable {
    /// Windows above it hold no speech; nil to keep all.
    var noSpeechThreshold: Double?
    /// A text that is more probable than this is kept nevertheless; nil for no such exception.
    var logProbabilityThreshold: Double?

    func skips(_ result: DecodingResult) -> Bool {
        guard let noSpeechThreshold, result.noSpeechProbability > noSpeechThreshold else { return false }
        guard let logProbabilityThreshold else { return true }
        return !(result.averageLogProbability > logProbabilityThreshold)
    }
}
