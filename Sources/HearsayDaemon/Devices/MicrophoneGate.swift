internal import Glibc
internal import Logging
internal import StrictJSON
internal import Tensors
internal import WireProtocol

/// The one way to the microphone: who opens it passes here, others of the same user are told, and it can be shut.
final class MicrophoneGate: Sendable {
    /// What somebody listens for.
    enum Purpose: String, Sendable {
        case dictation, consent
        /// For a program that takes the sound itself.
        case wyoming
    }

    private struct Watcher {
        /// Nil for who may see everybody.
        var user: UInt32?
        var continuation: AsyncStream<MicrophoneReport>.Continuation
    }

    private struct State {
        var isMuted: Bool
        var openings: [ObjectIdentifier: MicrophoneOpening] = [:]
        var watchers: [Int: Watcher] = [:]
        var nextWatcher = 0
    }

    private let state: Locked<State>
    /// Stands in the state folder for as long as the microphone is muted.
    private let mark: String
    private let logger: Logger

    init(stateDirectory: String, logger: Logger) {
        mark = "\(stateDirectory)/microphone-muted"
        self.logger = logger
        state = Locked(State(isMuted: access(mark, F_OK) == 0))
        if isMuted { logger.notice("microphone muted", metadata: ["since": "an earlier run"]) }
    }

    var isMuted: Bool { state.withLock { $0.isMuted } }
    /// How many have it open.
    var openings: Int { state.withLock { $0.openings.values.count { $0.hasBegun } } }

    /// Lets somebody in who may use the microphone; ends with ``close(_:)``. Nobody is told before the device is open:
    /// ``MicrophoneOpening/began()``.
    ///
    /// - Throws: ``DaemonError/Code/microphoneMuted``.
    func open(
        _ user: UInt32, _ purpose: Purpose, device: String?, while isAllowed: (@Sendable () -> Bool)? = nil
    ) throws(DaemonError) -> MicrophoneOpening {
        let opening = MicrophoneOpening(user: user, purpose: purpose) { [weak self] opening in
            self?.logger.notice(
                "microphone opened",
                metadata: ["user": "\(user)", "for": "\(purpose.rawValue)", "device": "\(device ?? "default")"])
            self?.tell("started", opening)
        }
        try state.withLock { (state: inout State) throws(DaemonError) in
            guard !state.isMuted else { throw Self.muted }
            state.openings[ObjectIdentifier(opening)] = opening
        }
        if let isAllowed { opening.watch(isAllowed) }
        return opening
    }

    func close(_ opening: MicrophoneOpening) {
        opening.end()
        guard state.withLock({ $0.openings.removeValue(forKey: ObjectIdentifier(opening)) }) != nil,
            opening.hasBegun
        else { return }
        logger.notice("microphone closed", metadata: ["user": "\(opening.user)"])
        tell("stopped", opening)
    }

    /// Closes the microphone for everybody and keeps it closed, also after a restart; or opens the way again.
    ///
    /// - Parameter user: who wants it so.
    /// - Throws: ``DaemonError/Code/storageFailed`` where the next start could not know of it; it is done all the same.
    func setMuted(_ isMuted: Bool, by user: UInt32) throws(DaemonError) {
        let (changes, openings) = state.withLock { state in
            defer { state.isMuted = isMuted }
            return (state.isMuted != isMuted, isMuted ? Array(state.openings.values) : [])
        }
        for opening in openings { opening.revoke(Self.muted) }
        if changes {
            logger.notice("microphone \(isMuted ? "muted" : "unmuted")", metadata: ["user": "\(user)"])
            tell(isMuted ? "muted" : "unmuted", nil)
        }
        try remember(isMuted)
    }

    private func remember(_ isMuted: Bool) throws(DaemonError) {
        let descriptor: Int32
        if isMuted {
            descriptor = Glibc.open(mark, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        } else {
            guard unlink(mark) == 0 || errno == ENOENT else { throw notRemembered(isMuted) }
            return
        }
        guard descriptor >= 0 else { throw notRemembered(isMuted) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0, StateDirectory.flush(containing: mark) else { throw notRemembered(isMuted) }
    }

    private func notRemembered(_ isMuted: Bool) -> DaemonError {
        DaemonError(
            .storageFailed,
            "the microphone is \(isMuted ? "muted" : "open again"), but the next start will not know: \(mark): "
                + String(cString: strerror(errno)))
    }

    private static let muted = DaemonError(
        .microphoneMuted, "the microphone is muted for everybody; 'hearsay unmute' opens it again")

    // MARK: Reports

    /// The state now, and then what changes.
    ///
    /// - Parameter user: whose openings are told of; nil for everybody's. Muting concerns all.
    func reports(for user: UInt32?) -> AsyncStream<MicrophoneReport> {
        AsyncStream(bufferingPolicy: .bufferingNewest(256)) { continuation in
            let number = state.withLock { state in
                state.nextWatcher += 1
                state.watchers[state.nextWatcher] = Watcher(user: user, continuation: continuation)
                continuation.yield(Self.report(state, for: user))
                return state.nextWatcher
            }
            continuation.onTermination = { [state] _ in
                state.withLock { $0.watchers[number] = nil }
            }
        }
    }

    func report(for user: UInt32?) -> MicrophoneReport { state.withLock { Self.report($0, for: user) } }

    private static func report(_ state: State, for user: UInt32?) -> MicrophoneReport {
        let seen = state.openings.values.filter { $0.hasBegun && (user == nil || $0.user == user) }
        return MicrophoneReport(data: [
            "event": .string("status"), "muted": .bool(state.isMuted), "open": .array(seen.map { .object($0.report) }),
        ])
    }

    private func tell(_ event: String, _ opening: MicrophoneOpening?) {
        state.withLock { state in
            var data: JSONObject = ["event": .string(event), "muted": .bool(state.isMuted)]
            for (name, value) in opening?.report.members ?? [] { data[name] = value }
            for watcher in state.watchers.values
            where opening == nil || watcher.user == nil || watcher.user == opening?.user {
                watcher.continuation.yield(MicrophoneReport(data: data))
            }
        }
    }
}

/// One use of the microphone, which can be taken back.
final class MicrophoneOpening: Sendable {
    let user: UInt32
    let purpose: MicrophoneGate.Purpose

    private struct State {
        var hasBegun = false
        var reason: DaemonError?
        var stop: (@Sendable () -> Void)?
        var watch: Task<Void, Never>?
    }

    private let state = Locked(State())

    private let onBegin: @Sendable (MicrophoneOpening) -> Void

    fileprivate init(
        user: UInt32, purpose: MicrophoneGate.Purpose, onBegin: @escaping @Sendable (MicrophoneOpening) -> Void
    ) {
        self.user = user
        self.purpose = purpose
        self.onBegin = onBegin
    }

    fileprivate var hasBegun: Bool { state.withLock { $0.hasBegun } }

    /// The device is open: those whom it concerns are told, once.
    func began() {
        let isFirst = state.withLock { state in
            defer { state.hasBegun = true }
            return !state.hasBegun
        }
        if isFirst { onBegin(self) }
    }

    fileprivate var report: JSONObject {
        ["user": .integer(Int64(user)), "for": .string(purpose.rawValue)]
    }

    /// Calls `stop`, which closes the device, as soon as the use is taken back: at once if it has been.
    func whenRevoked(_ stop: @escaping @Sendable () -> Void) {
        let isRevoked = state.withLock { state in
            state.stop = stop
            return state.reason != nil
        }
        if isRevoked { stop() }
    }

    /// - Throws: why the use was taken back, if it was.
    func check() throws(DaemonError) {
        if let reason = state.withLock({ $0.reason }) { throw reason }
    }

    fileprivate func revoke(_ reason: DaemonError) {
        let stop = state.withLock { state in
            state.reason = state.reason ?? reason
            return state.stop
        }
        stop?()
    }

    /// Looks every second whether the user still may.
    fileprivate func watch(_ isAllowed: @escaping @Sendable () -> Bool) {
        let task = Task { [weak self] in
            while (try? await Task.sleep(for: .seconds(1))) != nil {
                guard !isAllowed() else { continue }
                self?.revoke(DaemonError(.forbidden, "somebody else is at the machine now, whose microphone it is"))
                return
            }
        }
        state.withLock { $0.watch = task }
    }

    fileprivate func end() {
        let watch = state.withLock { state in
            state.stop = nil
            return state.watch
        }
        watch?.cancel()
    }
}

extension DaemonError.Code {
    /// Somebody has closed the microphone for everybody.
    public static let microphoneMuted = Self(rawValue: "microphone.muted")
}
