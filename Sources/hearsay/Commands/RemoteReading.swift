import Glibc
import HearsayClient
import Pipelines
import StrictJSON
import WireProtocol

/// `hearsay say` on the daemon's loudspeaker.
struct RemoteReading: Sendable {
    private let command: SayCommand
    private let text: ReadableText

    /// Bytes of a text that are sent at a time: an hour of speech.
    private static let longestPiece = 1 << 16

    /// Nil where this process is to play, or the text comes bit by bit, and where no daemon runs.
    init?(_ command: SayCommand, _ text: ReadableText) {
        if case .descriptor(let descriptor, _) = text.source {
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        }
        guard command.output == nil, command.device == nil, RemoteSpeech(command) != nil else { return nil }
        self.command = command
        self.text = text
    }

    /// Returns when all has been heard, or somebody has stopped it.
    ///
    /// - Returns: false where the daemon has no loudspeaker, or none for this user.
    func read() async throws -> Bool {
        let task = Task(executorPreference: ThreadPerJobExecutor()) {
            let client = try HearsayClient.connect(environment: Environment.current)
            var isFirst = true
            var pieces = TextPieces(text, limit: Self.longestPiece)
            while let piece = try pieces.next() {
                do {
                    guard try Self.read(request(piece), by: client) else { return true }
                } catch let error as ClientError where isFirst && Self.hasNoLoudspeaker(error) {
                    if case .descriptor(let descriptor, _) = text.source { lseek(descriptor, 0, SEEK_SET) }
                    return false
                }
                isFirst = false
            }
            return true
        }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Does something with what is read aloud.
    static func control(_ control: ReadingControl) throws {
        let client = try HearsayClient.connect(environment: Environment.current)
        let report = try client.ask(ControlReading(control.action), for: ReadingQueueReport.self)
        guard control == .status else { return }
        let state = report.data["state"]?.string ?? "idle"
        let reason = report.data["reason"]?.string.map { " (\($0))" } ?? ""
        let count = report.data["queue"]?.array?.count ?? 0
        try StandardStream.output.write("\(state)\(reason), \(count) \(count == 1 ? "text" : "texts")\n")
    }

    private static func hasNoLoudspeaker(_ error: ClientError) -> Bool {
        ["server.forbidden", "audio.device_unavailable"].contains(error.code.rawValue)
    }

    /// - Returns: false when it was stopped.
    private static func read(_ request: ReadText, by client: HearsayClient) throws -> Bool {
        try client.send(request)
        while true {
            let event = try client.next()
            guard event.type == ReadingReport.type else { continue }
            let report = try ReadingReport(event)
            if report.kind.isLast { return report.kind == .done }
        }
    }

    private func request(_ text: String) -> ReadText {
        var request = ReadText(
            text: text, voice: RemoteSpeech.voice(command), textFormat: command.source.ssml ? "ssml" : "text",
            priority: command.reading.priority)
        request.prosody = RemoteSpeech.prosody(command)
        return request
    }
}

/// A text in pieces that end between paragraphs, lines or words; markup and given texts whole.
private struct TextPieces {
    private let text: ReadableText
    private let limit: Int
    private var pending: [UInt8] = []
    private var position = 0
    private var hasEnded = false

    init(_ text: ReadableText, limit: Int) {
        self.text = text
        self.limit = limit
    }

    mutating func next() throws -> String? {
        guard !hasEnded || !pending.isEmpty else { return nil }
        switch text.source {
        case .given(let text):
            hasEnded = true
            return text
        case .descriptor(let descriptor, let name) where text.isMarkup:
            hasEnded = true
            return try ReadableText.readAll(descriptor, name)
        case .descriptor(let descriptor, let name):
            try fill(descriptor, name)
            guard !pending.isEmpty else { return nil }
            let count = pending.count <= limit ? pending.count : Self.cut(pending[..<limit])
            defer {
                pending.removeFirst(count)
                position += count
            }
            return try PlainBytes.text(pending[..<count], of: name, position: position)
        }
    }

    private mutating func fill(_ descriptor: Int32, _ name: String) throws {
        var block = [UInt8](repeating: 0, count: limit)
        while !hasEnded, pending.count <= limit {
            let count = Glibc.read(descriptor, &block, block.count)
            guard count >= 0 || errno == EINTR else { throw ReadableText.unreadable(name, errno) }
            hasEnded = count == 0
            pending += block.prefix(max(0, count))
        }
    }

    /// Where to cut: after the last empty line, else after the last line, else after the last word.
    private static func cut(_ bytes: ArraySlice<UInt8>) -> Int {
        let newline = UInt8(ascii: "\n")
        let paragraph = bytes.indices.dropLast().last { bytes[$0] == newline && bytes[$0 + 1] == newline }
        if let paragraph { return paragraph + 2 }
        let word = bytes.lastIndex(of: newline) ?? bytes.lastIndex(of: UInt8(ascii: " "))
        return word.map { $0 + 1 } ?? bytes.count
    }
}
