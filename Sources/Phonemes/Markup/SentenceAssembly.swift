/// Puts the phonemes of a sentence together as voices have learnt them.
struct SentenceAssembly {
    private var phonemes: [Phoneme] = [.beginning]
    /// Of each phoneme.
    private var prosody: [Prosody] = [.neutral]
    private var pauses: [SpokenSentence.Pause] = []
    private var marks: [SpokenSentence.Mark] = []
    /// Set, and waiting for the phoneme that they precede.
    private var pendingMarks: [String] = []
    private var clauseIsEmpty = true
    private var hasSpeech = false

    mutating func append(_ more: [Phoneme], _ style: Prosody, isNewWord: Bool) {
        guard !more.isEmpty else { return }
        // What begins the sentence is said as its first word is.
        if !hasSpeech { prosody[0] = style }
        if !clauseIsEmpty, isNewWord { append(.wordBoundary, prosody[prosody.count - 1]) }
        placeMarks()
        for phoneme in more { append(phoneme, style) }
        clauseIsEmpty = false
        hasSpeech = true
    }

    mutating func endClause(_ terminator: ClauseTerminator) {
        placeMarks()
        if hasSpeech, terminator != .none { append(Phoneme(terminator.rawValue), prosody[prosody.count - 1]) }
        clauseIsEmpty = true
    }

    /// Silence from here on. Words in front of it end as at a comma.
    mutating func pause(_ seconds: Double) {
        guard seconds > 0 else { return }
        if !clauseIsEmpty { endClause(.comma) }
        // Before the first word, it comes before the sentence.
        pauses.append(SpokenSentence.Pause(phonemeIndex: hasSpeech ? phonemes.count : 0, seconds: seconds))
    }

    mutating func mark(_ name: String) {
        pendingMarks.append(name)
    }

    private mutating func placeMarks() {
        for name in pendingMarks { marks.append(SpokenSentence.Mark(name: name, phonemeIndex: phonemes.count)) }
        pendingMarks = []
    }

    /// - Returns: nil where nothing is spoken.
    consuming func finished(text: String, pauseAfter: Double) -> SpokenSentence? {
        guard hasSpeech else { return nil }
        placeMarks()
        append(.end, prosody[prosody.count - 1])
        return SpokenSentence(
            text: text, phonemes: phonemes, spans: spans(), pauses: pauses, pauseAfter: pauseAfter, marks: marks)
    }

    private mutating func append(_ phoneme: Phoneme, _ style: Prosody) {
        phonemes.append(phoneme)
        prosody.append(style)
    }

    private func spans() -> [SpokenSentence.ProsodySpan] {
        var spans: [SpokenSentence.ProsodySpan] = []
        var start = 0
        for index in 1...prosody.count where index == prosody.count || prosody[index] != prosody[start] {
            if prosody[start] != .neutral {
                spans.append(SpokenSentence.ProsodySpan(range: start..<index, prosody: prosody[start]))
            }
            start = index
        }
        return spans
    }
}
