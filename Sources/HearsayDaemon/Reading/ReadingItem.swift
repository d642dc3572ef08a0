internal import Tensors
internal import WireProtocol

/// Something that is to be heard on the loudspeaker: a text, or sound that a client sends.
final class ReadingItem: Sendable {
    let id: Int
    let user: UInt32
    let priority: ReadText.Priority
    let track: SoundTrack

    private struct State {
        /// Makes the sound; nil before it is this item's turn.
        var task: Task<Void, Never>?
        var hasBegun = false
        var reported: ReadingReport.Kind?
        var isOver = false
    }

    private let state = Locked(State())
    private let make: (@Sendable (SoundTrack) async throws -> Void)?
    private let reports: AsyncThrowingStream<ReadingReport, any Error>.Continuation

    /// - Parameter make: makes the sound of the track; nil where it comes by itself.
    init(
        id: Int, user: UInt32, priority: ReadText.Priority, track: SoundTrack,
        reports: AsyncThrowingStream<ReadingReport, any Error>.Continuation,
        make: (@Sendable (SoundTrack) async throws -> Void)?
    ) {
        self.id = id
        self.user = user
        self.priority = priority
        self.track = track
        self.reports = reports
        self.make = make
    }

    /// Has the sound made, if nobody has yet.
    func begin() {
        state.withLock { state in
            guard !state.hasBegun, !state.isOver else { return }
            state.hasBegun = true
            guard let make else { return }
            let track = track
            state.task = Task {
                do {
                    try await make(track)
                    track.finish()
                } catch {
                    track.finish(error)
                }
            }
        }
    }

    /// Tells the client, unless that is what it was told last.
    func report(_ kind: ReadingReport.Kind, reason: String? = nil) {
        let isNews = state.withLock { state in
            defer { state.reported = kind }
            return !state.isOver && state.reported != kind
        }
        if isNews { reports.yield(ReadingReport(kind, id: id, reason: reason)) }
    }

    func report(sentence: String) { reports.yield(ReadingReport(.sentence, id: id, text: sentence)) }

    /// Ends the item; only the first word counts.
    func end(_ result: Result<ReadingReport, any Error>) {
        let (isFirst, task) = state.withLock { state in
            defer { state.isOver = true }
            return (!state.isOver, state.task)
        }
        guard isFirst else { return }
        task?.cancel()
        track.close()
        switch result {
        case .success(let report):
            reports.yield(report)
            reports.finish()
        case .failure(let error): reports.finish(throwing: error)
        }
    }

    /// Whether it goes before `other`.
    func isBefore(_ other: ReadingItem) -> Bool {
        let (a, b) = (Self.rank(priority), Self.rank(other.priority))
        return a == b ? id < other.id : a > b
    }

    private static func rank(_ priority: ReadText.Priority) -> Int {
        ReadText.Priority.allCases.firstIndex(of: priority) ?? 0
    }
}
