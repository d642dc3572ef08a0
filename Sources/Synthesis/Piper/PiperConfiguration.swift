import StrictJSON

/// What a Piper voice's `voice.onnx.json` says. Keys that are unknown here are passed over.
struct PiperConfiguration: Sendable {
    /// How text becomes phonemes.
    enum PhonemeType: String, Sendable {
        /// Code points of espeak-ng's IPA.
        case espeak
        /// Code points of the text itself.
        case text
    }

    /// Most bytes of a configuration.
    static let sizeLimit = 1 << 20

    /// Hz.
    let sampleRate: Int
    /// espeak-ng's name of the voice whose phonemes this one was trained on.
    let language: String
    let phonemeType: PhonemeType
    /// Numbers of a phoneme, usually one; the keys are single code points but for merged vowels.
    let phonemeIds: [String: [Int]]
    /// Phonemes to be said as others, before the numbers are looked up.
    let phonemeMap: [String: [String]]
    /// Vowels that form one phoneme when they follow each other.
    let vowelClusters: [[String]]
    let noiseScale: Float
    let lengthScale: Float
    let durationNoiseScale: Float
    /// In the order of their numbers; one at least.
    let speakers: [String]
    let defaultSpeaker: Int

    /// - Parameter path: for messages.
    /// - Throws: ``SynthesisError/Code/voiceConfigurationInvalid`` or ``SynthesisError/Code/voiceFormatUnsupported``.
    init(parsing bytes: [UInt8], path: String) throws(SynthesisError) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes, limits: JSONLimits(values: 1 << 18))
        } catch {
            throw SynthesisError(.voiceConfigurationInvalid, "\(path) is not valid JSON", cause: error)
        }
        func invalid(_ field: String, _ needed: String) -> SynthesisError {
            SynthesisError(.voiceConfigurationInvalid, "\(path): \(field) must be \(needed)")
        }
        guard let rate = value["audio"]?["sample_rate"]?.integer, (4_000...384_000).contains(rate) else {
            throw invalid("audio.sample_rate", "a number of Hz between 4000 and 384000")
        }
        sampleRate = rate
        language = value["espeak"]?["voice"]?.string ?? value["language"]?["code"]?.string ?? "en-us"
        let type = value["phoneme_type"]?.string ?? PhonemeType.espeak.rawValue
        guard let phonemeType = PhonemeType(rawValue: type) else {
            throw SynthesisError(
                .voiceFormatUnsupported, "\(path): phonemes of type \(type.prefix(40)) cannot be made here")
        }
        self.phonemeType = phonemeType
        guard let ids = value["phoneme_id_map"]?.object else {
            throw invalid("phoneme_id_map", "an object that gives the numbers of each phoneme")
        }
        var phonemeIds: [String: [Int]] = [:]
        for (symbol, numbers) in ids.members {
            let list = numbers.array ?? [numbers]
            let integers = list.compactMap(\.integer)
            guard integers.count == list.count, integers.count <= 64, integers.allSatisfy({ (0...65535).contains($0) })
            else { throw invalid("phoneme_id_map", "an object of lists of numbers") }
            phonemeIds[symbol] = integers
        }
        self.phonemeIds = phonemeIds
        var phonemeMap: [String: [String]] = [:]
        for (symbol, replacement) in value["phoneme_map"]?.object?.members ?? [] {
            let symbols = (replacement.array ?? [replacement]).compactMap(\.string)
            guard symbols.count <= 64 else { throw invalid("phoneme_map", "an object of short lists of phonemes") }
            phonemeMap[symbol] = symbols
        }
        self.phonemeMap = phonemeMap
        vowelClusters = (value["vowel_clusters"]?.array ?? []).prefix(1024)
            .map { ($0.array ?? []).compactMap(\.string) }
            .filter { (2...8).contains($0.count) }
        func scale(_ field: String, _ range: ClosedRange<Double>, _ usual: Double) throws(SynthesisError) -> Float {
            guard let given = value["inference"]?[field], !given.isNull else { return Float(usual) }
            guard let number = given.double, range.contains(number) else {
                throw invalid("inference.\(field)", "a number between \(range.lowerBound) and \(range.upperBound)")
            }
            return Float(number)
        }
        noiseScale = try scale("noise_scale", 0...10, 0.667)
        lengthScale = try scale("length_scale", 0.05...20, 1)
        durationNoiseScale = try scale("noise_w", 0...10, 0.8)
        guard let count = value["num_speakers"].map({ $0.integer }) ?? 1, (1...65536).contains(count) else {
            throw invalid("num_speakers", "a number from 1 to 65536")
        }
        var names = (0..<count).map { count == 1 ? "default" : String($0) }
        for (name, number) in value["speaker_id_map"]?.object?.members ?? [] {
            guard let number = number.integer, names.indices.contains(number) else {
                throw invalid("speaker_id_map", "an object of numbers below num_speakers, \(count)")
            }
            names[number] = name
        }
        speakers = names
        defaultSpeaker = value["default_speaker_id"]?.integer.flatMap { names.indices.contains($0) ? $0 : nil } ?? 0
    }
}
