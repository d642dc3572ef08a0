/// The engine at work for one transcription: the model, the thread's memory and the windows encoded last.
final class EngineRecognizer: WindowRecognizer {
    private let model: WhisperModel
    private let context: InferenceContext
    private let source: any MelWindowSource
    private let options: TranscriptionOptions
    /// Language of the word splitting; English-only vocabularies have none.
    private let splittingLanguage: String?
    private let aligner: WordAligner
    /// Filters take a while to set up; temperatures come again with every window.
    private var decoders: [Double: WindowDecoder<Tokenizer>] = [:]
    private var windows: [SpeechWindow] = []
    private let session: TextDecoderSession
    /// What language detection encoded: the first window of most recordings.
    private var opening: EncodedOpening?

    init(
        model: WhisperModel, context: InferenceContext, source: any MelWindowSource, options: TranscriptionOptions,
        language: String, opening: EncodedOpening? = nil
    ) throws(RecognitionError) {
        self.model = model
        self.opening = opening
        self.context = context
        self.source = source
        self.options = options
        splittingLanguage = model.tokenizer.isMultilingual ? language : nil
        aligner = try WordAligner(vocabulary: model.tokenizer, language: language, task: options.task)
        session = TextDecoderSession(model: model, windows: [], pool: context.pool)
    }

    func encode(_ windows: [SpeechWindow]) throws {
        try model.verifyUnchanged()
        self.windows = windows
        // The memory of the last windows is given back before that of the next ones is taken.
        session.listen(to: [])
        session.listen(to: try windows.map(encode))
    }

    private func encode(_ window: SpeechWindow) throws -> EncodedWindow {
        if let opening, window.seek == 0, window.frames == opening.frames {
            self.opening = nil
            return opening.window
        }
        opening = nil
        return try model.encode(window, of: source, in: context)
    }

    func decode(_ requests: [DecodingRequest], temperature: Double) throws -> [DecodingResult] {
        try decoder(temperature).decode(requests, with: session)
    }

    func alignWords(window: Int, textTokens: [Int]) throws -> [WordTiming] {
        guard !textTokens.isEmpty else { return [] }
        let sequence = aligner.sequence(for: textTokens, textContext: model.dimensions.textContext)
        let pass = try session.align(window: window, tokens: sequence)
        let words = model.tokenizer.splitToWordTokens(textTokens + [aligner.endOfText], language: splittingLanguage)
        return aligner.timings(words: words, pass: pass, frames: windows[window].frames)
    }

    private func decoder(_ temperature: Double) throws(RecognitionError) -> WindowDecoder<Tokenizer> {
        if let decoder = decoders[temperature] { return decoder }
        let decoder = try WindowDecoder(
            vocabulary: model.tokenizer,
            options: options.decodingOptions(temperature: temperature, vocabulary: model.tokenizer),
            textContext: model.dimensions.textContext, joint: model.joint)
        decoders[temperature] = decoder
        return decoder
    }
}

extension WhisperModel {
    /// Encodes the frames of a window; what is missing to a whole window is zeros.
    func encode(
        _ window: SpeechWindow, of source: any MelWindowSource, in context: InferenceContext
    ) throws -> EncodedWindow {
        var mel = [Float](repeating: 0, count: window.frames * dimensions.melBins)
        return try mel.withUnsafeMutableBufferPointer { mel in
            try source.copyFrames(from: window.seek, count: window.frames, into: mel)
            return try encode(mel: UnsafeBufferPointer(mel), in: context)
        }
    }

    /// Detects the language of a recording's first 30 seconds.
    ///
    /// A shorter recording is followed by silence, as in the reference: its floor is 8 below the loudest log-mel value
    /// (2 after normalisation), or −1.5 where everything is silent. The reference's few frames across the end hear the
    /// last samples as well; here they are silent.
    ///
    /// - Returns: the probabilities, and the encoded window when the same window can be transcribed.
    func detectLanguage(
        of source: any MelWindowSource, in context: InferenceContext
    ) throws -> (probabilities: [LanguageProbability], opening: EncodedOpening?) {
        try verifyUnchanged()
        let available = try source.loadedFrames(through: dimensions.windowFrames)
        let count = variableLength ? max(1, available) : dimensions.windowFrames
        var mel = [Float](repeating: 0, count: count * dimensions.melBins)
        let encoded = try mel.withUnsafeMutableBufferPointer { mel in
            let content = UnsafeMutableBufferPointer(rebasing: mel[..<(available * dimensions.melBins)])
            if available > 0 { try source.copyFrames(from: 0, count: available, into: content) }
            let silence = max(LogitOperations.maximum(content, in: 0..<content.count) - 2, -1.5)
            for index in content.count..<mel.count {
                mel[index] = silence
            }
            return try encode(mel: UnsafeBufferPointer(mel), in: context)
        }
        let session = TextDecoderSession(model: self, windows: [encoded], pool: context.pool)
        let probabilities = try LanguageDetection(vocabulary: tokenizer)(session, windows: [0])[0]
        return (probabilities, available == count ? EncodedOpening(window: encoded, frames: count) : nil)
    }
}

/// The encoded first frames of a recording, without anything added to them.
struct EncodedOpening {
    let window: EncodedWindow
    let frames: Int
}
