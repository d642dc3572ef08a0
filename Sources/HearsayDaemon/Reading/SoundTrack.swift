internal import AudioCore
internal import Tensors

/// The sound of one text between the thread that makes it and the one that plays it.
///
/// What has been taken can be put back, because a device that is stopped or lost had not sounded all it was given.
final class SoundTrack: Sendable {
    /// What the next piece is.
    enum Next: Equatable {
        /// So many samples, and the sentences that begin among them.
        case samples(Int, sentences: [String])
        /// None yet.
        case nothing
        /// The last has been taken.
        case end
    }

    private struct Sentence {
        /// Counted in samples from the first.
        let start: Int
        let text: String
        var isAnnounced = false
    }

    private struct State {
        var rate: Int?
        /// Samples that wait, the first of them at `position`.
        var samples: [Float] = []
        var next = 0
        var position = 0
        var sentences: [Sentence] = []
        /// Everything is passed over up to the first sentence behind this place.
        var skipped: Int?
        var isComplete = false
        var isClosed = false
        var failure: (any Error)?

        var count: Int { samples.count - next }
    }

    /// Sound that is made ahead of what is heard, in seconds.
    private static let ahead = 20
    /// Seconds for which a sentence that has begun can be gone back to.
    private static let memory = 5

    private let state = Locked(State())
    /// Signalled when there is room for more.
    private let room = Semaphore()
    /// Signalled when there is something to take.
    private let news: Semaphore

    init(news: Semaphore) {
        self.news = news
    }

    // MARK: The thread that makes the sound

    func begin(rate: Int) { state.withLock { $0.rate = rate } }

    func append(_ samples: UnsafeBufferPointer<Float>) {
        state.withLock { state in
            guard !state.isClosed else { return }
            if state.next > state.samples.count / 2 {
                state.samples.removeFirst(state.next)
                state.next = 0
            }
            state.samples += samples
        }
        news.signal()
    }

    /// The next samples begin a sentence.
    func beginSentence(_ text: String) {
        state.withLock { $0.sentences.append(Sentence(start: $0.position + $0.count, text: text)) }
    }

    /// Whether more sound may be made now.
    var hasRoom: Bool {
        state.withLock { $0.isClosed || $0.skipped != nil || $0.count < Self.ahead * ($0.rate ?? 48_000) }
    }

    func waitForRoom(milliseconds: Int) { _ = room.wait(milliseconds: milliseconds) }

    /// No more will come, because of an error if there is one.
    func finish(_ failure: (any Error)? = nil) {
        state.withLock { state in
            state.isComplete = true
            state.failure = failure
        }
        news.signal()
    }

    /// Nothing more of it is heard, because of an error; whoever plays it hears of that.
    func cut(_ failure: any Error) {
        state.withLock { state in
            state.samples = []
            state.next = 0
            state.isClosed = true
            state.isComplete = true
            state.failure = failure
        }
        room.signal()
        news.signal()
    }

    /// Whether all of it has been taken, or nobody will take any more.
    var isOver: Bool { state.withLock { $0.isClosed || $0.isComplete && $0.count == 0 } }

    // MARK: The thread that plays

    /// Hz; nil while it is not known.
    var rate: Int? { state.withLock { $0.rate } }
    /// Seconds that have been taken.
    var seconds: Double { state.withLock { Double($0.position) / Double($0.rate ?? 48_000) } }
    /// Whether all sound has been made.
    var isComplete: Bool { state.withLock { $0.isComplete } }

    /// Takes samples.
    ///
    /// - Throws: what the sound could not be made for, once everything before it has been taken.
    func take(into buffer: UnsafeMutableBufferPointer<Float>) throws -> Next {
        let next: Next = try state.withLock { state in
            if let start = state.skipped, !Self.skip(&state, from: start) {
                return state.isComplete ? try Self.end(state) : .nothing
            }
            let count = min(buffer.count, state.count)
            guard count > 0 else { return state.isComplete ? try Self.end(state) : .nothing }
            for index in 0..<count { buffer[index] = state.samples[state.next + index] }
            state.next += count
            state.position += count
            return .samples(count, sentences: Self.announce(&state))
        }
        if hasRoom { room.signal() }
        return next
    }

    /// Puts back what was taken last and not heard.
    func putBack(_ samples: ArraySlice<Float>) {
        guard !samples.isEmpty else { return }
        state.withLock { state in
            state.samples.replaceSubrange(..<state.next, with: samples)
            state.next = 0
            state.position -= samples.count
        }
    }

    /// Passes over everything before the next sentence.
    func skipSentence() {
        state.withLock { $0.skipped = $0.position }
        room.signal()
        news.signal()
    }

    /// Nobody will take any more.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.samples = []
            state.next = 0
        }
        room.signal()
    }

    /// Goes to the next sentence; false while there is none, and everything before it has gone.
    private static func skip(_ state: inout State, from place: Int) -> Bool {
        let start = state.sentences.first { $0.start > place }?.start
        let count = min(state.count, start.map { $0 - state.position } ?? .max)
        state.next += count
        state.position += count
        if start == state.position { state.skipped = nil }
        return state.skipped == nil
    }

    private static func announce(_ state: inout State) -> [String] {
        var texts: [String] = []
        for index in state.sentences.indices where state.sentences[index].start < state.position {
            if !state.sentences[index].isAnnounced { texts.append(state.sentences[index].text) }
            state.sentences[index].isAnnounced = true
        }
        let forgotten = state.position - memory * (state.rate ?? 48_000)
        state.sentences.removeAll { $0.start < forgotten }
        return texts
    }

    private static func end(_ state: State) throws -> Next {
        if let failure = state.failure { throw failure }
        return .end
    }
}
