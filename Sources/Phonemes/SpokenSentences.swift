/// Sentences one after the other, each computed when it is asked for.
public struct SpokenSentences: Sendable {
    /// What was ignored, known before the first sentence is.
    public let warnings: [SpeechWarning]

    private let builder: SentenceBuilder
    private let options: SpeechFrontEnd.Options
    private var blocks: ArraySlice<MarkedText.Block>
    private var plans: ArraySlice<SentencePlan> = []
    private var endsParagraph = false
    /// Of sentences in which nothing is spoken, for the next one.
    private var held = Held()

    private struct Held: Sendable {
        var pause = 0.0
        var marks: [String] = []

        var isEmpty: Bool { pause == 0 && marks.isEmpty }
    }

    init(_ marked: MarkedText, _ builder: SentenceBuilder, _ options: SpeechFrontEnd.Options) {
        warnings = marked.warnings
        self.builder = builder
        self.options = options
        blocks = Self.joined(marked.blocks)[...]
    }

    /// The next sentence, nil after the last one. Takes the time of one call of the phonemizer.
    ///
    /// A text of pauses and marks alone is one sentence without phonemes.
    ///
    /// - Throws: ``PhonemeError/Code/cancelled`` and what the phonemizer throws; the sentence is then skipped.
    public mutating func next() throws(PhonemeError) -> SpokenSentence? {
        while let plan = nextPlan() {
            guard !Task.isCancelled else { throw PhonemeError(.cancelled, "The speech was cancelled.") }
            guard var sentence = try builder.sentence(plan) else {
                hold(plan)
                continue
            }
            sentence.isPauseGiven = plan.pauseAfter != nil
            if !sentence.isPauseGiven { sentence.pauseAfter = usualPause }
            release(to: &sentence)
            return sentence
        }
        guard !held.isEmpty else { return nil }
        defer { held = Held() }
        let marks = held.marks.map { SpokenSentence.Mark(name: $0, phonemeIndex: 0) }
        return SpokenSentence(text: "", phonemes: [], pauseAfter: held.pause, isPauseGiven: true, marks: marks)
    }

    private mutating func nextPlan() -> SentencePlan? {
        while plans.isEmpty {
            guard let block = blocks.popFirst() else { return nil }
            plans = block.plans(builder.splitter)[...]
            endsParagraph = block.endsParagraph
        }
        return plans.popFirst()
    }

    /// Behind the last sentence there is none.
    private var usualPause: Double {
        if !plans.isEmpty { return options.sentencePause }
        if blocks.isEmpty { return 0 }
        return endsParagraph ? options.paragraphPause : options.sentencePause
    }

    private mutating func hold(_ plan: SentencePlan) {
        for part in plan.parts {
            if case .pause(let seconds) = part { held.pause += seconds }
            if case .mark(let name) = part { held.marks.append(name) }
        }
        held.pause += plan.pauseAfter ?? 0
    }

    private mutating func release(to sentence: inout SpokenSentence) {
        guard !held.isEmpty else { return }
        if held.pause > 0 {
            sentence.pauses.insert(SpokenSentence.Pause(phonemeIndex: 0, seconds: held.pause), at: 0)
        }
        sentence.marks.insert(contentsOf: held.marks.map { SpokenSentence.Mark(name: $0, phonemeIndex: 1) }, at: 0)
        held = Held()
    }

    /// Gives pauses that stand before a block's first word to the block before, whose last sentence they follow, and
    /// what stands in a block without words likewise.
    private static func joined(_ blocks: [MarkedText.Block]) -> [MarkedText.Block] {
        var result: [MarkedText.Block] = []
        for var block in blocks {
            guard let last = result.indices.last else {
                result.append(block)
                continue
            }
            let hasText = block.hasText
            let leading = block.items.prefix { item in
                if case .pause = item { return true }
                if case .text(let text, _) = item { return text.allSatisfy(\.isWhitespace) }
                return !hasText
            }
            let pauses = leading.filter { item in if case .text = item { false } else { true } }
            result[last].items += pauses
            block.items.removeFirst(leading.count)
            if hasText {
                result.append(block)
            } else {
                result[last].endsParagraph = result[last].endsParagraph || block.endsParagraph
            }
        }
        return result
    }
}
