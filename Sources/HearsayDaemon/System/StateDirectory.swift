internal import Glibc

/// Where the daemon keeps what outlives a request: a folder that nobody else reads.
struct StateDirectory {
    let path: String
    /// For recordings that arrive; anything in it is left over from an earlier run.
    let spool: String

    /// Makes the folders.
    ///
    /// - Throws: ``DaemonError/Code/storageFailed``.
    init(_ configuration: DaemonConfiguration, _ environment: [String: String]) throws(DaemonError) {
        path = try Self.path(configuration, environment)
        spool = "\(path)/spool"
        try Self.make(path)
        try Self.make(spool)
    }

    private static func path(
        _ configuration: DaemonConfiguration, _ environment: [String: String]
    ) throws(DaemonError) -> String {
        if let path = configuration.stateDirectory {
            guard path.hasPrefix("/") else {
                throw DaemonError(.storageFailed, "the state directory \(path) must be an absolute path")
            }
            return path
        }
        // systemd may pass several, separated by colons.
        if let passed = environment["STATE_DIRECTORY"]?.split(separator: ":").first { return String(passed) }
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/hearsay" }
        if let home = environment["HOME"], home.hasPrefix("/") { return "\(home)/.local/state/hearsay" }
        throw DaemonError(.storageFailed, "where to keep state is unknown: give --state-dir DIR")
    }

    /// Makes the names in the folder of `path` outlast a loss of power.
    static func flush(containing path: String) -> Bool {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return fsync(descriptor) == 0
    }

    private static func make(_ path: String) throws(DaemonError) {
        var prefix = ""
        for part in path.split(separator: "/") {
            prefix += "/\(part)"
            if mkdir(prefix, 0o700) != 0, errno != EEXIST { throw failure(path) }
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else { throw failure(path) }
    }

    private static func failure(_ path: String) -> DaemonError {
        DaemonError(.storageFailed, "the folder \(path) cannot be used: \(String(cString: strerror(errno)))")
    }
}

/// How many descriptors this process may have.
enum DescriptorLimit {
    /// Descriptors for everything but connections: models, spools, logs, pipes.
    private static let reserve = 48

    /// Takes all that the system allows.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// The configuration with no more connections than there can be, so that the last one is refused with a word and not
    /// by running out of descriptors. Each may have a spool.
    static func fit(_ configuration: DaemonConfiguration) -> DaemonConfiguration {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return configuration }
        var configuration = configuration
        let descriptors = Int(clamping: limit.rlim_cur)
        let most = max(4, (descriptors - min(reserve, descriptors / 2)) * 3 / 4)
        configuration.limits.connections = min(configuration.limits.connections, most)
        return configuration
    }
}
