import ArgumentParser
import Consent
import Foundation
import HearsayClient
import StrictJSON
import WireProtocol

/// `hearsay voice`: voices of people, and their consent. Installed voices are `hearsay voices`.
struct VoiceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "voice", abstract: "Copy a person's voice, with their consent, and take it back.",
        discussion:
            "All of it is done by hearsayd. Installed voices, which are nobody's, are listed by hearsay voices.",
        subcommands: [
            VoiceEnrollCommand.self, VoiceListCommand.self, VoiceShowCommand.self, VoiceRenewCommand.self,
            VoiceRevokeCommand.self, VoiceReceiptCommand.self, VoiceCheckReceiptCommand.self,
        ])
}

/// The connection to the daemon, for one command.
struct VoiceDesk {
    let client: HearsayClient

    init() throws {
        client = try HearsayClient.connect(environment: Environment.current)
    }

    func ask(_ question: some WireMessage) throws -> CopiedVoiceReport {
        // Some of these compute, and some let somebody speak.
        try client.ask(question, for: CopiedVoiceReport.self, within: nil)
    }
}

/// Which voice is meant.
struct VoiceChoice: ParsableArguments {
    @Argument(help: ArgumentHelp("The voice's name, or the identifier of its consent.", valueName: "name"))
    var voice: String?

    @Option(help: ArgumentHelp("The revocation code instead, which works from any account.", valueName: "code"))
    var code: String?

    func validate() throws {
        guard (voice == nil) != (code == nil) else { throw ValidationError("give a name or --code") }
    }
}

/// `hearsay voice list`
struct VoiceListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the voices that this account has asked for, and those that it may use.")

    @Flag(help: "One JSON object a line.")
    var json = false

    func run() throws {
        let question = CopiedVoiceCommand(.list)
        let voices = try VoiceDesk().client.ask(question, for: CopiedVoiceList.self).voices
        if voices.isEmpty, !json { return Message.note("there are no copied voices for you") }
        for voice in voices {
            try StandardStream.output.write((json ? VoiceText.json(voice) : VoiceText.line(voice)) + "\n")
        }
    }
}

/// `hearsay voice show`
struct VoiceShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what was consented to for a voice.")

    @OptionGroup var choice: VoiceChoice

    @Flag(help: "As JSON.")
    var json = false

    func run() throws {
        let report = try VoiceDesk().ask(CopiedVoiceCommand(.show, voice: choice.voice, code: choice.code))
        let value = JSONValue.object(report.data)
        try StandardStream.output.write(json ? VoiceText.json(value) + "\n" : VoiceText.terms(value))
    }
}

/// `hearsay voice revoke`
struct VoiceRevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Take a consent back: the voice is silent at once, and erased.",
        discussion: "It needs no voice and no reason, and cannot be undone.")

    @OptionGroup var choice: VoiceChoice

    func run() throws {
        let report = try VoiceDesk().ask(CopiedVoiceCommand(.revoke, voice: choice.voice, code: choice.code))
        let name = report.data["voice"]?.string ?? "it"
        try StandardStream.output.write("'\(name)' was taken back and is \(report.data["state"]?.string ?? "gone")\n")
    }
}

/// `hearsay voice export-consent-receipt`
struct VoiceReceiptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export-consent-receipt", abstract: "Print a signed statement of what was consented to.",
        discussion: "JSON with the statement, its Ed25519 signature, and the public key of this machine's log.")

    @OptionGroup var choice: VoiceChoice

    func run() throws {
        let report = try VoiceDesk().ask(CopiedVoiceCommand(.receipt, voice: choice.voice, code: choice.code))
        var receipt = JSONObject()
        for key in ["receipt", "signature", "key"] { receipt[key] = report.data[key] ?? .null }
        try StandardStream.output.write(VoiceText.json(.object(receipt)) + "\n")
    }
}

/// `hearsay voice check-receipt`
struct VoiceCheckReceiptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-receipt", abstract: "Check the signature of a receipt, and print its statement.",
        discussion: "Exit status 1 where it is not genuine. Needs no daemon.")

    @Argument(help: ArgumentHelp("What export-consent-receipt has printed.", valueName: "file"), completion: .file())
    var file: String

    @Option(help: ArgumentHelp("The public key that must have signed it.", valueName: "digits"))
    var key: String?

    /// Bytes of a file; a longer one is no receipt.
    private static let longest = 1 << 20

    func run() throws {
        let bytes: [UInt8]
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: file))
            bytes = Array(try handle.read(upToCount: Self.longest) ?? Data())
        } catch {
            throw Failure(.failure, code: "receipt.unreadable", "could not read \(file): \(error.localizedDescription)")
        }
        guard let object = try? JSONValue(parsing: bytes), let text = object["receipt"]?.string,
            let signature = object["signature"]?.string, let signer = object["key"]?.string,
            ConsentReceipt(text: text, signature: signature, key: signer).isGenuine, key == nil || key == signer
        else {
            throw Failure(.failure, code: "receipt.not_genuine", "\(file) is not a receipt as it was signed")
        }
        try StandardStream.output.write("\(text)\n")
        if key == nil { Message.note("signed by the key \(signer); compare it with that of hearsay audit verify") }
    }
}

/// Consents for people.
enum VoiceText {
    static func json(_ value: JSONValue) -> String {
        var writer = JSONWriter()
        writer.value(value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    static func line(_ voice: JSONValue) -> String {
        let until = voice["until"]?.integer.map { "  until \(time($0))" } ?? ""
        return "\(voice["voice"]?.string ?? "?")  \(voice["state"]?.string ?? "?")\(until)  "
            + "\(list(voice["purposes"]))  \(voice["consent"]?.string ?? "")"
    }

    static func terms(_ voice: JSONValue) -> String {
        let rows: [(String, String?)] = [
            ("voice", voice["voice"]?.string), ("of", voice["subject"]?.string), ("consent", voice["consent"]?.string),
            ("state", voice["state"]?.string), ("until", voice["until"]?.integer.map(time)),
            ("accounts", list(voice["users"])), ("for", list(voice["purposes"])),
            ("languages", list(voice["languages"]).isEmpty ? "any" : list(voice["languages"])),
            ("sound may go to", list(voice["outputs"])),
            ("at most", voice["seconds_per_day"]?.integer.map { "\($0) seconds a day" }),
            ("", voice["requests_per_hour"]?.integer.map { "\($0) requests an hour" }),
        ]
        return rows.map { name, value in
            value.map { "\(name)\(String(repeating: " ", count: max(1, 17 - name.count)))\($0)\n" } ?? ""
        }.joined()
    }

    static func list(_ value: JSONValue?) -> String {
        (value?.array ?? []).map { $0.string ?? $0.integer.map { "\($0)" } ?? "?" }.joined(separator: ", ")
    }

    static func time(_ seconds: Int) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }
}
