internal import AudioIO
internal import FoundationEssentials
internal import Pipelines
internal import Recognition
internal import StrictJSON
internal import WireProtocol

/// `hearsay-transcribe-file`, `hearsay-file-chunk` …, `hearsay-file-end`: a recording as its file's bytes.
///
/// The client reads the file, so that the client's permissions decide what is read.
struct FileConversation {
    private let context: DaemonContext
    private let peer: Peer
    private let outbox: Outbox
    private let request: TranscribeFile
    private let options: TranscriptionOptions
    private let spool: Spool
    private let rawEncoding: PCMEncoding?

    init(_ request: TranscribeFile, context: DaemonContext, peer: Peer, outbox: Outbox) throws {
        self.context = context
        self.peer = peer
        self.outbox = outbox
        self.request = request
        options = try Self.options(request.options)
        spool = try context.makeSpool(for: peer)
        rawEncoding = try request.rawFormat.map { raw in
            guard let encoding = PCMEncoding(rawValue: raw.encoding) else {
                let known = PCMEncoding.allCases.map(\.rawValue).joined(separator: ", ")
                throw WireError(.fieldInvalid, "'encoding' must be one of \(known)")
            }
            return encoding
        }
    }

    func append(_ chunk: FileChunk) throws { try spool.append(chunk.bytes) }

    func finish() async throws {
        var flow = TranscriptionRequest(context: context, source: try source(), model: request.model, options: options)
        flow.skipsSilence = request.skipsSilence
        let (request, outbox, spool) = (flow, outbox, spool)
        try await context.scheduler.run(.request, user: peer.account) { turn in
            let transcript = try withExtendedLifetime(spool) {
                try request.run(turn) { event in
                    if let event = try Self.event(event) { try outbox.send(event, during: turn) }
                }
            }
            let end = TranscriptEnd(
                task: transcript.task.rawValue, language: transcript.language, duration: transcript.duration,
                text: transcript.text)
            try outbox.send(end.event, during: turn)
        }
    }

    private func source() throws -> TranscriptionJob.Source {
        guard let raw = request.rawFormat, let rawEncoding else { return spool.source(named: request.name) }
        return .rawPCM(
            fileDescriptor: try spool.rewound(), rate: raw.rate, channels: raw.channels, encoding: rawEncoding)
    }

    private static func options(_ object: JSONObject) throws -> TranscriptionOptions {
        var writer = JSONWriter(style: .compact)
        writer.value(.object(object))
        do {
            return try JSONDecoder().decode(TranscriptionOptions.self, from: Data(writer.bytes))
        } catch {
            throw WireError(.fieldInvalid, "'options' of '\(TranscribeFile.type)' cannot be understood: \(error)")
        }
    }

    private static func event(_ event: TranscriptionJobEvent) throws -> WireEvent? {
        switch event {
        case .scanned(let progress):
            TranscriptionProgressReport(
                stage: "reading", seconds: progress.seconds, totalSeconds: progress.totalSeconds
            ).event
        case .progress(let progress):
            TranscriptionProgressReport(
                stage: "transcribing", seconds: progress.seconds, totalSeconds: progress.totalSeconds
            ).event
        case .warning(let text): WarningReport(text: text).event
        case .recognition(.segment(let segment)): SegmentReport(segment: try object(segment)).event
        case .recognition(.languageDetected(let code, let probabilities)):
            LanguageReport(language: code, probability: probabilities.first?.probability ?? 0).event
        default: nil
        }
    }

    private static func object(_ segment: Segment) throws -> JSONObject {
        let bytes = try JSONEncoder().encode(segment)
        return try JSONValue(parsing: Array(bytes)).object ?? [:]
    }
}
