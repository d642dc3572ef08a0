import Glibc

/// A child process of ours and the socket to it; the child is gone when this object is.
///
/// The child has this socket as its standard input, and closes any other descriptor of ours first of all. It is in a
/// process group of its own, so that an interrupt from the terminal reaches it only through us. It ends when the socket is closed, however we end;
/// Linux's own signal for that would come as soon as the *thread* that started it ends.
package final class HelperConnection {
    package enum Failure: Error, Equatable {
        /// The child has ended or said what makes no sense.
        case ended
        case timedOut
    }

    private let pid: pid_t
    private let socket: Int32
    /// Received, and not handed out yet.
    private var received: [UInt8] = []

    /// Starts `program` with one argument.
    ///
    /// - Parameter descriptor: given to the child as ``HelperServer/givenDescriptor``; nil for none.
    package init(_ program: HelperExecutable, argument: String, giving descriptor: Int32? = nil)
        throws(HelperStartError)
    {
        var pair: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &pair) == 0 else {
            throw HelperStartError(message: "Could not connect to a child process: \(Self.text(errno)).")
        }
        defer { close(pair[1]) }
        do {
            pid = try Self.spawn(program.path, argument, socket: pair[1], giving: descriptor)
        } catch {
            close(pair[0])
            throw error
        }
        socket = pair[0]
    }

    deinit {
        close(socket)
        kill(pid, SIGKILL)
        while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
    }

    /// The child's number, for tests.
    package var identifier: Int32 { pid }

    /// Sends all of `bytes` before the clock says `deadline`, in milliseconds of ``now``.
    package func send(_ bytes: [UInt8], before deadline: Int) throws(Failure) {
        var sent = 0
        while sent < bytes.count {
            try wait(for: POLLOUT, until: deadline)
            let count = bytes.withUnsafeBytes { bytes in
                Glibc.send(
                    socket, bytes.baseAddress?.advanced(by: sent), bytes.count - sent,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count >= 0 { sent += count } else { try checkTransient() }
        }
    }

    /// The next frame's payload, if it comes before `deadline`.
    package func receive(before deadline: Int) throws(Failure) -> [UInt8] {
        let header = HelperFrame.headerCount
        while true {
            if received.count >= header {
                guard let count = HelperFrame.payloadCount(received[..<header]) else { throw .ended }
                if received.count >= header + count {
                    defer { received.removeFirst(header + count) }
                    return Array(received[header..<header + count])
                }
            }
            try wait(for: POLLIN, until: deadline)
            try receiveMore()
        }
    }

    private func receiveMore() throws(Failure) {
        let count = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { chunk in
            let count = recv(socket, chunk.baseAddress, chunk.count, Int32(MSG_DONTWAIT))
            if count > 0 { received += chunk[..<count] }
            return count
        }
        if count == 0 { throw .ended }
        if count < 0 { try checkTransient() }
    }

    private func checkTransient() throws(Failure) {
        guard errno == EINTR || errno == EAGAIN else { throw .ended }
    }

    private func wait(for event: Int32, until deadline: Int) throws(Failure) {
        while true {
            var entry = pollfd(fd: socket, events: Int16(event), revents: 0)
            let left = deadline - Self.now
            guard left > 0 else { throw .timedOut }
            let ready = poll(&entry, 1, Int32(clamping: left))
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR || errno == EAGAIN else { throw .ended }
        }
    }

    /// Milliseconds of a clock that never goes back.
    package static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }

    private static func spawn(
        _ executable: String, _ argument: String, socket: Int32, giving descriptor: Int32?
    ) throws(HelperStartError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, socket, 0)
        if let descriptor {
            posix_spawn_file_actions_adddup2(&actions, descriptor, HelperServer.givenDescriptor)
        }
        // What libraries say when they fail is nothing that a user could act upon.
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        var words: [UnsafeMutablePointer<CChar>?] = ([executable, argument] as [String]).map { strdup($0) }
        var variables: [UnsafeMutablePointer<CChar>?] = environment().map { strdup($0) }
        words.append(nil)
        variables.append(nil)
        defer { for text in words + variables { free(text) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, executable, &actions, &attributes, words, variables)
        guard failure == 0 else {
            throw HelperStartError(message: "Could not start \(executable) \(argument): \(text(failure)).")
        }
        return pid
    }

    /// What the loader, the locale, espeak's data and sanitizers are found by. The rest of ours may hold secrets, and a
    /// crash of the child is expected and must not cost the seconds of a backtrace.
    private static func environment() -> [String] {
        var variables = ["SWIFT_BACKTRACE=enable=no"]
        var next = environ
        while let entry = next.pointee {
            let variable = String(cString: entry)
            let name = variable.prefix { $0 != "=" }
            if ["LD_", "LC_", "LANG", "ESPEAK_"].contains(where: { name.hasPrefix($0) })
                || name.hasSuffix("SAN_OPTIONS")
            {
                variables.append(variable)
            }
            next += 1
        }
        return variables
    }

    private static func text(_ number: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress, strerror_r(number, base, buffer.count) == 0 else {
                return "error \(number)"
            }
            return String(cString: base)
        }
    }
}
