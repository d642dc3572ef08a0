internal import StrictJSON

/// What a voice's `voice.json` says. Keys that are unknown here are passed over, an unknown version is refused.
struct VoiceDescription: Sendable, Equatable {
    struct Speaker: Sendable, Equatable {
        var name: String
        /// Row of the model's table of speakers.
        var index: Int
        /// Mean of the natural logarithm of F0 in Hz.
        var pitchMean: Float
        /// Deviation of the same.
        var pitchDeviation: Float
        /// Decibels that bring the speaker to −18 LUFS.
        var gain: Float
    }

    struct Model: Sendable, Equatable {
        /// The weight file, a name in the same folder.
        var file: String
        /// Width of the network.
        var width: Int
        /// Width inside of a block.
        var hidden: Int
        var encoderBlocks: Int
        var predictorBlocks: Int
        var decoderBlocks: Int
        var speakerWidth: Int
    }

    /// What lets the voice speak as somebody.
    struct Clone: Sendable, Equatable {
        struct Symbol: Sendable, Equatable {
            var symbol: String
            var stress: UInt8
        }

        /// The weight file, a name in the same folder.
        var file: String
        /// The speaker encoder whose numbers describe people.
        var encoder: String
        /// How many of them there are.
        var embedding: Int
        var width: Int
        /// Whose durations and melody are taken.
        var speaker: String
        /// Of that speaker.
        var syllablesPerSecond: Float
        /// Bands of the codec, from the lowest, whose long-term spectrum a recording at 16 kHz tells.
        var correctedBins: Int
        /// A sentence by which the decoder's own long-term spectrum is known.
        var calibration: [Symbol]
    }

    var name: String
    var language: String
    /// Hz.
    var sampleRate: Int
    /// Samples of a frame.
    var hopLength: Int
    /// Symbols in the order of their numbers.
    var phonemes: [String]
    var speakers: [Speaker]
    /// Position in `speakers`.
    var defaultSpeaker: Int
    var model: Model
    /// Nil for a voice that speaks as nobody but its own speakers.
    var clone: Clone?

    /// Most bytes of a description.
    static let sizeLimit = 1 << 20

    /// - Parameter path: for messages.
    /// - Throws: ``SynthesisError/Code/voiceConfigurationInvalid`` or ``SynthesisError/Code/voiceFormatUnsupported``.
    init(parsing bytes: [UInt8], path: String) throws(SynthesisError) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes, limits: JSONLimits(values: 1 << 16))
        } catch {
            throw SynthesisError(.voiceConfigurationInvalid, "\(path) is not valid JSON", cause: error)
        }
        let fields = VoiceFields(value, path: path)
        guard value["format"]?.string == "hearsay-voice" else {
            throw SynthesisError(.voiceFormatUnsupported, "\(path): format is not \"hearsay-voice\"")
        }
        guard value["version"]?.integer == 1 else {
            throw SynthesisError(
                .voiceFormatUnsupported,
                "\(path): this program reads version 1 of the format only; a newer program may read the voice")
        }
        name = try fields.text("name")
        language = try fields.text("language")
        sampleRate = try fields.integer("sample_rate", 8_000...48_000)
        phonemes = try Self.phonemes(fields)
        let speakers = try Self.speakers(fields)
        self.speakers = speakers
        if let name = value["default_speaker"] {
            guard let position = speakers.firstIndex(where: { $0.name == name.string }) else {
                throw fields.invalid("default_speaker", "the name of one of the speakers")
            }
            defaultSpeaker = position
        } else {
            defaultSpeaker = 0
        }
        model = try Self.model(fields.object("phoneme_model"))
        hopLength = try fields.integer("hop_length", 16...8192)
        clone = value["clone"] == nil ? nil : try Self.clone(fields.object("clone"))
        // The codec reads its own part of the description.
        _ = try fields.object("codec")
    }

    private static func phonemes(_ fields: VoiceFields) throws(SynthesisError) -> [String] {
        let expected = "a list of 1 to 4096 different symbols of at most 64 bytes"
        guard let list = fields.value["phonemes"]?.array, (1...4096).contains(list.count) else {
            throw fields.invalid("phonemes", expected)
        }
        let symbols = list.compactMap(\.string).filter { (1...64).contains($0.utf8.count) }
        guard symbols.count == list.count, Set(symbols.map { Array($0.unicodeScalars) }).count == list.count else {
            throw fields.invalid("phonemes", expected)
        }
        return symbols
    }

    private static func speakers(_ fields: VoiceFields) throws(SynthesisError) -> [Speaker] {
        guard let list = fields.value["speakers"]?.array, (1...10_000).contains(list.count) else {
            throw fields.invalid("speakers", "a list of 1 to 10000 speakers")
        }
        var speakers: [Speaker] = []
        for (position, value) in list.enumerated() {
            let entry = VoiceFields(value, path: fields.path, prefix: "speakers[\(position)].")
            speakers.append(
                Speaker(
                    name: try entry.text("name"),
                    index: try entry.integer("index", 0...65_535, default: position),
                    pitchMean: try entry.number("pitch_mean", 2...8),
                    pitchDeviation: try entry.number("pitch_deviation", 0.001...3),
                    gain: try entry.number("gain", -40...40, default: 0)))
        }
        guard Set(speakers.map(\.name)).count == speakers.count else {
            throw fields.invalid("speakers", "of different names")
        }
        return speakers
    }

    private static func clone(_ fields: VoiceFields) throws(SynthesisError) -> Clone {
        let expected = "a list of 1 to 512 lists of a symbol and its stress, 0 to 2"
        guard let list = fields.value["calibration"]?.array, (1...512).contains(list.count) else {
            throw fields.invalid("calibration", expected)
        }
        let calibration = list.compactMap { value -> Clone.Symbol? in
            guard let pair = value.array, pair.count == 2, let symbol = pair[0].string, symbol.utf8.count <= 64,
                let stress = pair[1].integer, (0...2).contains(stress)
            else { return nil }
            return Clone.Symbol(symbol: symbol, stress: UInt8(stress))
        }
        guard calibration.count == list.count else { throw fields.invalid("calibration", expected) }
        return Clone(
            file: try fields.fileName("file"), encoder: try fields.text("encoder"),
            embedding: try fields.integer("embedding", 1...4096), width: try fields.integer("width", 1...4096),
            speaker: try fields.text("speaker"),
            syllablesPerSecond: try fields.number("syllables_per_second", 0.5...20),
            correctedBins: try fields.integer("corrected_bins", 8...1024), calibration: calibration)
    }

    private static func model(_ fields: VoiceFields) throws(SynthesisError) -> Model {
        Model(
            file: try fields.fileName("file"),
            width: try fields.integer("dim", 1...4096),
            hidden: try fields.integer("hidden", 1...16_384),
            encoderBlocks: try fields.integer("encoder_blocks", 1...64),
            predictorBlocks: try fields.integer("predictor_blocks", 1...64),
            decoderBlocks: try fields.integer("decoder_blocks", 1...64),
            speakerWidth: try fields.integer("speaker_width", 1...4096))
    }
}

/// The members of a JSON object, with errors that name them.
struct VoiceFields {
    let value: JSONValue
    let path: String
    private let prefix: String

    init(_ value: JSONValue, path: String, prefix: String = "") {
        self.value = value
        self.path = path
        self.prefix = prefix
    }

    func invalid(_ key: String, _ expected: String) -> SynthesisError {
        SynthesisError(.voiceConfigurationInvalid, "\(path): \(prefix)\(key) must be \(expected)")
    }

    func object(_ key: String) throws(SynthesisError) -> VoiceFields {
        guard let member = value[key], member.object != nil else { throw invalid(key, "an object") }
        return VoiceFields(member, path: path, prefix: "\(prefix)\(key).")
    }

    /// Text of 1 to 200 bytes without control characters.
    func text(_ key: String) throws(SynthesisError) -> String {
        guard let text = value[key]?.string, (1...200).contains(text.utf8.count),
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else { throw invalid(key, "1 to 200 bytes of text") }
        return text
    }

    /// The name of a file in the same folder.
    func fileName(_ key: String) throws(SynthesisError) -> String {
        let name = try text(key)
        guard !name.utf8.contains(UInt8(ascii: "/")), name != ".", name != ".." else {
            throw invalid(key, "the name of a file in the same folder")
        }
        return name
    }

    func integer(
        _ key: String, _ allowed: ClosedRange<Int>, default standard: Int? = nil
    ) throws(SynthesisError) -> Int {
        if value[key] == nil, let standard { return standard }
        guard let number = value[key]?.integer, allowed.contains(number) else {
            throw invalid(key, "a whole number from \(allowed.lowerBound) to \(allowed.upperBound)")
        }
        return number
    }

    func number(
        _ key: String, _ allowed: ClosedRange<Float>, default standard: Float? = nil
    ) throws(SynthesisError) -> Float {
        if value[key] == nil, let standard { return standard }
        guard let number = value[key]?.double.map({ Float($0) }), allowed.contains(number) else {
            throw invalid(key, "a number from \(allowed.lowerBound) to \(allowed.upperBound)")
        }
        return number
    }
}
