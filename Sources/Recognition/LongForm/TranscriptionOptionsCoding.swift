/// Options as they are stored: every one under its own name, "none" as null. What is missing, as in values stored before
/// an option existed, has its default.
extension TranscriptionOptions: Codable {
    public init(from decoder: any Decoder) throws {
        self.init()
        let container = try decoder.container(keyedBy: OptionName.self)
        for option in Self.storedOptions { try option.read(container, &self) }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: OptionName.self)
        for option in Self.storedOptions { try option.write(self, &container) }
    }

    private static var storedOptions: [StoredOption] {
        [
            StoredOption("task", \.task),
            StoredOption("language", \.language),
            StoredOption("temperatures", \.temperatures),
            StoredOption("compression_ratio_threshold", \.compressionRatioThreshold),
            StoredOption("logprob_threshold", \.logProbabilityThreshold),
            StoredOption("no_speech_threshold", \.noSpeechThreshold),
            StoredOption("best_of", \.bestOf),
            StoredOption("beam_size", \.beamSize),
            StoredOption("patience", \.patience),
            StoredOption("length_penalty", \.lengthPenalty),
            StoredOption("sample_length", \.sampleLength),
            StoredOption("seed", \.seed),
            StoredOption("suppress_tokens", \.suppressTokens),
            StoredOption("suppress_blank", \.suppressBlank),
            StoredOption("without_timestamps", \.withoutTimestamps),
            StoredOption("decoder_alone", \.decoderAlone),
            StoredOption("max_initial_timestamp", \.maxInitialTimestamp),
            StoredOption("condition_on_previous_text", \.conditionOnPreviousText),
            StoredOption("initial_prompt", \.initialPrompt),
            StoredOption("carry_initial_prompt", \.carryInitialPrompt),
            StoredOption("prefix", \.prefix),
            StoredOption("hotwords", \.hotwords),
            StoredOption("clip_timestamps", \.clipTimestamps),
            StoredOption("word_timestamps", \.wordTimestamps),
            StoredOption("prepend_punctuations", \.prependPunctuations),
            StoredOption("append_punctuations", \.appendPunctuations),
            StoredOption("hallucination_silence_threshold", \.hallucinationSilenceThreshold),
            StoredOption("batch_size", \.batchSize),
            StoredOption("window_budget", \.windowBudget),
        ]
    }
}

private struct OptionName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) { nil }
}

private struct StoredOption {
    let read: (KeyedDecodingContainer<OptionName>, inout TranscriptionOptions) throws -> Void
    let write: (TranscriptionOptions, inout KeyedEncodingContainer<OptionName>) throws -> Void

    init<Value: Codable>(_ name: String, _ path: WritableKeyPath<TranscriptionOptions, Value>) {
        let key = OptionName(stringValue: name)
        read = { container, options in
            guard container.contains(key) else { return }
            options[keyPath: path] = try container.decode(Value.self, forKey: key)
        }
        write = { options, container in try container.encode(options[keyPath: path], forKey: key) }
    }
}
