import Glibc

/// Standard output or standard error, written without a buffer of their own: what is printed is out.
struct StandardStream: Sendable {
    static let output = StandardStream(descriptor: STDOUT_FILENO)
    static let error = StandardStream(descriptor: STDERR_FILENO)

    let descriptor: Int32

    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Columns of the terminal; 80 when it does not say.
    var columns: Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes all of `text`.
    ///
    /// A reader that has gone away ends the program as it ends every filter: by SIGPIPE, without a word. Any other
    /// failure is thrown for standard output, and ignored for standard error, where nobody could be told.
    func write(_ text: String) throws(Failure) {
        var text = text
        let problem: Int32? = text.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    return errno
                }
            }
            return nil
        }
        guard let problem, descriptor == STDOUT_FILENO else { return }
        if problem == EPIPE { Self.endByBrokenPipe() }
        throw Failure(
            .output, code: "output.write_failed",
            "could not write to standard output: \(String(cString: strerror(problem)))")
    }

    /// Ends the program as ``write(_:)`` does where somebody else has written in vain: whoever read standard output is gone.
    static func endIfOutputIsUnread() {
        var state = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        if poll(&state, 1, 0) == 1, state.revents & Int16(POLLERR) != 0 { endByBrokenPipe() }
    }

    private static func endByBrokenPipe() -> Never {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        _exit(128 + SIGPIPE)
    }
}
