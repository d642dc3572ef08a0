internal import StrictJSON

/// `generation_config.json`: what Transformers needs to know of a vocabulary to steer the decoder, and the heads from
/// which word timestamps are made. Fields as in the files that OpenAI published with its models.
enum GenerationConfiguration {
    static func value(_ dimensions: ModelDimensions, _ tokenizer: Tokenizer) -> JSONValue {
        let special = tokenizer.special
        let heads = AlignmentHead.standard(for: dimensions)
        var object: JSONObject = [
            "alignment_heads": .array(heads.map { numbers([$0.layer, $0.head]) }),
            "begin_suppress_tokens": numbers(tokenizer.encode(" ") + [special.endOfText]),
            "bos_token_id": number(special.endOfText), "decoder_start_token_id": number(special.startOfTranscript),
            "eos_token_id": number(special.endOfText), "is_multilingual": .bool(tokenizer.isMultilingual),
            // 1 s by 0.02 s.
            "max_initial_timestamp_index": number(50), "max_length": number(dimensions.textContext),
            "no_timestamps_token_id": number(special.noTimestamps), "pad_token_id": number(special.endOfText),
            "prev_sot_token_id": number(special.startOfPrev), "suppress_tokens": numbers(suppressed(tokenizer)),
        ]
        // Transformers takes a model for one that is told language and task if it finds these.
        if tokenizer.isMultilingual {
            var languages = JSONObject()
            for language in special.languages { languages["<|\(language.code)|>"] = number(language.token) }
            object["lang_to_id"] = .object(languages)
            object["task_to_id"] = .object([
                "transcribe": number(special.transcribe), "translate": number(special.translate),
            ])
        }
        return .object(object)
    }

    /// Tokens that are never wanted: what is not spoken, and what only a prompt holds (the reference's
    /// `DecodingTask._get_suppress_tokens`).
    private static func suppressed(_ tokenizer: Tokenizer) -> [Int] {
        let special = tokenizer.special
        return Set(
            tokenizer.nonSpeechTokens + [
                special.startOfTranscript, special.translate, special.transcribe, special.startOfLM,
                special.startOfPrev, special.noSpeech,
            ]
        ).sorted()
    }

    private static func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }

    private static func numbers(_ values: [Int]) -> JSONValue { .array(values.map(number)) }
}
