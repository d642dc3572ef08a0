/// How a recording is transcribed. Names and defaults follow the reference's `transcribe()` and `DecodingOptions`
/// (openai-whisper 20250625); what the reference lacks says so.
public struct TranscriptionOptions: Sendable, Equatable {
    public var task = TranscriptionTask.transcribe
    /// Code of the spoken language, such as `en`; nil to detect it in the first 30 seconds.
    public var language: String?

    // Fallback

    /// Temperatures to try, in order, while the result fails a threshold.
    public var temperatures: [Double] = [0, 0.2, 0.4, 0.6, 0.8, 1]
    /// Fails results that zlib compresses further (UTF-8 bytes per compressed byte); nil for no limit.
    public var compressionRatioThreshold: Double? = 2.4
    /// Fails results of a lower average log-probability (natural logarithm); nil for no limit.
    public var logProbabilityThreshold: Double? = -1
    /// Takes a window for silence if `<|nospeech|>` is more probable and the log-probability threshold fails;
    /// nil to never do so.
    public var noSpeechThreshold: Double? = 0.6

    // Search

    /// Sequences to sample at temperatures above 0; nil for one.
    public var bestOf: Int?
    /// Beams at temperature 0; nil for greedy decoding.
    public var beamSize: Int?
    /// Beam search ends when `beamSize · patience` sequences have; nil for 1. Needs a beam size.
    public var patience: Double?
    /// α of the length penalty, `0...1`; nil to divide by the length.
    public var lengthPenalty: Double?
    /// Most tokens per window; nil for half of the model's text context (224).
    public var sampleLength: Int?
    /// Start of the random numbers for temperatures above 0. Not in the reference: its samples come from PyTorch's
    /// generator, so sampled tokens differ from its own.
    public var seed: UInt64 = 0

    // What may be said

    /// Tokens never to sample; −1 stands for symbols that are not spoken; empty suppresses nothing, special tokens
    /// included.
    public var suppressTokens: [Int] = [-1]
    /// Forbids a blank or nothing at all as a window's beginning.
    public var suppressBlank = true
    /// Lets the decoder alone choose the tokens, without the spelling head and the language model that some models
    /// bring.
    public var decoderAlone = false
    /// Samples text only, without timestamps.
    public var withoutTimestamps = false
    /// Latest first timestamp of a window in seconds; nil for no limit.
    public var maxInitialTimestamp: Double? = 1

    // Context

    /// Whether a window is conditioned on the text before it.
    public var conditionOnPreviousText = true
    /// Text before the first window, to introduce names or a style.
    public var initialPrompt: String?
    /// Gives the initial prompt to every window.
    public var carryInitialPrompt = false
    /// Text that every window begins with.
    public var prefix: String?
    /// Words to expect, put into the prompt of every window before the previous text, unless there is a prefix. Not
    /// in the reference; as in faster-whisper, but sharing the prompt's room with the previous text.
    public var hotwords: String?

    // Time

    /// Parts to transcribe: start, end, start, end … in seconds; the last end may be missing; empty for all.
    public var clipTimestamps: [Double] = [0]
    /// Times of every word.
    public var wordTimestamps = false
    /// With word timestamps, marks that belong to the next word.
    public var prependPunctuations = "\"'“¿([{-"
    /// With word timestamps, marks that belong to the previous word.
    public var appendPunctuations = "\"'.。,，!！?？:：”)]}、"
    /// With word timestamps, skips silence longer than this many seconds, `0...30`, around text that looks made up.
    public var hallucinationSilenceThreshold: Double?

    // Batches

    /// Windows decoded at once. Above 1, which the reference lacks, the recording is cut at quiet places into windows
    /// of at most 30 s that are not conditioned on each other; text can differ from that of 1.
    public var batchSize = 1

    // Bounds

    /// Seconds of the processor, on the thread that decodes, for each second of a window; nil for any number. A window
    /// that takes more has the text of its last finished temperature, or a segment without text whose `problem` says so.
    /// Not in the reference.
    public var windowBudget: Double? = 5

    public init() {}

    var fallback: TemperatureFallback {
        TemperatureFallback(
            temperatures: temperatures, compressionRatioThreshold: compressionRatioThreshold,
            logProbabilityThreshold: logProbabilityThreshold, noSpeechThreshold: noSpeechThreshold)
    }

    var noSpeechRule: NoSpeechRule {
        NoSpeechRule(noSpeechThreshold: noSpeechThreshold, logProbabilityThreshold: logProbabilityThreshold)
    }

    /// Options of one temperature: beams only at 0, best-of only above.
    func decodingOptions(temperature: Double, vocabulary: some DecodingVocabulary) -> DecodingOptions {
        DecodingOptions(
            task: task, temperature: temperature, sampleLength: sampleLength,
            bestOf: temperature > 0 ? bestOf : nil, beamSize: temperature > 0 ? nil : beamSize,
            patience: temperature > 0 ? nil : patience, lengthPenalty: lengthPenalty,
            prefix: prefix.flatMap { $0.isEmpty ? nil : vocabulary.encodePrompt($0) } ?? [],
            hotwords: hotwords.flatMap { $0.isEmpty ? nil : vocabulary.encodePrompt($0) } ?? [],
            suppressTokens: suppressTokens, suppressBlank: suppressBlank, withoutTimestamps: withoutTimestamps,
            maxInitialTimestamp: maxInitialTimestamp, decoderAlone: decoderAlone)
    }

    /// Each sequence of a batch takes a row of logits and its own keys and values.
    private static let maxSequences = 512
    /// Seconds. The filter looks that far ahead of a window, and what it looks at must be loaded.
    private static let longestSilence = 30.0

    /// Refuses values that no stage could work with, before any work is done.
    func validate() throws(RecognitionError) {
        guard !temperatures.isEmpty else {
            throw RecognitionError(.optionInvalid, "no temperature is given; give at least one, such as 0")
        }
        guard (1...256).contains(batchSize) else {
            throw RecognitionError(.optionInvalid, "batch size is \(batchSize); give 1 to 256 windows")
        }
        if let windowBudget {
            guard windowBudget > 0, windowBudget <= 1e6 else {
                throw RecognitionError(
                    .optionInvalid, "window budget is \(windowBudget); give a number above 0, or none")
            }
        }
        let sequences = batchSize.multipliedReportingOverflow(by: max(beamSize ?? 1, bestOf ?? 1, 1))
        guard !sequences.overflow, sequences.partialValue <= Self.maxSequences else {
            throw RecognitionError(
                .optionInvalid,
                "\(batchSize) windows of \(max(beamSize ?? 1, bestOf ?? 1)) sequences are too many at once; "
                    + "their product must not exceed \(Self.maxSequences)")
        }
        if let threshold = hallucinationSilenceThreshold {
            guard (0...Self.longestSilence).contains(threshold) else {
                throw RecognitionError(
                    .optionInvalid,
                    "hallucination silence threshold is \(threshold); give a number of seconds from 0 to 30")
            }
            guard batchSize == 1 else {
                throw RecognitionError(
                    .optionInvalid,
                    "the hallucination silence threshold moves the window, which batches cannot; "
                        + "give a batch size of 1, or no threshold")
            }
        }
    }
}
