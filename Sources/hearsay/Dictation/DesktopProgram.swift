import Glibc

/// A small program of the desktop that is run for its effect: text goes in on its standard input, where no other user
/// can read it in the list of processes, and no shell sees anything.
struct DesktopProgram: Sendable {
    let name: String
    /// Where it is looked for.
    var folders = DesktopProgram.searchPath

    /// How a run ended.
    enum Outcome: Equatable {
        case done
        case missing
        /// It ran and failed, or did not end in time.
        case failed
    }

    /// Seconds that a run may take; programs that type are slow on purpose.
    private static let longestRun = 30

    /// Runs the program of that name in the folders of `PATH` and waits for its end.
    func run(_ arguments: [String], input: String) -> Outcome {
        guard let path = find() else { return .missing }
        guard let ends = Self.pair() else { return .failed }
        let process = Self.spawn(path, [name] + arguments, input: ends.theirs)
        close(ends.theirs)
        guard let process else {
            close(ends.ours)
            return .failed
        }
        let isWritten = Self.write(input, to: ends.ours)
        close(ends.ours)
        return Self.wait(for: process) == 0 && isWritten ? .done : .failed
    }

    /// Runs the program and takes what it writes, at most so many bytes; nil where it is missing or fails.
    func read(_ arguments: [String], limit: Int) -> [UInt8]? {
        guard let path = find(), let ends = Self.pair() else { return nil }
        defer { close(ends.ours) }
        let process = Self.spawn(path, [name] + arguments, output: ends.theirs)
        close(ends.theirs)
        guard let process else { return nil }
        let bytes = Self.readAll(from: ends.ours, limit: limit)
        return Self.wait(for: process) == 0 ? bytes : nil
    }

    private static func pair() -> (ours: Int32, theirs: Int32)? {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { return nil }
        return (ends[1], ends[0])
    }

    /// The folders of `PATH`; relative ones are left out.
    static var searchPath: [String] {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        return path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
    }

    /// Whether there is such a program; it may fail all the same.
    var exists: Bool { find() != nil }

    private func find() -> String? {
        folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    private static func spawn(
        _ path: String, _ arguments: [String], input: Int32? = nil, output: Int32? = nil
    ) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (end, descriptor, mode) in [(input, Int32(0), O_RDONLY), (output, 1, O_WRONLY)] {
            if let end {
                posix_spawn_file_actions_adddup2(&actions, end, descriptor)
            } else {
                posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", mode, 0)
            }
        }
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What this program blocks and ignores must not reach the child so.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        return posix_spawn(&process, path, &actions, &attributes, words, environ) == 0 ? process : nil
    }

    /// What comes up to the end, the limit, or the time that a run may take.
    private static func readAll(from descriptor: Int32, limit: Int) -> [UInt8] {
        let deadline = ContinuousClock.now + .seconds(longestRun)
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= limit, .now < deadline {
            var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&state, 1, 100) > 0 else { continue }
            let count = recv(descriptor, &block, block.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += block[..<count]
        }
        return Array(bytes.prefix(limit))
    }

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = send(
                    descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }

    /// The exit status; −1 after a signal, or when it had to be ended.
    private static func wait(for process: pid_t) -> Int32 {
        let deadline = ContinuousClock.now + .seconds(longestRun)
        var status: Int32 = 0
        while waitpid(process, &status, WNOHANG) == 0 {
            guard .now < deadline else {
                kill(process, SIGKILL)
                waitpid(process, &status, 0)
                return -1
            }
            usleep(2_000)
        }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -1
    }
}

/// The clipboard of the session.
struct Clipboard: Sendable {
    /// Where programs are looked for.
    var folders = DesktopProgram.searchPath

    private static let copiers: [(name: String, arguments: [String])] = [
        ("wl-copy", []), ("xclip", ["-selection", "clipboard"]),
    ]

    /// Looks for a program that takes texts, before there is one.
    ///
    /// - Throws: `dictate.no_clipboard`.
    func check() throws(Failure) {
        let isThere = Self.copiers.contains { DesktopProgram(name: $0.name, folders: folders).exists }
        if !isThere { throw Self.failure("is installed") }
    }

    /// - Throws: `dictate.no_clipboard`.
    func copy(_ text: String) throws(Failure) {
        for (name, arguments) in Self.copiers {
            if DesktopProgram(name: name, folders: folders).run(arguments, input: text) == .done { return }
        }
        throw Self.failure("could take the text")
    }

    private static func failure(_ what: String) -> Failure {
        Failure(
            .output, code: "dictate.no_clipboard",
            "neither wl-copy nor xclip \(what); install wl-clipboard (Wayland) or xclip (X11)")
    }

    /// The text on the clipboard, or the selected text.
    ///
    /// - Throws: `speech.no_clipboard`.
    func text(selection: Bool, limit: Int) throws(Failure) -> String {
        let wayland = (selection ? ["--primary"] : []) + ["--no-newline"]
        let x11 = ["-selection", selection ? "primary" : "clipboard", "-o"]
        for (name, arguments) in [("wl-paste", wayland), ("xclip", x11)] {
            if let bytes = DesktopProgram(name: name, folders: folders).read(arguments, limit: limit) {
                return String(decoding: bytes, as: UTF8.self)
            }
        }
        throw Failure(
            .text, code: "speech.no_clipboard",
            "neither wl-paste nor xclip could give a text; select or copy one, or install wl-clipboard (Wayland) or xclip (X11)"
        )
    }
}
