import ArgumentParser
import AudioCore
import AudioIO
import Glibc
import HearsayClient
import StrictJSON
import WireProtocol

/// `hearsay voice enroll`
struct VoiceEnrollCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enroll", abstract: "Have a voice copied: its owner reads a phrase aloud, and says for what.",
        discussion: """
            A phrase with five words that were never asked for before appears, and hearsayd records it from its \
            microphone, for at most two minutes after it appeared. The words and the speaker are checked; then the terms \
            are confirmed here. The revocation code that is printed takes the consent back from any account: it is for \
            the person whose voice it is, and kept nowhere.
            """)

    @Argument(help: ArgumentHelp("How the voice will be called: a-z, 0-9, - and _.", valueName: "name"))
    var voice: String

    @Option(help: ArgumentHelp("The name of the person whose voice it is, as they say it.", valueName: "name"))
    var subject: String

    @Option(help: ArgumentHelp("What it may be used for.", valueName: "purpose,…"))
    var purposes = "reading"

    @Option(help: ArgumentHelp("Languages that it may speak, such as en; any without it.", valueName: "language,…"))
    var languages: String?

    @Option(help: ArgumentHelp("User numbers that may use it; only this one without it.", valueName: "uid,…"))
    var users: String?

    @Option(help: ArgumentHelp("Where its sound may go: playback, file.", valueName: "output,…"))
    var outputs = "playback,file"

    @Option(help: "Days that the consent lasts, at most 731.")
    var days = 365

    @Option(help: "Seconds that it may speak a day.")
    var secondsPerDay = 3_600

    @Option(
        help: ArgumentHelp(
            "A recording of 2 to 60 s that the voice is made from, beside the phrase; may be given five times.",
            valueName: "file"), completion: .file())
    var reference: [String] = []

    func run() throws {
        let ceremony = EnrollmentDialogue(try VoiceDesk())
        let references = try reference.map(ReferenceSound.bytes)
        var request = EnrollVoice(voice: voice, subject: subject)
        request.purposes = Self.list(purposes)
        request.languages = languages.map(Self.list)
        request.users = try users.map { text in
            try Self.list(text).map { word in
                guard let user = Int(word) else {
                    throw Failure(.usage, code: "usage", "--users are numbers: '\(word)'")
                }
                return user
            }
        }
        request.outputs = Self.list(outputs)
        request.days = days
        request.secondsPerDay = secondsPerDay
        try ceremony.run(request, references: references)
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { word in
            String(word.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }
}

/// `hearsay voice renew`
struct VoiceRenewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Begin anew for a consent whose time is over: the same terms, a new phrase.")

    @Argument(help: ArgumentHelp("The voice's name.", valueName: "name"))
    var voice: String

    @Option(help: "Days that the consent lasts, at most 731.")
    var days = 365

    func run() throws {
        try EnrollmentDialogue(try VoiceDesk()).run(
            CopiedVoiceCommand(.renew, voice: voice, days: days), references: [])
    }
}

/// The ceremony as the reader sees it.
struct EnrollmentDialogue {
    private let desk: VoiceDesk

    init(_ desk: VoiceDesk) {
        self.desk = desk
    }

    func run(_ request: some WireMessage, references: [[UInt8]]) throws {
        guard isatty(STDIN_FILENO) == 1 else {
            throw Failure(.usage, code: "usage", "a consent is given at a terminal, by a person")
        }
        var phrase = try desk.ask(request)
        let consent = phrase.data["consent"]?.string ?? ""
        for audio in references { _ = try desk.ask(VoiceReference(consent: consent, audio: audio)) }
        while try !read(phrase, consent) {
            phrase = try desk.ask(CopiedVoiceCommand(.phrase, voice: consent))
        }
        try confirm(phrase, consent)
    }

    /// Shows the phrase and has it recorded; false where that failed and another try is left.
    private func read(_ phrase: CopiedVoiceReport, _ consent: String) throws -> Bool {
        let text = phrase.data["phrase"]?.string ?? ""
        let left = phrase.data["attempts_left"]?.integer ?? 0
        try say(
            """

            Read this aloud, without a pause, within \(phrase.data["seconds"]?.integer ?? 120) seconds:

                \(text)

            Press Enter, and begin when it says that it listens.
            """)
        guard readLine() != nil else { return try giveUp(consent) }
        do {
            try desk.client.send(CopiedVoiceCommand(.record, voice: consent))
            while true {
                let event = try desk.client.next()
                guard event.type == CopiedVoiceReport.type else { continue }
                switch try CopiedVoiceReport(event).kind {
                case "listening": try say("It listens. Read now, and be silent afterwards.")
                case "checking": try say("What was read is checked …")
                case "verified": return true
                default: break
                }
            }
        } catch let error as ClientError where error.code.rawValue.hasPrefix("consent.") && left > 0 {
            try say("\(error.message). Another phrase? (\(left) left) [y/N] ")
            guard readLine()?.lowercased().hasPrefix("y") == true else { throw error }
            return false
        }
    }

    private func giveUp(_ consent: String) throws -> Bool {
        _ = try? desk.ask(CopiedVoiceCommand(.decline, voice: consent))
        throw CancellationError()
    }

    private func confirm(_ phrase: CopiedVoiceReport, _ consent: String) throws {
        let expiry = phrase.data["expiry"]?.integer
        var terms = phrase.data
        terms["until"] = phrase.data["expiry"] ?? .null
        terms["state"] = .string("read and checked")
        try say("\n\(VoiceText.terms(.object(terms)))\nType yes to agree to these terms, within 10 minutes: ")
        guard readLine()?.lowercased() == "yes" else {
            _ = try desk.ask(CopiedVoiceCommand(.decline, voice: consent))
            throw Failure(.failure, code: "consent.not_confirmed", "nothing was agreed to, and no voice was kept")
        }
        let granted = try desk.ask(CopiedVoiceCommand(.confirm, voice: consent, expiry: expiry))
        try say(
            """

            '\(granted.data["voice"]?.string ?? "")' is granted until \(VoiceText.time(expiry ?? 0)).

            Revocation code: \(granted.data["revocation_code"]?.string ?? "?")

            It is kept nowhere. With it, `hearsay voice revoke --code CODE` takes the consent back from any account.
            """)
    }

    private func say(_ text: String) throws { try StandardStream.output.write("\(text)\n") }
}

/// A recording for a voice, as the daemon takes it.
enum ReferenceSound {
    private static let longest = 60

    /// 16-bit samples at 16 kHz, mono.
    static func bytes(_ path: String) throws -> [UInt8] {
        let stream = try MonoStream(
            try AudioFile.open(path, decoder: ConfinedAudioDecoder(), maximumSeconds: Double(longest + 1)))
        var samples = [Float](repeating: 0, count: (longest + 1) * stream.sampleRate)
        let count = try samples.withUnsafeMutableBufferPointer { try stream.read(into: $0) }
        return samples[..<count].flatMap { sample in
            withUnsafeBytes(of: Int16(max(-32_768, min(32_767, (sample * 32_768).rounded()))).littleEndian) {
                Array($0)
            }
        }
    }
}
