import Glibc
import ModelStore
import Pipelines
import Recognition
import VoiceActivity

/// One run of `hearsay transcribe`: opens the model once and takes the recordings in turn.
struct TranscriptionSession: Sendable {
    private let command: TranscribeCommand

    init(command: TranscribeCommand) {
        self.command = command
    }

    /// Throws the failure that stopped everything; with several files, one of them failing stops nothing and is
    /// thrown at the end.
    func run() async throws {
        let results = try ResultPlace(command.output, files: command.files)
        let transcriber = try transcriber()
        var failed = 0
        for file in command.files {
            do {
                try await transcribe(file, with: transcriber, to: results)
            } catch {
                let failure = Failure(error).about(file)
                guard command.files.count > 1, failure.status == .audio || failure.status == .failure else {
                    throw failure
                }
                Message.error(failure)
                failed += 1
            }
        }
        if failed > 0 {
            throw Failure(
                .failure, code: "transcribe.files_failed", "\(failed) of \(command.files.count) files failed, see above"
            )
        }
    }

    /// Who does the work.
    private enum Transcriber {
        /// - activity: finds the parts with speech; nil to transcribe everything.
        case model(WhisperModel, activity: VoiceActivityModel?)
        case daemon(RemoteTranscription)
    }

    /// The daemon, if one runs and the work can be left to it; else a model in this process.
    private func transcriber() throws -> Transcriber {
        if let remote = RemoteTranscription(command) { return .daemon(remote) }
        let model = try openModel()
        warn(about: model)
        return .model(model, activity: command.vad ? try Self.voiceActivityModel() : nil)
    }

    /// The voice-activity model that comes with the program.
    static func voiceActivityModel() throws -> VoiceActivityModel {
        try VoiceActivityModel.embedded(
            in: ModelLibrary.sharedFolders(
                environment: Environment.current, executable: ModelLibrary.executablePath()))
    }

    private func openModel() throws -> WhisperModel {
        let library = ModelLibrary(environment: Environment.current, executable: ModelLibrary.executablePath())
        return try WhisperModel.open(library.resolve(command.model).path)
    }

    private func warn(about model: WhisperModel) {
        guard !command.quiet, !model.tokenizer.isMultilingual else { return }
        if let language = command.decoding.options.language, language != "en" {
            Message.note("\(model.path) knows English only; --language \(language) has no effect")
        }
    }

    private func events(
        of file: String, from transcriber: Transcriber
    ) -> AsyncThrowingStream<TranscriptionJobEvent, any Error> {
        switch transcriber {
        case .daemon(let remote): return remote.events(of: file)
        case .model(let model, let activity):
            var job = TranscriptionJob(
                file == "-" ? command.samples.source : .file(path: file), model: .opened(model),
                options: command.decoding.options)
            job.threads = command.threads
            job.voiceActivity = activity
            return job.events()
        }
    }

    private func transcribe(_ file: String, with transcriber: Transcriber, to results: ResultPlace) async throws {
        var report = Report(file: file, command: command)
        defer { report.clearBars() }
        try report.begin()
        for try await event in events(of: file, from: transcriber) {
            try report.take(event)
            if case .finished(let transcript) = event {
                report.clearBars()
                try results.store(transcript, of: file)
            }
        }
        // The stream ends in silence when the task was cancelled.
        try Task.checkCancellation()
    }
}

extension Failure {
    /// The same failure with the name of the recording in front, unless its message has it already.
    fileprivate func about(_ file: String) -> Failure {
        guard !message.contains(file.recordingName), status == .audio || status == .failure else { return self }
        return Failure(status, code: code, "\(file.recordingName): \(message)")
    }
}

extension String {
    /// What people call the recording that an argument names.
    fileprivate var recordingName: String { self == "-" ? "standard input" : self }
}

/// Shows the events of one recording: segments on standard output if that is where text goes, the bar, remarks.
private struct Report {
    private let file: String
    private let command: TranscribeCommand
    private let printsSegments: Bool
    private var bar: ProgressBar
    /// The first pass over a file, which finds its loudest moment; long files take a while.
    private var scanBar: ProgressBar

    init(file: String, command: TranscribeCommand) {
        self.file = file
        self.command = command
        printsSegments = command.output.outputDir == nil && command.output.formats == [.txt]
        let name = file.recordingName.split(separator: "/").last.map(String.init) ?? file
        let showsBars = !command.quiet && !command.noProgress
        bar = ProgressBar(name.onOneLine, unit: .time, isShown: showsBars)
        scanBar = ProgressBar("\(name.onOneLine): reading", unit: .time, isShown: showsBars)
    }

    /// Names the recording where several are printed, as head(1) does.
    func begin() throws {
        guard printsSegments, command.files.count > 1 else { return }
        let isFirst = command.files.first == file
        try StandardStream.output.write("\(isFirst ? "" : "\n")==> \(file.recordingName.onOneLine) <==\n")
    }

    mutating func take(_ event: TranscriptionJobEvent) throws {
        switch event {
        case .recognition(.segment(let segment)):
            guard printsSegments else { return }
            clearBars()
            let transcript = Transcript(
                task: .transcribe, language: "", duration: 0, text: segment.text, segments: [segment])
            try StandardStream.output.write(TranscriptWriter(.txt)(transcript))
        case .recognition(.languageDetected(let code, let probabilities)):
            let share = probabilities.first.map { " (\(Int(($0.probability * 100).rounded())) %)" } ?? ""
            note("detected language: \(Language(code: code)?.name ?? code)\(share)")
        case .recognition: break
        case .progress(let progress):
            scanBar.clear()
            bar.update(progress.seconds, of: progress.totalSeconds)
        case .scanned(let progress):
            scanBar.update(progress.seconds, of: progress.totalSeconds)
            bar.restart()
        case .warning(let text):
            note(text)
        case .finished: break
        }
    }

    mutating func clearBars() {
        scanBar.clear()
        bar.clear()
    }

    private mutating func note(_ text: String) {
        guard !command.quiet else { return }
        clearBars()
        Message.note("\(file.recordingName): \(text)")
    }
}

/// The environment as a dictionary.
enum Environment {
    static var current: [String: String] {
        var variables: [String: String] = [:]
        let names = [
            "HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "HEARSAY_DATA", "HEARSAY_MODEL_URL", "HEARSAY_SOCKET",
            "CREDENTIALS_DIRECTORY", "STATE_DIRECTORY",
        ]
        for name in names {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        return variables
    }
}
