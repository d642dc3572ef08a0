internal import Foundation
internal import GRDB
internal import Glibc
internal import Pipelines

/// A folder whose recordings become jobs as they come, each once; one that changes becomes another job.
///
/// The system tells when something happens in the folder, so that waiting costs nothing. A file is added when it has
/// stayed the same for a while: copying it there takes time.
public final class WatchedFolder: Sendable {
    public let path: String
    private let store: JobStore
    private let owner: UInt32
    private let request: @Sendable (String) -> JobRequest
    /// Milliseconds that a file must stay the same.
    private let settling: Int32

    /// - Parameters:
    ///   - owner: the user in whose name jobs are added.
    ///   - request: what to do with a recording, given by its path.
    ///   - settling: seconds that a file must stay the same.
    /// - Throws: ``JobStoreError/Code/requestInvalid`` if there is no such folder.
    public init(
        _ path: String, store: JobStore, owner: UInt32, settling: Double = 2,
        request: @escaping @Sendable (String) -> JobRequest
    ) throws(JobStoreError) {
        guard let real = realpath(path, nil) else {
            throw JobStoreError(
                .requestInvalid,
                "The folder \(path.debugDescription) cannot be watched: \(String(cString: strerror(errno))).")
        }
        defer { free(real) }
        self.path = String(cString: real)
        self.store = store
        self.owner = owner
        self.request = request
        self.settling = Int32(min(max(settling, 0.01), 3_600) * 1_000)
    }

    /// What is taken for a recording, by its name.
    public static func isRecording(_ name: String) -> Bool {
        let last = name.split(separator: "/").last ?? ""
        guard !last.hasPrefix("."), let dot = last.lastIndex(of: ".") else { return false }
        return extensions.contains(last[last.index(after: dot)...].lowercased())
    }

    private static let extensions: Set<String> = [
        "wav", "flac", "ogg", "oga", "opus", "mp3", "m4a", "mp4", "aac", "aif", "aiff", "au", "caf", "w64", "mkv",
        "webm", "mov", "avi", "wma", "amr", "3gp",
    ]

    /// Watches until the task is cancelled.
    ///
    /// - Throws: `CancellationError`, or ``JobStoreError``.
    public func run() async throws {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw JobStoreError(.failed, "Could not watch \(path): no descriptor is left.")
        }
        let (stop, stopped) = (ends[0], ends[1])
        defer {
            close(stop)
            close(stopped)
        }
        let task = Task(executorPreference: ThreadPerJobExecutor()) { [self] in try watch(stopped) }
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
            shutdown(stop, Int32(SHUT_RDWR))
        }
    }

    private func watch(_ stop: Int32) throws {
        let notifications = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        defer { if notifications >= 0 { close(notifications) } }
        let events = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MODIFY | IN_ATTRIB)
        let isTold = notifications >= 0 && inotify_add_watch(notifications, path, events) >= 0
        var pending: [String: SourceStamp] = [:]
        while true {
            try Task.checkCancellation()
            pending = try scan(pending)
            // Where the system has no watches left, looking now and then must do.
            let timeout = pending.isEmpty ? (isTold ? -1 : max(settling, 10_000)) : settling
            var descriptors = [
                pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isTold ? notifications : -1, events: Int16(POLLIN), revents: 0),
            ]
            if pending.isEmpty || !isTold {
                poll(&descriptors, 2, timeout)
            } else {
                // A file that is being written makes a storm of events; only its silence matters.
                poll(&descriptors, 1, timeout)
            }
            drain(notifications)
        }
    }

    private func drain(_ notifications: Int32) {
        guard notifications >= 0 else { return }
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 8) { buffer in
            while read(notifications, buffer.baseAddress, buffer.count) > 0 {}
        }
    }

    /// Adds what has stayed the same since the last look.
    ///
    /// - Returns: what is new or has changed, to be looked at again.
    private func scan(_ before: [String: SourceStamp]) throws -> [String: SourceStamp] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        var pending: [String: SourceStamp] = [:]
        for name in names.sorted() where Self.isRecording(name) {
            guard let stamp = try? SourceStamp(path: "\(path)/\(name)") else { continue }
            if try store.hasSeen(name, stamp, in: path) { continue }
            guard before[name] == stamp, stamp.size > 0 else {
                pending[name] = stamp
                continue
            }
            try store.patiently { [self] in
                try store.add(request("\(path)/\(name)"), owner: owner, key: "watch:\(path)/\(name):\(stamp)")
                try store.see(name, stamp, in: path)
            }
        }
        return pending
    }
}

extension JobStore {
    fileprivate func hasSeen(_ name: String, _ stamp: SourceStamp, in folder: String) throws(JobStoreError) -> Bool {
        try attempt("look up a watched file") {
            try pool.read { database in
                try Int.fetchOne(
                    database,
                    sql: "SELECT 1 FROM seen_file WHERE folder = ? AND name = ? AND size = ? AND modified = ?",
                    arguments: [folder, name, stamp.size, stamp.modified]) != nil
            }
        }
    }

    /// A crash between the job and this does no harm: the job's key is known then.
    fileprivate func see(_ name: String, _ stamp: SourceStamp, in folder: String) throws(JobStoreError) {
        try attempt("remember a watched file") {
            try pool.write { database in
                try database.execute(
                    sql: "INSERT OR REPLACE INTO seen_file (folder, name, size, modified) VALUES (?, ?, ?, ?)",
                    arguments: [folder, name, stamp.size, stamp.modified])
            }
        }
    }
}
