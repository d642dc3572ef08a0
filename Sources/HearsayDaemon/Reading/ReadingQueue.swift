internal import AudioCore
internal import AudioIO
internal import Pipelines
internal import StrictJSON
internal import Tensors
internal import WireProtocol

/// What is to be heard on the daemon's loudspeaker, and in which order: the most urgent first, of the same urgency what
/// came first. The device is open only while something is heard.
public final class ReadingQueue: Sendable {
    /// What the loudspeaker is at.
    enum Device: Equatable {
        case closed
        case open
        /// It is gone, and tried again and again.
        case lost(reason: String)
    }

    /// What the thread that plays does next.
    enum Next {
        case play(ReadingItem, skips: Bool)
        /// What there is has to wait.
        case hold
        case end
    }

    private struct State {
        var items: [ReadingItem] = []
        var lastID = 0
        /// Users whose texts wait.
        var paused: Set<UInt32> = []
        /// Everything waits, because somebody speaks.
        var isHeld = false
        /// Items whose sentence is to be passed over.
        var skips: Set<Int> = []
        var isPlaying = false
        var device = Device.closed
    }

    /// What the loudspeaker plays, for whoever records meanwhile.
    let reference = EchoReference()
    /// Signalled when there is something to look at.
    let changed = Semaphore()
    private let state = Locked(State())
    private let isReferenceLent = Locked(false)

    init() {}

    // MARK: Whoever wants to be heard

    typealias Reports = AsyncThrowingStream<ReadingReport, any Error>

    /// Adds an item; the first report says that it waits.
    ///
    /// - Parameters:
    ///   - most: items that may wait.
    ///   - make: makes the sound when it is time; nil where it comes by itself.
    /// - Throws: ``DaemonError/Code/busy``.
    func add(
        user: UInt32, priority: ReadText.Priority, device: String, most: Int,
        make: (@Sendable (SoundTrack) async throws -> Void)?
    ) throws(DaemonError) -> (ReadingItem, Reports) {
        let (reports, continuation) = Reports.makeStream()
        let (item, mustPlay) = try state.withLock { (state: inout State) throws(DaemonError) in
            guard state.items.count < most else {
                throw DaemonError(.busy, "\(most) texts wait for the loudspeaker already (speech.waiting)")
            }
            state.lastID += 1
            let item = ReadingItem(
                id: state.lastID, user: user, priority: priority, track: SoundTrack(news: changed),
                reports: continuation, make: make)
            let index = state.items.firstIndex { item.isBefore($0) } ?? state.items.endIndex
            state.items.insert(item, at: index)
            defer { state.isPlaying = true }
            return (item, !state.isPlaying)
        }
        item.report(.queued)
        if mustPlay {
            // Blocks for as long as there is something to hear.
            Task(executorPreference: ThreadPerJobExecutor()) { ReadingPlayer(self, device: device).run() }
        }
        changed.signal()
        return (item, reports)
    }

    /// Ends an item in whatever way.
    func end(_ item: ReadingItem, _ result: Result<ReadingReport, any Error>) {
        state.withLock { state in
            state.items.removeAll { $0 === item }
            state.skips.remove(item.id)
            Self.forgetPauses(&state)
        }
        item.end(result)
        changed.signal()
    }

    // MARK: Whoever controls it

    /// - Parameter user: whose items are meant; nil for everybody's.
    func pause(_ user: UInt32?) {
        state.withLock { state in
            for item in state.items where user == nil || item.user == user { state.paused.insert(item.user) }
        }
        changed.signal()
    }

    func resume(_ user: UInt32?) {
        state.withLock { state in
            if let user { state.paused.remove(user) } else { state.paused = [] }
        }
        changed.signal()
    }

    /// On to the next sentence of what is heard now, if it is the user's.
    func skip(_ user: UInt32?) {
        state.withLock { state in
            if let item = Self.chosen(state), user == nil || item.user == user { state.skips.insert(item.id) }
        }
        changed.signal()
    }

    func stop(_ user: UInt32?, id: Int? = nil, reason: String) {
        let items = state.withLock { $0.items }
        for item in items where (user == nil || item.user == user) && (id == nil || item.id == id) {
            end(item, .success(ReadingReport(.stopped, id: item.id, reason: reason)))
        }
    }

    /// Somebody speaks: what is heard now ends, and so does what else that user wanted to be read.
    func interrupt(by user: UInt32) {
        if let item = state.withLock({ Self.chosen($0) }), item.user != user {
            end(item, .success(ReadingReport(.stopped, id: item.id, reason: Self.bargeIn)))
        }
        stop(user, reason: Self.bargeIn)
    }

    static let bargeIn = "barge-in"

    /// Somebody speaks, or has spoken: everything waits meanwhile.
    func hold(_ isHeld: Bool) {
        state.withLock { $0.isHeld = isHeld }
        changed.signal()
    }

    /// Lends what the loudspeaker plays to the one who records first; nil while another has it, and where echo is not
    /// to be, or cannot be, taken out.
    func lendReference(_ settings: DaemonConfiguration.Dictation) -> EchoReference? {
        guard settings.cancelsEcho, EchoReference.isUsable else { return nil }
        return isReferenceLent.withLock { isLent in
            defer { isLent = true }
            return isLent ? nil : reference
        }
    }

    func giveReferenceBack() { isReferenceLent.withLock { $0 = false } }

    /// What is heard and what waits.
    ///
    /// - Parameter user: whose items are told of; nil for everybody's.
    func report(_ user: UInt32? = nil) -> JSONObject {
        state.withLock { state in
            let chosen = Self.chosen(state)
            let name: String
            var reason: String?
            switch (state.device, chosen) {
            case (_, nil): name = state.items.isEmpty ? "idle" : "paused"
            case (.lost(let why), _): (name, reason) = ("waiting-for-device", why)
            default: name = "speaking"
            }
            let items = state.items.filter { user == nil || $0.user == user }.map { item in
                JSONValue.object([
                    "id": .integer(Int64(item.id)), "priority": .string(item.priority.rawValue),
                    "user": .integer(Int64(item.user)), "seconds": .number(item.track.seconds),
                ])
            }
            return [
                "state": .string(name), "reason": reason.map { .string($0) } ?? .null, "queue": .array(items),
            ]
        }
    }

    // MARK: The thread that plays

    /// What is to be heard now.
    func next() -> Next {
        state.withLock { state in
            guard let item = Self.chosen(state) else { return state.items.isEmpty ? .end : .hold }
            return .play(item, skips: state.skips.remove(item.id) != nil)
        }
    }

    /// Whether the thread may end, and then it must: the next item will have another.
    func leave() -> Bool {
        state.withLock { state in
            state.isPlaying = !state.items.isEmpty
            return !state.isPlaying
        }
    }

    /// The item after this one, whose sound can be made already.
    func follower(of item: ReadingItem) -> ReadingItem? {
        state.withLock { state in
            state.items.firstIndex { $0 === item }.flatMap { state.items.dropFirst($0 + 1).first }
        }
    }

    func note(_ device: Device) { state.withLock { $0.device = device } }

    private static func chosen(_ state: State) -> ReadingItem? {
        state.isHeld ? nil : state.items.first { !state.paused.contains($0.user) }
    }

    /// Who has nothing left to be read is not paused any more.
    private static func forgetPauses(_ state: inout State) {
        state.paused.formIntersection(state.items.map(\.user))
    }
}
