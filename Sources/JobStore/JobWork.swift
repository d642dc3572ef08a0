internal import AudioIO
internal import Pipelines
internal import Recognition
internal import VoiceActivity

/// A claimed job at work: transcribes window after window, each stored before the next begins, and writes the result.
struct JobWork {
    let store: JobStore
    let claimed: ClaimedJob
    let decoder: any AudioFileDecoder
    let turn: JobTurn

    private var id: Int64 { claimed.job.id }

    /// - Parameter activity: finds the parts with speech, the same ones in each attempt; nil to transcribe everything.
    /// - Throws: what transcribing, writing and storing throw, what `turn` throws, and ``Displaced``.
    func run(with model: TranscriptionJob.Model, activity: VoiceActivityModel?, threads: Int?) throws {
        guard !claimed.sourceHasChanged else {
            throw JobStoreError(
                .sourceChanged,
                "\(claimed.job.request.path.debugDescription) has changed since it was added; "
                    + "'hearsay jobs retry \(id)' transcribes it as it is now.")
        }
        let request = claimed.job.request
        var job = TranscriptionJob(.file(path: request.path), model: model, options: request.options)
        job.threads = threads
        job.decoder = decoder
        job.voiceActivity = activity
        job.checkpoint = claimed.checkpoint
        var warnings: [String] = []
        var pending = PendingWindows(number: claimed.job.windows)
        var total = claimed.job.totalSeconds
        let transcript = try job.transcribe { event in
            switch event {
            case .recognition(.segment(let segment)): pending.segments.append(segment)
            case .recognition(.windowDone(let summary)): pending.close(summary)
            case .progress(let progress): total = progress.totalSeconds ?? total
            case .recognition(.checkpoint(let cursor)):
                try commit(&pending, cursor, total)
                try turn.betweenWindows()
                if try store.hasWork(above: request.priority) { throw Displaced() }
            case .warning(let text): warnings.append(text)
            case .recognition, .scanned, .finished: break
            }
        }
        try store.patiently(id, waiting: turn.whileWaiting) {
            try store.claimResults(of: id)?.write(transcript, of: request.path)
            try store.finish(id, transcript, warnings: warnings)
        }
    }

    private func commit(_ pending: inout PendingWindows, _ cursor: TranscriptionCursor, _ total: Double?) throws {
        let seconds = pending.windows.last.map { min($0.summary.end, Double(cursor.seek) / 100) } ?? 0
        try store.patiently(id, waiting: turn.whileWaiting) {
            try store.commit(
                pending.windows, from: pending.number, cursor: cursor, seconds: seconds, totalSeconds: total, of: id)
        }
        pending.number += pending.windows.count
        pending.windows = []
    }
}

/// Windows that are transcribed and not stored yet.
private struct PendingWindows {
    /// Number of the first one.
    var number: Int
    var windows: [JobWindow] = []
    /// Of the window that is being reported.
    var segments: [Segment] = []

    init(number: Int) {
        self.number = number
    }

    mutating func close(_ summary: WindowSummary) {
        windows.append(JobWindow(summary: summary, segments: segments))
        segments = []
    }
}
