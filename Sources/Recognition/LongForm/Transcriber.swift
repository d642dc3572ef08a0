internal import Tensors

/// Transcribes recordings with one model, one after the other. Use it from one thread at a time.
public struct Transcriber {
    private let model: WhisperModel
    private let context: InferenceContext

    /// - Parameter threads: how many threads work on each operation; nil for one per processor that this process may use.
    /// - Throws: `recognition.resource_exhausted` if the system refuses the threads.
    public init(model: WhisperModel, threads: Int? = nil) throws(RecognitionError) {
        self.model = model
        context = try InferenceContext(threads: threads ?? ThreadPool.availableProcessors)
    }

    /// Transcribes a recording as the reference's `transcribe()` does, or in batches if the options say so.
    ///
    /// Synchronous: it holds its thread until the end. It stops between two tokens when the surrounding task is
    /// cancelled; events sent until then stay valid.
    ///
    /// - Parameters:
    ///   - source: the recording's frames.
    ///   - checkpoint: where an earlier run with the same model, options and recording was; nil to begin at the start.
    ///   - onEvent: hears of each result as soon as it is final; an error that it throws ends the transcription.
    /// - Returns: the transcript; its duration covers the frames that were loaded.
    /// - Throws: `RecognitionError` (`recognition.cancelled`, `recognition.option_invalid`,
    ///   `recognition.language_unsupported` …) or what `source` and `onEvent` throw.
    public func transcribe(
        _ source: any MelWindowSource, options: TranscriptionOptions = TranscriptionOptions(),
        resuming checkpoint: TranscriptionCheckpoint? = nil, onEvent: (TranscriptionEvent) throws -> Void = { _ in }
    ) throws -> Transcript {
        try validate(options)
        try checkpoint?.validate(clips: ClipTimestamps(seconds: options.clipTimestamps).clips.count)
        let (language, opening) = try language(of: source, options, checkpoint, onEvent)
        let measured = MeasuredSource(source)
        let recognizer = try EngineRecognizer(
            model: model, context: context, source: measured, options: options, language: language,
            opening: opening)
        return try withoutActuallyEscaping(onEvent) { onEvent in
            var collector = TranscriptCollector(segments: checkpoint?.segments ?? [], onEvent: onEvent)
            let tokens =
                if options.batchSize > 1 {
                    try BatchedTranscription(
                        options: options, vocabulary: model.tokenizer, language: language, recognizer: recognizer,
                        source: measured, windowFrames: model.dimensions.windowFrames,
                        melBins: model.dimensions.melBins, checkpoint: checkpoint
                    ).run(collecting: &collector)
                } else {
                    try SequentialTranscription(
                        options: options, vocabulary: model.tokenizer, language: language, recognizer: recognizer,
                        source: measured, windowFrames: model.dimensions.windowFrames,
                        textContext: model.dimensions.textContext, checkpoint: checkpoint
                    ).run(collecting: &collector)
                }
            return Transcript(
                task: options.task, language: language, duration: MelTime.seconds(measured.frames),
                text: model.tokenizer.decode(tokens), segments: collector.segments)
        }
    }

    /// Refuses options that this model cannot work with, whatever the recording, as `transcribe` does before it asks
    /// for the first frame.
    ///
    /// - Throws: `recognition.option_invalid`, `recognition.language_unsupported`.
    public func validate(_ options: TranscriptionOptions) throws(RecognitionError) {
        try options.validate()
        try checkMemory(of: options)
        _ = try ClipTimestamps(seconds: options.clipTimestamps)
        let language = try askedLanguage(options) ?? model.tokenizer.special.languages.first?.code ?? "en"
        for temperature in options.temperatures {
            let decoding = options.decodingOptions(temperature: temperature, vocabulary: model.tokenizer)
            try decoding.validate()
            let request = DecodingRequest(window: 0, language: language, prompt: [], seed: 0)
            _ = try InitialTokens(
                request: request, options: decoding, vocabulary: model.tokenizer,
                textContext: model.dimensions.textContext)
        }
    }

    /// Refuses batches whose windows would not fit into 4 GiB of cross-attention keys and values.
    private func checkMemory(of options: TranscriptionOptions) throws(RecognitionError) {
        let dimensions = model.dimensions
        let perWindow =
            2 * dimensions.textLayers * dimensions.audioContext * dimensions.textState * MemoryLayout<Float>.size
        let most = max(1, (4 << 30) / perWindow)
        guard options.batchSize <= most else {
            throw RecognitionError(
                .optionInvalid, "\(options.batchSize) windows at once take too much memory; this model allows \(most)")
        }
    }

    /// The language asked for; nil to detect it. English-only models know but one.
    private func askedLanguage(_ options: TranscriptionOptions) throws(RecognitionError) -> String? {
        guard model.tokenizer.isMultilingual else { return "en" }
        guard let asked = options.language else { return nil }
        guard let language = Language(asked) else {
            throw RecognitionError(
                .languageUnsupported,
                "\"\(asked)\" is not a language that Whisper models know; give a code such as en, or detect it")
        }
        return language.code
    }

    /// The language asked for, or the one detected, now or in an earlier run.
    private func language(
        of source: any MelWindowSource, _ options: TranscriptionOptions, _ checkpoint: TranscriptionCheckpoint?,
        _ onEvent: (TranscriptionEvent) throws -> Void
    ) throws -> (code: String, opening: EncodedOpening?) {
        if let asked = try askedLanguage(options) { return (asked, nil) }
        if let detected = checkpoint.flatMap({ Language($0.cursor.language) }) { return (detected.code, nil) }
        let (probabilities, opening) = try model.detectLanguage(of: source, in: context)
        let code = probabilities.first?.code ?? "en"
        try onEvent(.languageDetected(code: code, probabilities: probabilities))
        return (code, opening)
    }
}

/// Remembers how many frames a source has loaded.
private final class MeasuredSource: MelWindowSource {
    private let source: any MelWindowSource
    private(set) var frames = 0

    init(_ source: any MelWindowSource) {
        self.source = source
    }

    func loadedFrames(through frame: Int) throws -> Int {
        let loaded = try source.loadedFrames(through: frame)
        frames = max(frames, loaded)
        return loaded
    }

    func copyFrames(from: Int, count: Int, into buffer: UnsafeMutableBufferPointer<Float>) throws {
        try source.copyFrames(from: from, count: count, into: buffer)
    }

    func release(before frame: Int) {
        source.release(before: frame)
    }
}
