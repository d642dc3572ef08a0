public import ArgumentParser
public import Recognition

/// What is recognised and how it is searched for. The defaults are those of the reference's command line.
struct DecodingArguments: ParsableArguments {
    @Option(help: "Language of the speech, as a code or a name (such as en, or german), or 'auto' to detect it.")
    var language = "auto"

    @Option(help: "What to do: transcribe, or translate into English.")
    var task = TranscriptionTask.transcribe

    @Option(help: "Beams at temperature 0; 'none' decodes greedily, or with as many as a spelling head needs.")
    var beamSize = OptionalValue<Int>(5)

    @Flag(help: "Let the decoder alone choose the words, without a model's spelling head and language model.")
    var decoderAlone = false

    @Option(help: "Samples to choose from at temperatures above 0.")
    var bestOf = OptionalValue<Int>(5)

    @Option(help: "Beam search ends when beam size * patience candidates have.")
    var patience: Double?

    @Option(help: "Exponent of the length penalty, 0 to 1; without it the mean log-probability decides.")
    var lengthPenalty: Double?

    @Option(help: "Temperature of the first attempt.")
    var temperature = 0.0

    @Option(help: "Added to the temperature while an attempt fails a threshold; 'none' makes a single attempt.")
    var temperatureIncrementOnFallback = OptionalValue<Double>(0.2)

    @Option(help: "An attempt fails if its text compresses more than this (zlib).")
    var compressionRatioThreshold = OptionalValue<Double>(2.4)

    @Option(parsing: .unconditional, help: "An attempt fails if its mean log-probability is below this.")
    var logprobThreshold = OptionalValue<Double>(-1)

    @Option(help: "A window is silence if 'no speech' is likelier than this and the log-probability fails.")
    var noSpeechThreshold = OptionalValue<Double>(0.6)

    @Option(
        help: ArgumentHelp("Whether a window is decoded in the light of the text before it.", valueName: "true|false"))
    var conditionOnPreviousText = true

    @Option(help: "Text that the first window is decoded in the light of: names, spelling, style.")
    var initialPrompt: String?

    @Flag(help: "Give the initial prompt to every window.")
    var carryInitialPrompt = false

    @Option(help: "Words to expect, given to every window.")
    var hotwords: String?

    @Option(help: "Text that every window begins with.")
    var prefix: String?

    @Option(
        parsing: .unconditional,
        help: "Tokens never to produce, separated by commas; -1 stands for symbols that are not spoken.")
    var suppressTokens = NumberList<Int>([-1])

    @Option(help: "Parts to transcribe, in seconds: start,end,start,end and so on; the last end may be missing.")
    var clipTimestamps = NumberList<Double>([0])

    @Flag(help: "Find the time of every word.")
    var wordTimestamps = false

    @Option(help: "With word timestamps: marks that belong to the next word.")
    var prependPunctuations = TranscriptionOptions().prependPunctuations

    @Option(help: "With word timestamps: marks that belong to the word before.")
    var appendPunctuations = TranscriptionOptions().appendPunctuations

    @Option(help: "With word timestamps: skip silences longer than this many seconds around text that looks made up.")
    var hallucinationSilenceThreshold: Double?

    @Option(help: "Windows decoded at once. Above 1 they are cut at quiet places and know nothing of each other.")
    var batchSize = 1

    func validate() throws {
        if let increment = temperatureIncrementOnFallback.value, !(increment > 0) {
            throw ValidationError("--temperature-increment-on-fallback must be above 0, or 'none'")
        }
        guard temperature >= 0, temperature.isFinite else { throw ValidationError("--temperature must be 0 or more") }
        guard languageCode != nil || isAutomatic else {
            throw ValidationError("--language '\(language)' is not a language that Whisper models know")
        }
        if hallucinationSilenceThreshold != nil, !wordTimestamps {
            throw ValidationError("--hallucination-silence-threshold needs --word-timestamps")
        }
    }

    private var isAutomatic: Bool { language.lowercased() == "auto" }

    private var languageCode: String? { Language(language)?.code }

    /// As `numpy.arange(temperature, 1.0 + 1e-6, increment)` in the reference's command line.
    private var temperatures: [Double] {
        guard let increment = temperatureIncrementOnFallback.value else { return [temperature] }
        let count = ((1.0 + 1e-6 - temperature) / increment).rounded(.up)
        return count < 1 ? [temperature] : (0..<Int(min(count, 1000))).map { temperature + Double($0) * increment }
    }

    var options: TranscriptionOptions {
        var options = TranscriptionOptions()
        options.task = task
        options.language = isAutomatic ? nil : languageCode
        options.temperatures = temperatures
        options.compressionRatioThreshold = compressionRatioThreshold.value
        options.logProbabilityThreshold = logprobThreshold.value
        options.noSpeechThreshold = noSpeechThreshold.value
        options.bestOf = bestOf.value
        options.beamSize = beamSize.value
        options.patience = patience
        options.decoderAlone = decoderAlone
        options.lengthPenalty = lengthPenalty
        options.suppressTokens = suppressTokens.values
        options.conditionOnPreviousText = conditionOnPreviousText
        options.initialPrompt = initialPrompt
        options.carryInitialPrompt = carryInitialPrompt
        options.prefix = prefix
        options.hotwords = hotwords
        options.clipTimestamps = clipTimestamps.values
        options.wordTimestamps = wordTimestamps
        options.prependPunctuations = prependPunctuations
        options.appendPunctuations = appendPunctuations
        options.hallucinationSilenceThreshold = hallucinationSilenceThreshold
        options.batchSize = batchSize
        return options
    }
}

extension TranscriptionTask: ExpressibleByArgument {}
