import AudioIO
import Glibc
import HearsayClient
import Pipelines
import Recognition
import StrictJSON
import WireProtocol

/// `hearsay dictate` by the daemon: it listens, this program does something with the text.
struct RemoteDictation: Sendable {
    private let command: DictateCommand

    /// Nil where this process is to listen, and where no daemon runs.
    init?(_ command: DictateCommand) {
        let namesPath = command.model.map { $0.contains("/") || access($0, F_OK) == 0 } ?? false
        guard !command.local, command.threads == nil, !namesPath, !command.microphone.isGiven,
            (try? HearsayClient.connect(environment: Environment.current)) != nil
        else { return nil }
        self.command = command
    }

    /// What this user's dictation is at.
    func status() throws -> CaptureStatus {
        let report = try Self.ask(.status)
        guard case .status(let status)? = DictationSessionEvent(report) else { return .stopped }
        return status
    }

    func stop() throws { _ = try Self.ask(.stop) }

    private static func ask(_ action: Dictate.Action) throws -> DictationReport {
        try HearsayClient.connect(environment: Environment.current).ask(
            Dictate(action: action), for: DictationReport.self)
    }

    /// Begins or toggles a dictation; returns when it is over.
    func run(_ sinks: DictationSinks) async throws {
        let request = request
        let isStart = command.action == .start
        let task = Task(executorPreference: ThreadPerJobExecutor()) {
            do {
                try Self.listen(request) { try sinks.take($0) }
            } catch let error as ClientError where isStart && error.code.rawValue == "dictate.already_running" {
                return
            }
        }
        // One connection is busy with the dictation; another one ends it, so that the last words still come.
        HearsayCommand.interruption.onRequest {
            Task.detached { [self] in if (try? stop()) == nil { task.cancel() } }
        }
        try await task.value
    }

    private static func listen(_ request: Dictate, onEvent: (DictationSessionEvent) throws -> Void) throws {
        let client = try HearsayClient.connect(environment: Environment.current)
        try client.send(request)
        while true {
            let event = try client.next()
            guard event.type == DictationReport.type else { continue }
            let report = try DictationReport(event)
            // The answer to a toggle that ended the dictation of another process.
            if report.data["status"]?.string == "stopping" { return }
            guard let event = DictationSessionEvent(report) else { continue }
            try onEvent(event)
            if event == .status(.stopped) { return }
        }
    }

    private var request: Dictate {
        var request = Dictate(
            action: command.action == .toggle ? .toggle : .start, language: command.recognition.code,
            isOnce: command.once)
        request.model = command.model
        request.policy = command.recognition.policy.rawValue
        request.interval = command.recognition.interval
        request.pause = command.recognition.pause
        request.terms = command.recognition.hotwords.map { [$0] }
        request.obeysCommands = !command.recognition.noCommands
        request.wantsWords = command.output.json
        return request
    }
}

extension DictationSessionEvent {
    /// What the daemon tells, as this process would have told it; nil for what it does not know.
    init?(_ report: DictationReport) {
        let data = report.data
        let text = data["text"]?.string ?? ""
        let seconds = data["time"]?.double ?? 0
        switch report.kind {
        case "status":
            guard let status = CaptureStatus(data) else { return nil }
            self = .status(status)
        case "warning": self = .warning(data["message"]?.string ?? "")
        case "speech-started": self = .dictation(.speechStarted(seconds: seconds))
        case "speech-ended": self = .dictation(.speechEnded(seconds: seconds))
        case "committed": self = .dictation(.committed(text))
        case "erased": self = .dictation(.erased(text))
        case "partial":
            self = .dictation(
                .partial(committed: data["committed"]?.string ?? "", tentative: data["tentative"]?.string ?? ""))
        case "final":
            self = .dictation(
                .final(
                    DictatedText(
                        text: text, language: data["language"]?.string ?? "", start: data["start"]?.double ?? 0,
                        end: data["end"]?.double ?? 0, words: data["words"]?.array?.compactMap(Word.init))))
        default: return nil
        }
    }
}

extension CaptureStatus {
    fileprivate init?(_ data: JSONObject) {
        switch data["status"]?.string {
        case "opening": self = .opening
        case "listening": self = .listening
        case "waiting-for-device": self = .waitingForDevice(reason: data["reason"]?.string ?? "")
        case "stopped": self = .stopped
        default: return nil
        }
    }
}

extension Word {
    fileprivate init?(_ value: JSONValue) {
        guard let text = value["word"]?.string else { return nil }
        self.init(
            text: text, start: value["start"]?.double ?? 0, end: value["end"]?.double ?? 0,
            probability: value["probability"]?.double ?? 0)
    }
}
