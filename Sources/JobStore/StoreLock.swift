import Glibc

/// The right to be the one process that writes a store; the system takes it back when the process ends, however it does.
final class StoreLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``JobStoreError/Code/locked`` with the number of the process that has it.
    init(_ path: String) throws(JobStoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw JobStoreError(system: "open \(path)")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var text = [UInt8](repeating: 0, count: 16)
            let count = max(0, pread(descriptor, &text, text.count, 0))
            close(descriptor)
            let holder = String(decoding: text[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            throw JobStoreError(
                .locked,
                "The jobs in \(path.dropLast("/jobs.lock".count)) are in the hands of another process"
                    + "\(holder.isEmpty ? "" : " (\(holder))"). Talk to it, or end it first.")
        }
        // Only a help for people: the lock itself says who may write.
        let number = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        _ = pwrite(descriptor, number, number.count, 0)
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }
}
