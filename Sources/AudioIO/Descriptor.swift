import AudioCore
import Glibc

/// Reading from pipes, which may stay silent for as long as they like, in a way that a cancelled task can leave.
enum Descriptor {
    /// How long a cancelled task may have to wait, in milliseconds.
    private static let cancellationPoll: Int32 = 100

    /// Waits until one of `polls` can be read or has ended.
    ///
    /// - Throws: ``AudioError/Code/cancelled`` or ``AudioError/Code/readFailed``.
    static func wait(_ polls: UnsafeMutableBufferPointer<pollfd>, name: String) throws(AudioError) {
        while true {
            guard !Task.isCancelled else { throw AudioError(.cancelled, "Reading \(name) was cancelled.") }
            let ready = poll(polls.baseAddress, nfds_t(polls.count), cancellationPoll)
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR || errno == EAGAIN else {
                throw AudioError(.readFailed, "Could not wait for \(name): \(SystemError.text(errno)).")
            }
        }
    }

    /// Reads what is there.
    ///
    /// - Returns: bytes read, 0 at the end, nil where a descriptor in non-blocking mode has nothing after all.
    static func read(
        _ descriptor: Int32, into bytes: UnsafeMutableRawBufferPointer, name: String
    ) throws(AudioError) -> Int? {
        while true {
            let count = Glibc.read(descriptor, bytes.baseAddress, bytes.count)
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: return nil
            default: throw AudioError(.readFailed, "Could not read \(name): \(SystemError.text(errno)).")
            }
        }
    }

    /// Waits for bytes and reads what is there; 0 at the end.
    static func waitAndRead(
        _ descriptor: Int32, into bytes: UnsafeMutableRawBufferPointer, name: String
    ) throws(AudioError) -> Int {
        while true {
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let waited = withUnsafeMutablePointer(to: &poll) { pointer in
                Result { () throws(AudioError) in
                    try wait(UnsafeMutableBufferPointer(start: pointer, count: 1), name: name)
                }
            }
            try waited.get()
            if let count = try read(descriptor, into: bytes, name: name) { return count }
        }
    }
}
