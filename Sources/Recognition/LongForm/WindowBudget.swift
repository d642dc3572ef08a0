internal import Glibc

/// What decoding some windows may cost: time of the processor on this thread, so that a machine that is busy otherwise,
/// or was suspended, takes nothing from it.
struct WindowBudget: Sendable, Equatable {
    private let end: Duration

    /// Begins now.
    ///
    /// - Parameters:
    ///   - factor: seconds of the processor for each second of sound; nil for any number.
    ///   - seconds: length of the windows, with the silence that they are filled up with.
    init?(factor: Double?, seconds: Double) {
        guard let factor else { return nil }
        end = Self.now + .seconds(factor * seconds)
    }

    var isSpent: Bool { Self.now > end }

    private static var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

extension RecognitionError {
    static var spentBudget: RecognitionError {
        RecognitionError(.windowGaveUp, "the model finds no end of a window's text; try another model")
    }
}

extension DecodingResult {
    /// Of a window that no text was found for in time.
    static let abandoned = DecodingResult(
        tokens: [], text: "", averageLogProbability: 0, noSpeechProbability: 0, temperature: 0, compressionRatio: 0,
        problem: RecognitionError.Code.windowGaveUp.rawValue)
}

extension Segment {
    /// Stands for a window that has no text because of a problem.
    init(without problem: String, _ window: SpeechWindow) {
        self.init(
            id: 0, seek: window.seek, start: window.timeOffset, end: window.timeOffset + window.duration, text: "",
            tokens: [], temperature: 0, averageLogProbability: 0, compressionRatio: 0, noSpeechProbability: 0,
            problem: problem)
    }
}
