import StrictJSON

extension JSONWriter {
    /// Writes a segment as an object with the reference's keys in the reference's order; `words` comes after them, and
    /// only if `includesWords` and the segment has them; then what is wrong with the segment, if something is.
    mutating func value(_ segment: Segment, includesWords: Bool) {
        beginObject()
        member("id", segment.id)
        member("seek", segment.seek)
        member("start", segment.start)
        member("end", segment.end)
        member("text", segment.text)
        key("tokens")
        beginArray()
        for token in segment.tokens { value(token) }
        endArray()
        member("temperature", segment.temperature)
        member("avg_logprob", segment.averageLogProbability)
        member("compression_ratio", segment.compressionRatio)
        member("no_speech_prob", segment.noSpeechProbability)
        if includesWords, let words = segment.words {
            key("words")
            beginArray()
            for word in words { value(word) }
            endArray()
        }
        if let problem = segment.problem { member("problem", problem) }
        endObject()
    }

    private mutating func value(_ word: Word) {
        beginObject()
        member("word", word.text)
        member("start", word.start)
        member("end", word.end)
        member("probability", word.probability)
        endObject()
    }

    mutating func member(_ name: String, _ value: Int) {
        key(name)
        self.value(value)
    }

    mutating func member(_ name: String, _ value: Double) {
        key(name)
        self.value(value)
    }

    mutating func member(_ name: String, _ value: String) {
        key(name)
        self.value(value)
    }
}
