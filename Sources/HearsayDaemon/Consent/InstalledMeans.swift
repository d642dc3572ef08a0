internal import AudioIO
internal import Consent
internal import Glibc
internal import HelperProcess
internal import ModelStore
internal import Pipelines
internal import Recognition
internal import SpeakerIdentity
internal import Synthesis
internal import Tensors
internal import Watermark

/// What is installed on this machine for ceremonies and copied voices.
final class InstalledMeans: ConsentMeans {
    private let foundations: Daemon.Foundations
    /// Where what comes with hearsay is looked up.
    private let folders: [String]
    private let opened = Locked<InstalledEncoder?>(nil)

    private let environment: [String: String]

    init(_ foundations: Daemon.Foundations, environment: [String: String]) {
        self.foundations = foundations
        self.environment = environment
        folders = ModelLibrary.sharedFolders(environment: environment, executable: ModelLibrary.executablePath())
    }

    func ceremony() throws -> CeremonyMeans {
        let hearing = InstalledHearing(foundations, model: try recognizer())
        guard let speaker = try encoder() else {
            throw ConsentError(
                .noEncoder, "no speaker encoder is installed, and nobody could tell who has read the phrase")
        }
        return CeremonyMeans(
            recorder: StatementRecorder(
                settings: foundations.configuration.dictation, voiceActivity: foundations.voiceActivity),
            hearing: hearing,
            speaker: speaker, marks: InstalledMarks(), voiceActivity: foundations.voiceActivity)
    }

    func encoder() throws -> (any SpeakerVerifying)? {
        try opened.withLock { (opened: inout InstalledEncoder?) throws -> InstalledEncoder? in
            if let opened { return opened }
            do {
                opened = InstalledEncoder(encoder: try SpeakerEncoder.embedded(in: folders))
            } catch let error as SpeakerIdentityError where error.code == .modelUnreadable {
                return nil
            }
            return opened
        }
    }

    /// Marks speech and signs what is written as synthetic; nil where it cannot be kept.
    var markingKey: MarkingKey? { try? MarkingKey.open(environment: environment) }

    /// All speech with copied voices passes through the mark.
    var marking: ConsentStore.Marking { ConsentStore.Marking(isMarked: true, canSign: markingKey != nil) }

    /// The first voice that can speak as those whom the installed encoder describes, the default one before others.
    func synthesizer() throws -> (any CloneSynthesizing)? {
        guard let encoder = try encoder() else { return nil }
        let host = foundations.host
        for name in [nil] + host.catalogue.voices.filter({ $0.problem == nil }).map({ Optional($0.name) }) {
            guard let loan = try? host.voice(name), let voice = loan.value as? NeuralVoice,
                voice.cloneEncoder == encoder.model
            else { continue }
            return CloneSpeaker(voice, frontEnd: host.frontEnd(language: voice.language), loan: loan)
        }
        return nil
    }

    /// The name of the recogniser that requests get which name none. One that is only there to be tried mistakes words that
    /// must be exact.
    private func recognizer() throws(ConsentError) -> String {
        let catalogue = foundations.host.catalogue
        guard let name = catalogue.defaultModel,
            let model = catalogue.models.first(where: { $0.name == name && $0.problem == nil }),
            access("\(model.path)/PREVIEW", F_OK) != 0
        else {
            throw ConsentError(
                .noRecognizer,
                "no recogniser is installed that knows the words of a phrase well enough; `hearsay models pull base.en` "
                    + "installs one")
        }
        return name
    }
}

/// The speaker encoder that comes with hearsay.
private struct InstalledEncoder: SpeakerVerifying {
    let encoder: SpeakerEncoder

    var model: String { encoder.model }

    func threshold(seconds: Double) -> Double { encoder.threshold(seconds: seconds) }

    func embed(_ samples: ArraySlice<Float>) throws -> SpeakerEmbedding { try encoder.embed(Array(samples)) }
}

/// Looks for everyone's mark, which all speech of hearsay bears.
private struct InstalledMarks: MarkDetecting {
    func isMarked(_ samples: UnsafeBufferPointer<Float>) throws -> Bool {
        try WatermarkDetector().detect(samples, rate: 16_000).isFound
    }
}

/// The installed recogniser, which is told nothing of the phrase.
private struct InstalledHearing: StatementHearing {
    private let foundations: Daemon.Foundations
    let model: String

    init(_ foundations: Daemon.Foundations, model: String) {
        self.foundations = foundations
        self.model = model
    }

    func words(in samples: [Float]) throws -> [HeardWord] {
        var options = TranscriptionOptions()
        options.language = "en"
        options.wordTimestamps = true
        options.conditionOnPreviousText = false
        let file = try SoundInMemory(samples)
        return try foundations.scheduler.perform(.dictation, user: getuid()) { turn in
            let loan = try foundations.host.recognizer(model)
            var job = TranscriptionJob(
                .rawPCM(fileDescriptor: file.descriptor, rate: 16_000, channels: 1, encoding: .s16le),
                model: .opened(loan.value), options: options)
            job.threads = foundations.host.threads
            let transcript = try withExtendedLifetime(loan) {
                try job.transcribe { event in
                    if case .recognition(.windowDone) = event { try turn.yield(atBoundary: true) }
                }
            }
            return transcript.segments.flatMap { $0.words ?? [] }.map {
                HeardWord(text: $0.text, start: $0.start, end: $0.end)
            }
        }
    }
}

/// Sound that is in no folder.
private final class SoundInMemory {
    let descriptor: Int32

    init(_ samples: [Float]) throws(ConsentError) {
        descriptor = MemoryFile.open()
        let bytes = samples.flatMap { sample in
            withUnsafeBytes(of: Int16(max(-32_768, min(32_767, (sample * 32_768).rounded()))).littleEndian) {
                Array($0)
            }
        }
        guard descriptor >= 0, write(descriptor, bytes, bytes.count) == bytes.count, lseek(descriptor, 0, SEEK_SET) == 0
        else { throw ConsentError(.storageFailed, "there is no memory for the recording of the phrase") }
    }

    deinit { close(descriptor) }
}
