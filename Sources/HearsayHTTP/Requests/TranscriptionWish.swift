internal import HearsayDaemon
internal import Recognition

/// What an upload asks for.
struct TranscriptionWish {
    enum Form: String, CaseIterable {
        case json, text, srt, vtt
        case verboseJSON = "verbose_json"
    }

    /// Nil for the default one.
    let model: String?
    let options: TranscriptionOptions
    let form: Form
    let granularities: OpenAIVerboseJSON.Granularities
    /// Whether the text is wanted as it comes.
    let isStreamed: Bool

    /// What OpenAI calls its models: whoever names one of them wants the default one.
    private static let foreignModels: Set = [
        "whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-4o-mini-transcribe-2025-12-15",
    ]

    /// - Throws: ``RequestError/Code/fieldInvalid``, `RecognitionError` for an unknown language.
    init(_ fields: TranscriptionForm, task: TranscriptionTask) throws {
        model = fields["model"].flatMap { Self.foreignModels.contains($0) ? nil : $0 }
        form = try Self.form(fields["response_format"])
        granularities = try Self.granularities(fields.all("timestamp_granularities"))
        isStreamed = try fields.flag("stream")
        var options = TranscriptionOptions()
        options.task = task
        options.language = try TranscriptionRequest.language(fields["language"])
        options.initialPrompt = fields["prompt"]
        let words = fields.all("keywords").filter { !$0.isEmpty }
        if !words.isEmpty { options.hotwords = words.joined(separator: ", ") }
        // 0, the default, means what it means there: higher ones are tried where the result is poor.
        if let temperature = try fields.number("temperature", in: 0...1), temperature > 0 {
            options.temperatures = [temperature]
        }
        options.wordTimestamps = granularities.contains(.word) && form == .verboseJSON
        self.options = options
    }

    private static func form(_ name: String?) throws(RequestError) -> Form {
        guard let name else { return .json }
        guard let form = Form(rawValue: name) else {
            let known = Form.allCases.map(\.rawValue).joined(separator: ", ")
            throw RequestError(
                .fieldInvalid, "'\(name.prefix(40))' is no response_format that is known here: \(known)",
                field: "response_format")
        }
        return form
    }

    private static func granularities(_ names: [String]) throws(RequestError) -> OpenAIVerboseJSON.Granularities {
        var granularities: OpenAIVerboseJSON.Granularities = []
        for name in names {
            switch name {
            case "word": granularities.insert(.word)
            case "segment": granularities.insert(.segment)
            default:
                throw RequestError(
                    .fieldInvalid, "'\(name.prefix(40))' is no granularity; word and segment are",
                    field: "timestamp_granularities")
            }
        }
        return granularities.isEmpty ? .segment : granularities
    }
}
