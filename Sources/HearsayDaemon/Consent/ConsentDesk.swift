internal import Consent
internal import Glibc
internal import HelperProcess
internal import Logging
internal import Tensors

/// The consents of this daemon: the store, opened when it is first needed, and what all who work with it share.
///
/// Methods block their thread.
final class ConsentDesk: Sendable {
    let foundations: Daemon.Foundations
    let means: any ConsentMeans
    let ceremonies = Ceremonies()
    /// Seconds since 1970.
    let clock: @Sendable () -> Int
    private let environment: [String: String]
    private let opened = Locked<ConsentStore?>(nil)

    init(
        _ foundations: Daemon.Foundations, environment: [String: String], means: any ConsentMeans,
        clock: @escaping @Sendable () -> Int
    ) {
        self.foundations = foundations
        self.environment = environment
        self.means = means
        self.clock = clock
    }

    var logger: Logger { foundations.logger }

    var isOpen: Bool { opened.withLock { $0 != nil } }

    /// Whether anybody has ever asked for a voice to be copied here.
    private var isUsed: Bool { access("\(foundations.stateDirectory)/consent.sqlite", F_OK) == 0 }

    /// The store, where there is one; nothing is made.
    ///
    /// - Throws: `ConsentError` for one that cannot be opened.
    var existing: ConsentStore? {
        get throws(ConsentError) {
            if let store = opened.withLock({ $0 }) { return store }
            return isUsed ? try store() : nil
        }
    }

    /// The store, which is made if there is none. From now on this process cannot be looked into.
    ///
    /// - Throws: `ConsentError`.
    func store() throws(ConsentError) -> ConsentStore {
        try opened.withLock { (opened: inout ConsentStore?) throws(ConsentError) in
            if let opened { return opened }
            guard ProcessSecrecy.begin() else {
                throw ConsentError(.keyUnavailable, "the system does not keep others from reading this process")
            }
            let state = foundations.stateDirectory
            let keys = try ConsentKeys(
                folder: try keysFolder(), stateFolder: state, credentials: environment["CREDENTIALS_DIRECTORY"])
            let log = try AuditLog(folder: state, signingKey: keys.auditSigningKey, textKey: keys.auditTextKey)
            let store = try ConsentStore(folder: state, keys: keys, log: log, clock: clock)
            opened = store
            note(store.logHead)
            return store
        }
    }

    /// Opens the store if there is one, so that nobody waits for it later, and what was interrupted is finished.
    func prepare() {
        do {
            _ = try existing
        } catch {
            logger.error("the consents cannot be opened", metadata: ["code": "\(error.code.rawValue)"])
        }
    }

    /// Closes the store; the last row of its log is in the system's journal then.
    func close() {
        let store = opened.withLock { opened in
            defer { opened = nil }
            return opened
        }
        if let store { note(store.logHead) }
    }

    /// Puts the last row of the log where its own files do not reach.
    func note(_ head: AuditHead?) {
        guard let head else { return }
        logger.notice("the log of consents ends here", metadata: ["head": "\(head)"])
    }

    private func keysFolder() throws(ConsentError) -> String {
        if let folder = foundations.configuration.consent.keysDirectory { return folder }
        let passed = environment["STATE_DIRECTORY"]?.split(separator: ":").dropFirst().first
        if let passed { return String(passed) }
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return "\(data)/hearsay-keys" }
        if let home = environment["HOME"], home.hasPrefix("/") { return "\(home)/.local/share/hearsay-keys" }
        throw ConsentError(.keyUnavailable, "where to keep keys is unknown: set consent.keys_dir")
    }

    /// How people call this machine: what can be read aloud of its name.
    var host: String {
        if let host = foundations.configuration.consent.host { return host }
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "this machine" }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let words = text.prefix { $0 != "." }.split { !$0.isLetter }.joined(separator: " ")
        return words.isEmpty ? "this machine" : words
    }

    /// The kernel's name for the time since it started.
    static let boot: String = {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }()
}

extension Peer {
    /// Who it is, for the log.
    var actor: AuditEvent.Actor { AuditEvent.Actor(user: user, process: process) }
}

extension ConsentError {
    /// The message with what belongs to it.
    var fullMessage: String {
        var text = message
        if !words.isEmpty { text += " (not heard: \(words.joined(separator: ", ")))" }
        if let until { text += " (until \(ConsentReports.time(until)))" }
        if let field, !message.contains(field) { text += " (\(field))" }
        if let row { text += " (row \(row))" }
        return text
    }
}
