import AudioIO
import FoundationEssentials
import Glibc
import HearsayClient
import Pipelines
import Recognition
import StrictJSON
import WireProtocol

/// `hearsay transcribe` by the daemon: this program reads the file and sends its bytes, so that what may be read is decided
/// by its own rights.
struct RemoteTranscription: Sendable {
    private let command: TranscribeCommand

    private static let bytesPerChunk = 1 << 18

    /// Nil where the work must be done, or is wanted, in this process, and where no daemon runs.
    init?(_ command: TranscribeCommand) {
        let namesPath = command.model.map { $0.contains("/") || access($0, F_OK) == 0 } ?? false
        guard !command.local, command.threads == nil, !namesPath,
            (try? HearsayClient.connect(environment: Environment.current)) != nil
        else { return nil }
        self.command = command
    }

    /// As ``TranscriptionJob/events()``.
    func events(of file: String) -> AsyncThrowingStream<TranscriptionJobEvent, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task(executorPreference: ThreadPerJobExecutor()) {
                do {
                    try transcribe(file) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { reason in
                if case .cancelled = reason { task.cancel() }
            }
        }
    }

    private func transcribe(_ file: String, onEvent: (TranscriptionJobEvent) -> Void) throws {
        let client = try HearsayClient.connect(environment: Environment.current)
        try client.send(try request(file))
        try sendBytes(of: file, to: client)
        try client.send(FileEnd())
        var segments: [Segment] = []
        while true {
            let event = try client.next()
            switch event.type {
            case TranscriptionProgressReport.type:
                let report = try TranscriptionProgressReport(event)
                let progress = TranscriptionProgress(seconds: report.seconds, totalSeconds: report.totalSeconds)
                onEvent(report.stage == "reading" ? .scanned(progress) : .progress(progress))
            case LanguageReport.type:
                let report = try LanguageReport(event)
                let probability = LanguageProbability(code: report.language, probability: report.probability)
                onEvent(.recognition(.languageDetected(code: report.language, probabilities: [probability])))
            case WarningReport.type: onEvent(.warning(try WarningReport(event).text))
            case SegmentReport.type:
                let segment = try segment(SegmentReport(event).segment)
                segments.append(segment)
                onEvent(.recognition(.segment(segment)))
            case TranscriptEnd.type:
                let end = try TranscriptEnd(event)
                let transcript = Transcript(
                    task: TranscriptionTask(rawValue: end.task) ?? .transcribe, language: end.language,
                    duration: end.duration, text: end.text, segments: segments)
                return onEvent(.finished(transcript))
            default: break
            }
        }
    }

    private func request(_ file: String) throws -> TranscribeFile {
        let options = try JSONValue(parsing: Array(try JSONEncoder().encode(command.decoding.options)))
        let raw: TranscribeFile.RawFormat? =
            if file == "-", case .rawPCM(_, let rate, let channels, let encoding) = command.samples.source {
                TranscribeFile.RawFormat(rate: rate, channels: channels, encoding: encoding.rawValue)
            } else {
                nil
            }
        var request = TranscribeFile(model: command.model, options: options.object ?? [:], rawFormat: raw)
        request.name = file == "-" ? nil : file
        request.skipsSilence = command.vad
        return request
    }

    private func segment(_ object: JSONObject) throws -> Segment {
        var writer = JSONWriter(style: .compact)
        writer.value(.object(object))
        return try JSONDecoder().decode(Segment.self, from: Data(writer.bytes))
    }

    private func sendBytes(of file: String, to client: HearsayClient) throws {
        let descriptor = file == "-" ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(file) }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var status = stat()
        guard file == "-" || fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(.audio, code: "audio.not_regular_file", "\(file.debugDescription) is not a regular file")
        }
        var buffer = [UInt8](repeating: 0, count: Self.bytesPerChunk)
        while true {
            try Task.checkCancellation()
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return }
            guard count > 0 || errno == EINTR || errno == EAGAIN else { throw unreadable(file) }
            if count > 0 { try client.send(FileChunk(bytes: Array(buffer[..<count]))) }
        }
    }

    private func unreadable(_ file: String) -> Failure {
        Failure(
            .audio, code: "audio.open_failed",
            "Could not open \(file.debugDescription): \(String(cString: strerror(errno))).")
    }
}
