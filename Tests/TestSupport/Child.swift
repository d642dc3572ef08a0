import Glibc

/// A child process, started and waited for by the system's own calls: Foundation's `Process` waits in a run loop, which
/// hangs when many tests do so at once.
public final class Child: Sendable {
    /// How a process ended.
    public enum End: Sendable, Equatable {
        case exit(Int32)
        case signal(Int32)
    }

    public struct StartFailure: Error {
        public let path: String
        public let number: Int32
    }

    private let identifier: pid_t

    /// Starts `arguments[0]`, a path, with exactly this environment and these three descriptors.
    public init(
        _ arguments: [String], environment: [String: String], input: Int32, output: Int32, errors: Int32
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, source) in [(0, input), (1, output), (2, errors)] as [(Int32, Int32)] {
            posix_spawn_file_actions_adddup2(&actions, source, target)
        }
        // Signals that the test runner blocks or ignores must not reach the child so.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let words = arguments.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var identifier = pid_t()
        let problem = posix_spawn(&identifier, arguments[0], &actions, &attributes, words, variables)
        guard problem == 0 else { throw StartFailure(path: arguments[0], number: problem) }
        self.identifier = identifier
    }

    /// Its process number.
    public var number: Int32 { identifier }

    public func send(_ signal: Int32) {
        kill(identifier, signal)
    }

    /// Waits for the end; call it once.
    public func wait() -> End {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? .exit((status >> 8) & 0xFF) : .signal(signal)
    }
}

/// Two connected ends, which no child inherits unless it is told to: sockets, because a pipe cannot be made so in one
/// step here, and another test may start a child between two.
public struct DescriptorPipe {
    public let reading: Int32
    public let writing: Int32

    public init() {
        var ends: [Int32] = [-1, -1]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
        reading = ends[0]
        writing = ends[1]
    }
}
