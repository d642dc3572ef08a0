/// Everything that stands before the first sampled token of a window:
/// `[<|startofprev|> hotwords previous-text] <|startoftranscript|> [language task] [<|notimestamps|>] [prefix]`.
///
/// Lengths are limited as in the reference: the prompt to its last `textContext / 2 − 1` tokens, the prefix to what
/// the sample length leaves of half the context. Hotwords, which the reference lacks, work as in faster-whisper: they
/// open the prompt when no prefix is given; here they share the prompt's limit with the previous text, which keeps
/// its end.
struct InitialTokens: Sendable, Equatable {
    let tokens: [Int]
    /// Position of `<|startoftranscript|>`.
    let startOfTranscriptIndex: Int

    init(
        request: DecodingRequest, options: DecodingOptions, vocabulary: some DecodingVocabulary, textContext: Int
    ) throws(RecognitionError) {
        let special = vocabulary.special
        var start = try vocabulary.startSequence(language: request.language, task: options.task)
        if options.withoutTimestamps {
            start.append(special.noTimestamps)
        }
        let half = textContext / 2
        if !options.prefix.isEmpty {
            start += options.prefix.suffixAsReference(half - (options.sampleLength ?? half))
        }
        start += request.decided
        let prompt = Self.prompt(request.prompt, hotwords: options.prefix.isEmpty ? options.hotwords : [], half - 1)
        let tokens = prompt.isEmpty ? start : [special.startOfPrev] + prompt + start
        guard tokens.count <= textContext else {
            throw RecognitionError(
                .optionInvalid,
                "prompt, start tokens and prefix are \(tokens.count) tokens, the model's text context holds "
                    + "\(textContext); shorten the prefix")
        }
        self.tokens = tokens
        startOfTranscriptIndex = tokens.count - start.count
    }

    private static func prompt(_ previous: [Int], hotwords: [Int], _ limit: Int) -> [Int] {
        guard !hotwords.isEmpty else { return Array(previous.suffixAsReference(limit)) }
        let hotwords = hotwords.prefix(max(0, limit))
        return hotwords + previous.suffix(max(0, limit - hotwords.count))
    }
}

extension Array {
    /// The last `count` elements in the way of Python's `list[-count:]`, which the reference relies on: 0 gives the
    /// whole list, a negative count drops that many elements from the front.
    func suffixAsReference(_ count: Int) -> ArraySlice<Element> {
        switch count {
        case 0: self[...]
        case ..<0: dropFirst(-count)
        default: suffix(count)
        }
    }
}
