internal import AudioCore
internal import Glibc
internal import Tensors
internal import WeightFiles

/// Waiting for room on the disk.
extension JobStore {
    /// Runs `body` until the disk has room for what it stores, with pauses that grow from 0.25 to 4 seconds. The queue is
    /// paused meanwhile, and says so.
    ///
    /// - Parameters:
    ///   - id: the job that waits with the queue, if one does.
    ///   - waiting: what the pauses run in.
    /// - Throws: whatever else `body` throws; `CancellationError` if the task is cancelled while it waits.
    func patiently<Value>(
        _ id: Int64? = nil, waiting: (() throws -> Void) throws -> Void = { try $0() }, _ body: () throws -> Value
    ) throws -> Value {
        defer { resume() }
        return try Self.patiently(onWait: { hold(id, $0) }, waiting: waiting, body)
    }

    /// Opens a store as ``init(folder:options:)`` does, but where the disk is too full even for that, waits until it is
    /// not any more.
    ///
    /// - Parameter onWait: called with the reason before each pause.
    /// - Throws: as ``init(folder:options:)``, but not ``JobStoreError/Code/full``; `CancellationError` if the task is
    ///   cancelled while it waits.
    public static func open(
        folder: String, options: Options = Options(), onWait: (JobReason) -> Void
    ) throws -> JobStore {
        try patiently(onWait: onWait) { try JobStore(folder: folder, options: options) }
    }

    private static func patiently<Value>(
        onWait: (JobReason) -> Void, waiting: (() throws -> Void) throws -> Void = { try $0() },
        _ body: () throws -> Value
    ) throws -> Value {
        var milliseconds: UInt32 = 250
        while true {
            do {
                return try body()
            } catch {
                guard var reason = fullDisk(error) else { throw error }
                reason.message += " It is tried again."
                onWait(reason)
            }
            try waiting {
                // Cancellation is looked at more often than the disk.
                for _ in 0..<(milliseconds / 50) {
                    if Task.isCancelled { throw CancellationError() }
                    usleep(50_000)
                }
            }
            milliseconds = min(milliseconds * 2, 4_000)
        }
    }

    private func hold(_ id: Int64?, _ reason: JobReason) {
        let isNew: Bool = pause.withLock { pause in
            defer { pause = (job: id, reason: reason) }
            return pause == nil
        }
        guard isNew else { return }
        broadcast.send(.paused(reason))
        if let id, let job = try? self.job(id) { broadcast.send(.job(job)) }
    }

    private func resume() {
        let held = pause.withLock { pause in
            defer { pause = nil }
            return pause
        }
        guard let held else { return }
        broadcast.send(.paused(nil))
        if let id = held.job, let job = try? self.job(id) { broadcast.send(.job(job)) }
    }

    /// - Returns: nil if the error is another one.
    private static func fullDisk(_ error: any Error) -> JobReason? {
        switch error {
        case let error as JobStoreError where error.code == .full:
            JobReason(code: error.code.rawValue, message: error.message)
        case let error as WeightFileError where [ENOSPC, EDQUOT, EFBIG].contains(error.errorNumber ?? 0):
            JobReason(code: JobStoreError.Code.full.rawValue, message: "\(error)")
        default: nil
        }
    }
}
