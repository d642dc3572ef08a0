import Recognition

/// The engine as the flow sees it.
struct WhisperRecognizer: SpeechRecognizer {
    let melBins: Int
    let windowFrames: Int
    let warnings: [String]
    private let transcriber: Transcriber

    /// Opens the job's model, unless it is open already.
    ///
    /// - Throws: `RecognitionError`.
    init(_ job: TranscriptionJob) throws(RecognitionError) {
        let model: WhisperModel =
            switch job.model {
            case .opened(let model): model
            case .path(let path): try WhisperModel.open(path)
            }
        melBins = model.dimensions.melBins
        windowFrames = model.dimensions.windowFrames
        warnings = model.warning.map { [$0] } ?? []
        transcriber = try Transcriber(model: model, threads: job.threads)
    }

    func validate(_ options: TranscriptionOptions) throws {
        try transcriber.validate(options)
    }

    func transcribe(
        _ source: any MelWindowSource, options: TranscriptionOptions, resuming checkpoint: TranscriptionCheckpoint?,
        onEvent: (TranscriptionEvent) throws -> Void
    ) throws -> Transcript {
        try transcriber.transcribe(source, options: options, resuming: checkpoint, onEvent: onEvent)
    }
}
