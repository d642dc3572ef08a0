import AudioIO
import Phonemes
import Synthesis
import Watermark

/// One text on its way to a sink: sentence by sentence, and each sentence piece by piece, so that the first is heard
/// while the rest is unknown yet.
struct ReadAloud {
    private let job: ReadAloudJob
    private let sink: any SpeechSink
    private let onEvent: (ReadAloudEvent) throws -> Void
    private var finisher: SpeechFinisher
    /// Samples handed to the sink.
    private var position = 0
    private var sentences = 0
    /// Seconds of silence to come before the next sentence.
    private var pause = 0.0
    /// Known once the first sentence is.
    private var watermark: Watermark?
    private var hasRemarkedLetters = false
    private var chunk: [Float] = []
    private var finished: [Float] = []

    /// Longest silence between two sentences, in seconds.
    private static let longestPause = 60.0

    init(_ job: ReadAloudJob, sink: any SpeechSink, onEvent: @escaping (ReadAloudEvent) throws -> Void) {
        self.job = job
        self.sink = sink
        self.onEvent = onEvent
        finisher = SpeechFinisher(sampleRate: job.voice.sampleRate)
    }

    /// Speaks all of the job's text.
    ///
    /// - Returns: seconds of sound.
    mutating func run() throws -> Double {
        try job.options.validate()
        if !job.voice.followsPitch, job.options.pitch != 0 || job.options.pitchRange != 1 {
            try onEvent(.warning("\(job.voice.name) has one pitch only: it cannot be made higher, lower or livelier"))
        }
        if !LanguageTag.areOneLanguage(job.voice.language, job.frontEnd.language) {
            try onEvent(
                .warning(
                    SpeechRemarks.foreignVoice(
                        job.voice.name, of: [job.voice.language], speaking: job.frontEnd.language)))
        }
        switch job.text {
        case .plain(let text): try speak(job.frontEnd.sentences(of: text))
        case .ssml(let text, let isLenient):
            try speak(try job.frontEnd.sentences(ofSSML: text, isLenient: isLenient))
        case .stream(let descriptor, let name):
            var text = TextStream(descriptor: descriptor, name: name)
            try speak(from: { try text.next() })
        case .pieces(let next): try speak(from: next)
        }
        guard position > 0 || !job.refusesSilence else {
            throw PhonemeError(.nothingToSay, "the text has nothing that could be said: no word, number or symbol")
        }
        try sink.finish()
        return seconds
    }

    private var seconds: Double { Double(position) / Double(job.voice.sampleRate) }

    private mutating func speak(_ sentences: SpokenSentences) throws {
        try report(sentences.warnings)
        var sentences = sentences
        while let sentence = try sentences.next() { try speak(sentence) }
        try writePause()
    }

    private mutating func speak(from next: () throws -> String?) throws {
        var stream = job.frontEnd.stream()
        while let piece = try next() {
            let sentences = try stream.append(piece)
            try report(stream.takeWarnings())
            for sentence in sentences { try speak(sentence) }
        }
        let sentences = try stream.finish()
        try report(stream.takeWarnings())
        for sentence in sentences { try speak(sentence) }
        // Whether another sentence follows is not known when one ends: after the last, nothing is waited for.
    }

    private mutating func speak(_ sentence: SpokenSentence) throws {
        try Task.checkCancellation()
        try writePause()
        let start = position
        if !sentence.phonemes.isEmpty {
            if !hasRemarkedLetters,
                let remark = SpeechRemarks.foreignLetters(in: sentence.text, spokenAs: job.frontEnd.language)
            {
                hasRemarkedLetters = true
                try onEvent(.warning(remark))
            }
            try onEvent(.sentence(sentence.text, seconds: seconds))
            let watermark =
                watermark ?? job.signature.watermark(of: sentence.text, seed: job.options.seed)
            self.watermark = watermark
            let speech = try job.voice.makeMarkedSpeech(
                of: sentence, options: job.options, seed: job.options.seed(forSentence: sentences),
                watermark: watermark, position: start)
            sentences += 1
            try report(speech.marks, from: start)
            while try write(nextOf: speech) {}
        } else {
            try report(sentence.marks.map { SpeechMark(name: $0.name, sample: 0) }, from: start)
        }
        pause = sentence.isPauseGiven ? sentence.pauseAfter : sentence.pauseAfter / max(job.options.rate, 0.25)
    }

    private func report(_ warnings: [SpeechWarning]) throws {
        for warning in warnings { try onEvent(.warning("\(warning)")) }
    }

    private func report(_ marks: [SpeechMark], from start: Int) throws {
        for mark in marks {
            try onEvent(.mark(mark.name, seconds: Double(start + mark.sample) / Double(job.voice.sampleRate)))
        }
    }

    /// Hands the next piece of a sentence to the sink; false when it was the last.
    private mutating func write(nextOf speech: any SpeechProducer) throws -> Bool {
        try Task.checkCancellation()
        chunk.removeAll(keepingCapacity: true)
        finished.removeAll(keepingCapacity: true)
        let isMore = try speech.next(into: &chunk)
        if isMore {
            finisher.append(chunk, into: &finished)
        } else {
            finisher.finish(into: &finished)
        }
        try write(finished)
        return isMore
    }

    private mutating func writePause() throws {
        let rate = job.voice.sampleRate
        var rest = Int((min(max(pause, 0), Self.longestPause) * Double(rate)).rounded())
        pause = 0
        let silence = [Float](repeating: 0, count: min(rest, rate / 4))
        while rest > 0 {
            try Task.checkCancellation()
            let count = min(rest, silence.count)
            try write(count == silence.count ? silence : Array(silence.prefix(count)))
            rest -= count
        }
    }

    private mutating func write(_ samples: [Float]) throws {
        guard !samples.isEmpty else { return }
        try samples.withUnsafeBufferPointer { try sink.write($0) }
        position += samples.count
    }
}
