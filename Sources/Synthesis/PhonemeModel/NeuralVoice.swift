internal import NeuralCodec
public import Phonemes
public import Tensors
public import Watermark
internal import WeightFiles

/// A voice in hearsay's own form: a folder with `voice.json`, the phoneme model and the codec.
///
/// Immutable; any number of sentences may be spoken at once, their operations taking turns on one pool.
public final class NeuralVoice: SpeechVoice {
    public let name: String
    public let language: String
    public let sampleRate: Int
    public let speakers: [String]
    public var followsPitch: Bool { true }

    let inventory: PhonemeInventory
    let model: PhonemeModel
    let codec: NeuralCodec
    let clone: CloneModel?
    let pool: ThreadPool
    private let description: VoiceDescription
    private let weights: any WeightSource

    /// Whose voice a sentence is spoken with, and how.
    struct Delivery: Sendable {
        /// Whose row of the table reads the sentence, and the pitch that is heard.
        var speaker: VoiceDescription.Speaker
        /// Factor of the tempo.
        var rate = 1.0
        var decoder: FrameDecoder
        /// What the decoder is told, `[width]`.
        var vector: WipedBuffer
        var correction: SpectrumCorrection?
    }

    /// Most phonemes of a sentence; the front end's longest sentences have a tenth of it.
    public static let longestSentence = 8_192

    /// Opens the voice in `folder`; the weights stay in their mapped files.
    ///
    /// - Throws: ``SynthesisError/Code/voiceUnreadable``, ``SynthesisError/Code/voiceFormatUnsupported``,
    ///   ``SynthesisError/Code/voiceConfigurationInvalid`` or ``SynthesisError/Code/voiceTensorInvalid``.
    public static func open(_ folder: String, pool: ThreadPool) throws(SynthesisError) -> NeuralVoice {
        let path = folder + "/voice.json"
        let bytes: [UInt8]
        do {
            let file = try MappedFile(path: path)
            guard file.bytes.count <= VoiceDescription.sizeLimit else {
                throw SynthesisError(
                    .voiceConfigurationInvalid,
                    "\(path) has \(file.bytes.count) bytes; a voice's description has at most "
                        + "\(VoiceDescription.sizeLimit)")
            }
            bytes = file.withBytes { Array($0) }
        } catch let error as SynthesisError {
            throw error
        } catch {
            throw SynthesisError(.voiceUnreadable, "the voice \(folder) cannot be opened", cause: error)
        }
        return try NeuralVoice(folder, try VoiceDescription(parsing: bytes, path: path), pool: pool)
    }

    init(_ folder: String, _ description: VoiceDescription, pool: ThreadPool) throws(SynthesisError) {
        self.description = description
        self.pool = pool
        (name, language, sampleRate) = (description.name, description.language, description.sampleRate)
        speakers = description.speakers.map(\.name)
        inventory = PhonemeInventory(description.phonemes)
        do {
            codec = try NeuralCodec.open("\(folder)/voice.json", pool: pool)
        } catch {
            throw Self.unsuitable(error, folder)
        }
        guard codec.sampleRate == sampleRate, codec.hopLength == description.hopLength else {
            throw SynthesisError(
                .voiceConfigurationInvalid,
                "\(folder)/voice.json: sample_rate and hop_length must be the same for the voice and its codec")
        }
        let path = "\(folder)/\(description.model.file)"
        do {
            weights = try SafetensorsFile(path: path)
        } catch {
            throw SynthesisError(.voiceUnreadable, "the phoneme model \(path) cannot be opened", cause: error)
        }
        do {
            model = try PhonemeModel(
                weights, description.model, symbols: description.phonemes.count, melBins: codec.melBins)
        } catch {
            throw SynthesisError(
                .voiceTensorInvalid, "\(path) does not hold the phoneme model that the voice describes", cause: error)
        }
        clone = try Self.clone(folder, description, melBins: codec.melBins)
        guard let speaker = description.speakers.first(where: { $0.index >= model.speakerCount }) else { return }
        throw SynthesisError(
            .voiceConfigurationInvalid,
            "\(folder)/voice.json: the speaker \(speaker.name) has index \(speaker.index), and the model knows "
                + "\(model.speakerCount) speakers")
    }

    private static func clone(
        _ folder: String, _ description: VoiceDescription, melBins: Int
    ) throws(SynthesisError) -> CloneModel? {
        guard let clone = description.clone else { return nil }
        let path = "\(folder)/\(clone.file)"
        let weights: SafetensorsFile
        do {
            weights = try SafetensorsFile(path: path)
        } catch {
            throw SynthesisError(
                .voiceUnreadable, "the decoder of copied voices \(path) cannot be opened", cause: error)
        }
        do {
            return try CloneModel(weights, clone, description.model, melBins: melBins)
        } catch {
            throw SynthesisError(
                .voiceTensorInvalid, "\(path) does not hold the decoder that the voice describes", cause: error)
        }
    }

    private static func unsuitable(_ error: CodecError, _ folder: String) -> SynthesisError {
        let code: SynthesisError.Code =
            switch error.code {
            case .unreadable: .voiceUnreadable
            case .configurationInvalid: .voiceConfigurationInvalid
            default: .voiceTensorInvalid
            }
        return SynthesisError(code, "the codec of the voice \(folder) cannot be used", cause: error)
    }

    public func makeSpeech(
        of sentence: SpokenSentence, options: SpeechOptions, seed: UInt64
    ) throws(SynthesisError) -> any SpeechProducer {
        try makeSpeech(of: sentence, try delivery(options), options: options, seed: seed, filter: nil)
    }

    /// The mark is put into the codec's spectra.
    public func makeMarkedSpeech(
        of sentence: SpokenSentence, options: SpeechOptions, seed: UInt64, watermark: Watermark, position: Int
    ) throws(SynthesisError) -> any SpeechProducer {
        let filter = WatermarkFilter(
            watermark, sampleRate: sampleRate, fftSize: codec.fftSize, hopLength: codec.hopLength, position: position)
        return try makeSpeech(of: sentence, try delivery(options), options: options, seed: seed) { frame, spectrum in
            filter.apply(frame: frame, spectrum)
        }
    }

    func makeSpeech(
        of sentence: SpokenSentence, _ delivery: Delivery, options: SpeechOptions, seed: UInt64, filter: SpectrumFilter?
    ) throws(SynthesisError) -> any SpeechProducer {
        do {
            try weights.verifyUnchanged()
        } catch {
            throw SynthesisError(.voiceUnreadable, "the voice's weights are not what they were", cause: error)
        }
        let (plan, features) = try prepare(sentence, options, delivery)
        do {
            return NeuralSpeech(
                features, decoder: try codec.makeDecoder(seed: seed, filter: filter),
                gain: GainCurve(plan, hopLength: codec.hopLength), marks: marks(of: sentence, plan))
        } catch {
            throw SynthesisError(.voiceUnreadable, "the voice's codec cannot be used", cause: error)
        }
    }

    /// The voice's own delivery for one of its speakers.
    private func delivery(_ options: SpeechOptions) throws(SynthesisError) -> Delivery {
        try options.validate()
        let speaker = description.speakers[try options.speakerNumber(in: self) ?? description.defaultSpeaker]
        let vector = model.decoderVector(model.speakerVector(speaker.index), on: pool)
        return Delivery(speaker: speaker, decoder: model.decoder, vector: vector)
    }

    /// The speaker of that name, or the default one.
    func stockSpeaker(_ name: String) -> VoiceDescription.Speaker {
        description.speakers.first { $0.name == name } ?? description.speakers[description.defaultSpeaker]
    }

    /// Plans a sentence of one of the voice's speakers, and gets ready to compute its features.
    func prepare(
        _ sentence: SpokenSentence, _ options: SpeechOptions
    ) throws(SynthesisError) -> (plan: ProsodyPlan, features: FeatureStream) {
        try prepare(sentence, options, try delivery(options))
    }

    func prepare(
        _ sentence: SpokenSentence, _ options: SpeechOptions, _ delivery: Delivery
    ) throws(SynthesisError) -> (plan: ProsodyPlan, features: FeatureStream) {
        try options.validate()
        let (entries, origin) = try read(sentence)
        let encoding = model.encode(entries, speaker: model.speakerVector(delivery.speaker.index), on: pool)
        var options = options
        options.rate *= delivery.rate
        let plan = ProsodyPlan(
            encoding, origin: origin, sentence: sentence, options: options, speaker: delivery.speaker,
            framesPerSecond: Double(sampleRate) / Double(codec.hopLength))
        delivery.decoder.condition(
            encoding.hidden, pitch: plan.pitch, energy: plan.energy, speaker: delivery.vector.pointer)
        let features = FeatureStream(
            delivery.decoder, rows: encoding.hidden, plan: plan, codec: codec, on: pool,
            correction: delivery.correction)
        return (plan, features)
    }

    /// The numbers of a sentence's phonemes, and for each the index of the phoneme that it comes from.
    private func read(
        _ sentence: SpokenSentence
    ) throws(SynthesisError) -> (entries: [PhonemeInventory.Entry], origin: [Int]) {
        guard sentence.phonemes.count <= Self.longestSentence else { throw Self.tooLong(sentence) }
        var entries: [PhonemeInventory.Entry] = []
        var origin: [Int] = []
        for (index, phoneme) in sentence.phonemes.enumerated() {
            let resolved = inventory.resolve(phoneme)
            entries += resolved
            origin += repeatElement(index, count: resolved.count)
        }
        guard entries.count <= Self.longestSentence else { throw Self.tooLong(sentence) }
        if entries.isEmpty { return ([PhonemeInventory.Entry(symbol: 0, stress: 0)], [0]) }
        return (entries, origin)
    }

    private static func tooLong(_ sentence: SpokenSentence) -> SynthesisError {
        SynthesisError(
            .sentenceTooLong,
            "a sentence of \(sentence.phonemes.count) phonemes cannot be spoken in one piece; the most is "
                + "\(longestSentence)")
    }

    private func marks(of sentence: SpokenSentence, _ plan: ProsodyPlan) -> [SpeechMark] {
        sentence.marks.map { mark in
            SpeechMark(name: mark.name, sample: plan.start(ofText: mark.phonemeIndex) * codec.hopLength)
        }
    }
}
