/// Turns the plan of a sentence into phonemes: normalises, cuts into clauses, looks words up, asks the phonemizer once
/// and puts the pieces together.
struct SentenceBuilder: Sendable {
    let language: String
    let normalizer: TextNormalizer
    let splitter: SentenceSplitter
    let lexicon: Lexicon
    let phonemizer: any Phonemizer

    /// - Returns: nil where there is nothing to say; pauses and marks are then lost.
    func sentence(_ plan: SentencePlan) throws(PhonemeError) -> SpokenSentence? {
        let steps = steps(NormalizedSentence(plan, normalizer, lexicon))
        var texts: [String] = []
        for case .espeak(let text, _, _) in steps { texts.append(text) }
        let written = texts.isEmpty ? [] : try phonemizer.phonemes(of: texts, language: language)
        var assembly = SentenceAssembly()
        var next = written.makeIterator()
        for step in steps {
            switch step {
            case .espeak(_, let prosody, let isNewWord):
                assembly.append(EspeakOutput.phonemes(of: next.next() ?? ""), prosody, isNewWord: isNewWord)
            case .phonemes(let phonemes, let prosody, let isNewWord):
                assembly.append(phonemes, prosody, isNewWord: isNewWord)
            case .pause(let seconds): assembly.pause(seconds)
            case .mark(let name): assembly.mark(name)
            case .end(let terminator): assembly.endClause(terminator)
            }
        }
        return assembly.finished(text: plan.text, pauseAfter: plan.pauseAfter ?? 0)
    }

    private enum Step {
        case espeak(String, Prosody, isNewWord: Bool)
        case phonemes([Phoneme], Prosody, isNewWord: Bool)
        case pause(Double)
        case mark(String)
        /// Of a clause.
        case end(ClauseTerminator)
    }

    private func steps(_ sentence: NormalizedSentence) -> [Step] {
        var steps: [Step] = []
        var events = sentence.events[...]
        var aligner = ClauseAligner(sentence)
        for clause in splitter.clauses(of: sentence.text[...]) {
            for piece in aligner.pieces(of: clause.text) {
                while let event = events.first, event.offset <= piece.offset {
                    steps.append(Self.step(event.part))
                    events.removeFirst()
                }
                append(piece, to: &steps)
            }
            steps.append(.end(clause.terminator))
        }
        for event in events { steps.append(Self.step(event.part)) }
        return steps
    }

    private static func step(_ event: SentencePlan.Part) -> Step {
        if case .pause(let seconds) = event { return .pause(seconds) }
        if case .mark(let name) = event { return .mark(name) }
        return .end(.none)
    }

    private func append(_ piece: ClauseAligner.Piece, to steps: inout [Step]) {
        if let phonemes = piece.run.phonemes {
            steps.append(.phonemes(phonemes, piece.run.prosody, isNewWord: piece.isNewWord))
            return
        }
        var isNewWord = piece.isNewWord
        for part in LexiconWords.pieces(of: piece.text[...], lexicon) {
            switch part {
            case .text(let text):
                let isSpaced = text.unicodeScalars.first.map { !$0.properties.isAlphabetic } ?? false
                if text.contains(where: { $0.isLetter || $0.isNumber || $0.isSymbol }) {
                    steps.append(.espeak(String(text), piece.run.prosody, isNewWord: isNewWord || isSpaced))
                }
                isNewWord = text.unicodeScalars.last.map { !$0.properties.isAlphabetic } ?? false
            case .word(_, let phonemes):
                steps.append(.phonemes(phonemes, piece.run.prosody, isNewWord: isNewWord))
                isNewWord = false
            }
        }
    }
}

/// A sentence's text after normalisation, and what each part of it is.
struct NormalizedSentence {
    struct Run {
        /// Byte offset behind it.
        var end: Int
        var prosody: Prosody
        /// Given by the author, in place of the text.
        var phonemes: [Phoneme]?
    }

    private(set) var text = ""
    private(set) var runs: [Run] = []
    /// Pauses and marks, in order.
    private(set) var events: [(offset: Int, part: SentencePlan.Part)] = []

    init(_ plan: SentencePlan, _ normalizer: TextNormalizer, _ lexicon: Lexicon) {
        for part in plan.parts {
            switch part {
            case .text(let raw, let prosody):
                for piece in LexiconWords.symbolPieces(of: raw[...], lexicon) {
                    switch piece {
                    case .text(let text): append(Self.normalized(String(text), normalizer), prosody)
                    case .word(_, let phonemes): append("word", prosody, phonemes)
                    }
                }
            case .words(let words, let prosody): append(words, prosody)
            case .phonemes(let phonemes, let prosody):
                // An ordinary word to whatever looks at the text.
                append("word", prosody, phonemes)
            case .pause, .mark: events.append((text.utf8.count, part))
            }
        }
    }

    private mutating func append(_ part: String, _ prosody: Prosody, _ phonemes: [Phoneme]? = nil) {
        guard !part.isEmpty else { return }
        text += part
        runs.append(Run(end: text.utf8.count, prosody: prosody, phonemes: phonemes))
    }

    /// Normalising may take away the white space at the ends, which separates words of two parts.
    private static func normalized(_ text: String, _ normalizer: TextNormalizer) -> String {
        var result = normalizer.normalize(text)
        if text.first?.isWhitespace == true, result.first?.isWhitespace != true { result = " " + result }
        if text.last?.isWhitespace == true, result.last?.isWhitespace != true { result += " " }
        return result
    }
}
