import AudioCore
import Glibc

/// A child process whose standard output is read here, and which is gone when this object is.
///
/// The child gets `/dev/null` as standard input, one inherited file as descriptor 3, nothing else of ours, and no shell
/// ever sees its arguments. What it writes to standard error is drained, so that it never blocks, and its beginning
/// kept.
final class ChildProcess {
    /// Where the child finds the file it is given.
    static let inheritedDescriptor: Int32 = 3

    private let name: String
    private let pid: pid_t
    private let output: Int32
    private let errors: Int32
    private var errorsOpen = true
    private var errorBytes: [UInt8] = []
    /// Set once the child has been waited for; its number may belong to another process from then on.
    private var status: Int32?

    private static let errorBytesKept = 4_096

    /// - Parameters:
    ///   - executable: path of the program.
    ///   - arguments: what follows the program's name.
    ///   - inheriting: descriptor that the child gets as ``inheritedDescriptor``.
    /// - Throws: ``AudioError/Code/ffmpegFailed``.
    init(executable: String, arguments: [String], inheriting file: Int32) throws(AudioError) {
        name = executable
        let outputs = try Self.socketPair()
        let errors: (ours: Int32, theirs: Int32)
        do {
            errors = try Self.socketPair()
        } catch {
            close(outputs.ours)
            close(outputs.theirs)
            throw error
        }
        defer {
            close(outputs.theirs)
            close(errors.theirs)
        }
        do {
            pid = try Self.spawn(
                executable, arguments, standardOutput: outputs.theirs, standardError: errors.theirs, file: file)
        } catch {
            close(outputs.ours)
            close(errors.ours)
            throw error
        }
        output = outputs.ours
        self.errors = errors.ours
    }

    deinit {
        if status == nil {
            kill(pid, SIGKILL)
            reap()
        }
        close(output)
        close(errors)
    }

    /// What the child has said on standard error so far, at most 4 KiB of it.
    var errorText: String {
        String(decoding: errorBytes, as: UTF8.self)
    }

    /// Waits for output of the child.
    ///
    /// - Returns: bytes read; 0 when the child has closed its standard output.
    /// - Throws: ``AudioError/Code/readFailed`` or ``AudioError/Code/cancelled``.
    func read(into bytes: UnsafeMutableRawBufferPointer) throws(AudioError) -> Int {
        while true {
            var polls = [pollfd(fd: output, events: Int16(POLLIN), revents: 0)]
            if errorsOpen { polls.append(pollfd(fd: errors, events: Int16(POLLIN), revents: 0)) }
            let waited = polls.withUnsafeMutableBufferPointer { polls in
                Result { () throws(AudioError) in try Descriptor.wait(polls, name: name) }
            }
            try waited.get()
            if errorsOpen && polls[1].revents != 0 { try drainErrors() }
            guard polls[0].revents != 0 else { continue }
            if let count = try Descriptor.read(output, into: bytes, name: name) { return count }
        }
    }

    /// Ends a child whose output nobody will read any more, so that ``finish()`` need not wait for it.
    func stop() {
        guard status == nil else { return }
        // Whoever else writes to it, a child's child, would block for ever.
        shutdown(output, Int32(SHUT_RD))
        kill(pid, SIGKILL)
    }

    /// Waits for the child to end after it has closed its output, or was stopped.
    ///
    /// - Returns: true if it ended by itself and with status 0.
    func finish() throws(AudioError) -> Bool {
        while errorsOpen { try drainErrors() }
        reap()
        return status == 0
    }

    private func drainErrors() throws(AudioError) {
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1_024, alignment: 1)
        defer { chunk.deallocate() }
        let count = try Descriptor.waitAndRead(errors, into: chunk, name: name)
        errorsOpen = count > 0
        let room = Self.errorBytesKept - errorBytes.count
        errorBytes.append(contentsOf: chunk[..<min(count, room)])
    }

    private func reap() {
        var raw: Int32 = 0
        while waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
        status = raw
    }

    /// A connected pair that no other child inherits. A pipe would do, but only a socket pair can be made close-on-exec
    /// in one step here, and another thread may start a child in between.
    private static func socketPair() throws(AudioError) -> (ours: Int32, theirs: Int32) {
        var pair: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &pair) == 0 else {
            throw AudioError(.ffmpegFailed, "Could not connect to a child process: \(SystemError.text(errno)).")
        }
        return (pair[0], pair[1])
    }

    private static func spawn(
        _ executable: String, _ arguments: [String], standardOutput: Int32, standardError: Int32, file: Int32
    ) throws(AudioError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Two of them first go out of the way of the numbers that the other steps take, to where nothing is that is
        // still needed. Low numbers, because those above all that are open may exceed the process's limit.
        let taken = [file, standardOutput, standardError]
        let unused = (inheritedDescriptor + 1...inheritedDescriptor + 5).filter { !taken.contains($0) }
        let (parkedFile, parkedError) = (unused[0], unused[1])
        posix_spawn_file_actions_adddup2(&actions, file, parkedFile)
        posix_spawn_file_actions_adddup2(&actions, standardError, parkedError)
        posix_spawn_file_actions_adddup2(&actions, standardOutput, 1)
        posix_spawn_file_actions_adddup2(&actions, parkedError, 2)
        posix_spawn_file_actions_adddup2(&actions, parkedFile, inheritedDescriptor)
        posix_spawn_file_actions_addclose(&actions, parkedFile)
        posix_spawn_file_actions_addclose(&actions, parkedError)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A program that ignores SIGPIPE would write on after we have stopped reading.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var pid: pid_t = 0
        var argv: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
        argv.append(nil)
        defer { argv.forEach { free($0) } }
        let failure = posix_spawn(&pid, executable, &actions, &attributes, argv, environ)
        guard failure == 0 else {
            throw AudioError(.ffmpegFailed, "Could not start \(executable): \(SystemError.text(failure)).")
        }
        return pid
    }
}
