import ONNXFiles
public import Phonemes
public import Tensors
import WeightFiles

/// A voice in Piper's form: a VITS network in `voice.onnx`, and `voice.onnx.json` beside it. One speaker or many, of
/// any of Piper's qualities.
///
/// Its pitch cannot be chosen: ``SpeechOptions/pitch`` and ``SpeechOptions/pitchRange`` have no effect. Immutable; any
/// number of sentences may be spoken at once, their operations taking turns on one pool.
public final class PiperVoice: SpeechVoice {
    public let name: String
    public let language: String
    public let sampleRate: Int
    public let speakers: [String]
    public var followsPitch: Bool { false }

    private let configuration: PiperConfiguration
    private let network: VITS
    private let pool: ThreadPool

    /// Longest sentence, in seconds of sound.
    private static let longestSentence = 300

    /// Opens a voice.
    ///
    /// - Parameter path: of the `.onnx` file; its configuration is `path` + `.json`.
    /// - Throws: ``SynthesisError/Code/voiceUnreadable``, ``SynthesisError/Code/voiceFormatUnsupported``,
    ///   ``SynthesisError/Code/voiceConfigurationInvalid``, ``SynthesisError/Code/voiceTensorInvalid``, or one of the
    ///   codes of `ONNXFileError`, `voice.onnx_…`.
    public static func open(_ path: String, pool: ThreadPool) throws(SynthesisError) -> PiperVoice {
        let configuration = try readConfiguration(path + ".json")
        let model: ONNXModel
        do throws(ONNXFileError) {
            model = try ONNXModel(path: path)
        } catch {
            throw SynthesisError(onnx: error)
        }
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return try PiperVoice(
            name: file.hasSuffix(".onnx") ? String(file.dropLast(5)) : file, configuration,
            network: try VITS(model: model), pool: pool)
    }

    init(
        name: String, _ configuration: PiperConfiguration, network: VITS, pool: ThreadPool
    ) throws(SynthesisError) {
        self.name = name
        self.configuration = configuration
        self.network = network
        self.pool = pool
        (language, sampleRate, speakers) = (configuration.language, configuration.sampleRate, configuration.speakers)
        guard configuration.phonemeIds.values.joined().allSatisfy({ $0 < network.vocabulary }) else {
            throw SynthesisError(
                .voiceConfigurationInvalid,
                "\(name): phoneme_id_map has numbers above \(network.vocabulary - 1), which the network does not know")
        }
        guard configuration.speakers.count <= network.speakers else {
            throw SynthesisError(
                .voiceConfigurationInvalid,
                "\(name): num_speakers is \(configuration.speakers.count), and the network has \(network.speakers)")
        }
    }

    private static func readConfiguration(_ path: String) throws(SynthesisError) -> PiperConfiguration {
        let file: MappedFile
        do throws(WeightFileError) {
            file = try MappedFile(path: path)
        } catch {
            throw SynthesisError(
                .voiceUnreadable, "a Piper voice needs its configuration beside it, \(path), which cannot be opened",
                cause: error)
        }
        guard file.bytes.count <= PiperConfiguration.sizeLimit else {
            throw SynthesisError(
                .voiceConfigurationInvalid,
                "\(path) has \(file.bytes.count) bytes; a configuration has at most \(PiperConfiguration.sizeLimit)")
        }
        return try PiperConfiguration(parsing: file.withBytes { Array($0) }, path: path)
    }

    public func makeSpeech(
        of sentence: SpokenSentence, options: SpeechOptions, seed: UInt64
    ) throws(SynthesisError) -> any SpeechProducer {
        try options.validate()
        let number = try options.speakerNumber(in: self) ?? configuration.defaultSpeaker
        let phonemes = PiperPhonemes(sentence, configuration)
        guard !phonemes.ids.isEmpty else { return PiperSpeech() }
        try VITS.checkLength(phonemes.ids.count)
        let prosody = PiperProsody(phonemes.origins, sentence, options, lengthScale: configuration.lengthScale)
        var noise = GaussianNoise(seed: seed)
        var durationNoise = [Float](repeating: 0, count: 2 * phonemes.ids.count)
        durationNoise.withUnsafeMutableBufferPointer { noise.fill($0, scale: configuration.durationNoiseScale) }
        let speaker = network.speaker(number)
        let hop = network.generator.hop
        let latents = try network.latents(
            phonemes.ids, lengthScales: prosody.lengthScales, speaker: speaker,
            maximumFrames: Self.longestSentence * sampleRate / hop, durationNoise: durationNoise,
            noise: { noise.fill($0, scale: configuration.noiseScale) }, on: pool)
        return PiperSpeech(
            latents, HiFiGANStream(network.generator, speaker: speaker, pool: pool),
            channels: network.encoder.latents,
            timeline: prosody.timeline(latents.durations, hop: hop, sampleRate: sampleRate))
    }
}
