import Pipelines
import Recognition
import StrictJSON

/// What was reported of one clip, and when.
struct DictationLog {
    private let speech: SpeechExtent
    /// Samples of the clip without what follows it.
    private let clipSamples: Int
    /// Seconds of processor time.
    var processor = 0.0

    private var firstText: Double?
    /// Sound that the texts given out so far had heard, and how long after being spoken its oldest part was in a text.
    private var heardSeconds: Double
    private var lags: [Double] = []
    /// Committed text of the utterance, and when each of its words was complete.
    private var committed = ""
    private var committedAt: [Double] = []
    private var retractions = 0
    private var commitLags: [Double] = []
    private var finals: [String] = []
    private var lastFinal: Double?

    init(speech: SpeechExtent, heard: Int) {
        self.speech = speech
        clipSamples = heard
        heardSeconds = speech.start
    }

    /// - Parameters:
    ///   - now: seconds on the sound's clock.
    ///   - heard: samples that had been given when the event came.
    mutating func take(_ event: DictationEvent, at now: Double, heard: Int) {
        switch event {
        case .partial(let committed, let tentative):
            guard !(committed + tentative).isEmpty else { return }
            note(now, heard)
        case .committed(let text):
            committed += text
            let words = committed.split(separator: " ").count
            while committedAt.count < words { committedAt.append(now) }
        case .erased: retractions += 1
        case .final(let utterance):
            note(now, heard)
            finish(utterance, now)
        case .speechStarted, .speechEnded: break
        }
    }

    /// A text was given out: everything spoken before it is in it, or the recogniser has nothing to say about it.
    private mutating func note(_ now: Double, _ heard: Int) {
        firstText = firstText ?? now
        let end = min(Double(heard) / Double(FrontEnd.sampleRate), speech.end)
        guard end > heardSeconds else { return }
        lags.append(now - heardSeconds)
        heardSeconds = end
    }

    private mutating func finish(_ utterance: DictatedText, _ now: Double) {
        if !utterance.text.hasPrefix(committed.drop { $0 == " " }) { retractions += 1 }
        let words = utterance.words ?? []
        let times = committedAt + Array(repeating: now, count: max(0, words.count - committedAt.count))
        for (word, time) in zip(words, times) { commitLags.append(time - word.end) }
        if !utterance.text.isEmpty {
            finals.append(utterance.text)
            lastFinal = now
        }
        committed = ""
        committedAt = []
    }

    func figures(whole: String) -> DictationFigures {
        var figures = DictationFigures()
        figures.seconds = Double(clipSamples) / Double(FrontEnd.sampleRate)
        figures.processor = processor
        figures.utterances = finals.count
        figures.retractions = retractions
        figures.first = firstText.map { [$0 - speech.start] } ?? []
        figures.lags = lags
        figures.commitLags = commitLags
        figures.finals = lastFinal.map { [$0 - speech.end] } ?? []
        let (said, expected) = (Self.words(finals.joined(separator: " ")), Self.words(whole))
        figures.words = expected.count
        figures.differences = Self.differences(said, expected)
        return figures
    }

    private static func words(_ text: String) -> [Substring] {
        text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "'") }
    }

    /// Levenshtein's: words to insert, remove or replace.
    private static func differences(_ one: [Substring], _ other: [Substring]) -> Int {
        var row = Array(0...other.count)
        for (index, word) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for place in other.indices {
                let substituted = diagonal + (word == other[place] ? 0 : 1)
                diagonal = row[place + 1]
                row[place + 1] = min(substituted, diagonal + 1, row[place] + 1)
            }
        }
        return row[other.count]
    }
}

/// Figures of one clip, or of many together. Times are in seconds.
struct DictationFigures {
    var seconds = 0.0
    var processor = 0.0
    var utterances = 0
    var retractions = 0
    var words = 0
    var differences = 0
    /// From the first sound of speech to the first text.
    var first: [Double] = []
    /// For each text: from the oldest speech that is new in it to its appearance.
    var lags: [Double] = []
    /// For each word: from its end to its commitment.
    var commitLags: [Double] = []
    /// From the last sound of speech to the final text.
    var finals: [Double] = []

    mutating func add(_ other: DictationFigures) {
        seconds += other.seconds
        processor += other.processor
        utterances += other.utterances
        retractions += other.retractions
        words += other.words
        differences += other.differences
        first += other.first
        lags += other.lags
        commitLags += other.commitLags
        finals += other.finals
    }

    var answer: Answer {
        [
            ("seconds", .number(seconds)), ("utterances", .integer(Int64(utterances))),
            ("processor_share", .number(processor / max(seconds, 0.01))),
        ] + Self.shares("first_text_ms", first) + Self.shares("partial_ms", lags)
            + Self.shares("commit_ms", commitLags) + Self.shares("final_ms", finals) + [
                ("retractions", .integer(Int64(retractions))), ("words_of_whole", .integer(Int64(words))),
                ("words_different", .number(Double(differences) / Double(max(1, words)))),
            ]
    }

    private static func shares(_ name: String, _ values: [Double]) -> Answer {
        let sorted = values.sorted()
        return [("p50", 0.5), ("p95", 0.95), ("worst", 1)].map { suffix, share in
            let index = min(sorted.count - 1, Int(share * Double(sorted.count)))
            return ("\(name)_\(suffix)", index < 0 ? .null : .number((sorted[index] * 1e4).rounded() / 10))
        }
    }
}
