import ArgumentParser
import Consent
import Glibc

/// `hearsay audit`: the log of consents and of every use of a copied voice.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Look after the log of consents and of copied voices.",
        subcommands: [AuditVerifyCommand.self])
}

/// `hearsay audit verify`
struct AuditVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that nothing in the log was changed, removed or added.",
        discussion: """
            Names the first row that is wrong and ends with status 1, or prints how many rows there are and the last of \
            them. Older copies of all its files are told from the log only by --head.
            """)

    @Option(
        help: ArgumentHelp(
            "The folder of the log. Without it: $XDG_STATE_HOME/hearsay, else ~/.local/state/hearsay.",
            valueName: "folder"), completion: .directory)
    var folder: String?

    @Option(
        help: ArgumentHelp(
            "The key that must have signed it, as 64 hexadecimal digits. Without it, the log's own word is taken.",
            valueName: "digits"))
    var key: String?

    @Option(
        help: ArgumentHelp(
            "A row that is known from elsewhere, as this command has printed it.", valueName: "row:digest"))
    var head: String?

    func validate() throws {
        if let head, AuditHead(head) == nil { throw ValidationError("--head is ROW:DIGEST") }
        if let key, AuditVerification.key(key) == nil { throw ValidationError("--key is 64 hexadecimal digits") }
    }

    func run() throws {
        let folder = folder ?? Self.usualFolder
        let verification = AuditVerification(
            folder: folder, key: key.flatMap(AuditVerification.key), known: head.flatMap { AuditHead($0) })
        do {
            let summary = try verification.run()
            guard let head = summary.head else { return try StandardStream.output.write("the log is empty\n") }
            let signer = key == nil ? ", signed by the key \(summary.key ?? "?")" : ""
            try StandardStream.output.write("\(summary.rows) rows, all as they were written\(signer)\n\(head)\n")
        } catch let error as ConsentError {
            throw Failure(.failure, code: error.code.rawValue, error.message)
        }
    }

    private static var usualFolder: String {
        func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        if let state = variable("XDG_STATE_HOME"), state.hasPrefix("/") { return "\(state)/hearsay" }
        return "\(variable("HOME") ?? "/root")/.local/state/hearsay"
    }
}
