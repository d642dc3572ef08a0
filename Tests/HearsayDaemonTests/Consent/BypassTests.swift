import Consent
import Foundation
import GRDB
import Glibc
import HearsayDaemon
import HelperProcess
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// Attempts to come to somebody's voice without their consent, over the daemon's socket: what each is answered, with a twin
/// that differs in nothing but what makes it an attempt, and succeeds. Those against the stored files are
/// `StoredBypassTests`.
@Suite(.serialized)
struct BypassTests {
    /// An attempt while somebody reads: what is changed about the reader, and what that is answered.
    struct Reading: Sendable, CustomTestStringConvertible {
        let number: Int
        let attempt: String
        let code: ConsentError.Code
        let change: @Sendable (inout ScriptedMeans.Script) -> Void

        init(
            _ number: Int, _ attempt: String, _ code: ConsentError.Code,
            _ change: @escaping @Sendable (inout ScriptedMeans.Script) -> Void
        ) {
            self.number = number
            self.attempt = attempt
            self.code = code
            self.change = change
        }

        var testDescription: String { "\(number) \(attempt)" }
    }

    private static let readings = [
        Reading(5, "one-time words cut from another recording, after a pause", .syntheticAudio) { $0.reader.gap = 1.3 },
        Reading(5, "one-time words with another background", .syntheticAudio) { $0.reader.otherBackground = 0.05 },
        Reading(6, "synthetic speech", .syntheticAudio) { $0.isMarked = true },
        Reading(8, "a file in place of the microphone", .notLive) { $0.reader.isLive = false },
        Reading(10, "statement by one, words by another", .inconsistentSpeaker) { $0.reader.otherTone = 310 },
        Reading(35, "nothing at all", .speechTooShort) { $0.reader.level = 0 },
        Reading(35, "half a second", .speechTooShort) { $0.reader.pace = 0.02 },
        Reading(35, "hardly louder than the background", .tooNoisy) { $0.reader.background = 0.1 },
        Reading(36, "another text", .phraseMismatch) {
            $0.reader.text = String(repeating: "I never said anything of that kind ", count: 4)
        },
        Reading(36, "the words in letters that only look alike", .phraseMismatch) { script in
            script.reader.text = script.phrase.replacing("o", with: "о").replacing("a", with: "а")
        },
    ]

    @Test(arguments: readings) func whatIsReadMustBeReadByThePerson(reading: Reading) async throws {
        try await CeremonyDaemon.run { daemon in
            let client = try CeremonyClient(daemon)
            #expect(client.enroll() == "phrase")
            daemon.script(reading.change)
            #expect(client.record() == reading.code.rawValue)
            #expect(client.confirm() == nil && client.speak() == "consent.required")
            #expect(try Self.log(daemon).contains("refusal\t\(client.consent)\t\(reading.code.rawValue)"))
            // The twin.
            daemon.script { $0 = ScriptedMeans.Script() }
            #expect(client.another() == "phrase" && client.record() == "verified")
            #expect(client.confirm() != nil && client.speak() == "audio-start")
        }
    }

    private static func log(_ daemon: CeremonyDaemon) throws -> String {
        try String(contentsOfFile: "\(daemon.state)/audit.log", encoding: .utf8)
    }

    // MARK: Phrases

    @Test func aPhraseIsForOneReadingByOneReader() async throws {
        try await CeremonyDaemon.run { daemon in
            let client = try CeremonyClient(daemon)
            // 1: without a consent.
            #expect(client.enroll() == "phrase" && client.speak() == "consent.required")
            // 4: another connection, another consent.
            let other = try CeremonyClient(daemon)
            other.consent = client.consent
            #expect(other.record() == "consent.phrase_used")
            // 3: too late.
            daemon.clock.advance(121)
            #expect(client.record() == "consent.phrase_expired")
            #expect(client.another() == "phrase" && client.record() == "verified")
            // 2: used before.
            #expect(client.record() == "consent.phrase_used")
            #expect(client.confirm() != nil)
            // A phrase of one consent is none of another.
            #expect(client.enroll(CeremonyClient.request("bert")) == "phrase")
            let bert = client.consent
            #expect(client.enroll(CeremonyClient.request("carl")) == "phrase")
            client.consent = bert
            #expect(client.record() == "consent.phrase_mismatch")
        }
    }

    /// 34: who is locked out stays so, and is not helped by knowing the words now.
    @Test func threeFailuresLockOut() async throws {
        try await CeremonyDaemon.run { daemon in
            let client = try CeremonyClient(daemon)
            daemon.script { $0.isMarked = true }
            #expect(client.enroll() == "phrase" && client.record() == "consent.synthetic_audio")
            #expect(client.another() == "phrase" && client.record() == "consent.synthetic_audio")
            #expect(client.another() == "phrase" && client.record() == "consent.synthetic_audio")
            daemon.script { $0.isMarked = false }
            #expect(client.another() == "consent.locked_out" && client.enroll() == "consent.locked_out")
            #expect(client.record() == "consent.phrase_used" && client.confirm() == nil)
            // Nor is a restart of any help.
            daemon.stop()
            try daemon.start()
            let again = try CeremonyClient(daemon)
            #expect(again.enroll() == "consent.locked_out")
            daemon.clock.advance(86_400)
            #expect(again.enroll() == "phrase" && again.record() == "verified")
        }
    }

    /// Ten phrases a day for an account, whatever the voices are called, and whatever is restarted.
    @Test func phrasesAreCounted() async throws {
        try await CeremonyDaemon.run { daemon in
            var client = try CeremonyClient(daemon)
            for index in 0..<10 {
                if index == 5 {
                    daemon.stop()
                    try daemon.start()
                    client = try CeremonyClient(daemon)
                }
                #expect(client.enroll(CeremonyClient.request("voice\(index)")) == "phrase")
            }
            #expect(client.enroll(CeremonyClient.request("eleven")) == "consent.locked_out")
            daemon.clock.advance(86_400)
            #expect(client.enroll(CeremonyClient.request("eleven")) == "phrase")
        }
    }

    // MARK: Recordings for the voice

    @Test func recordingsMustBeOfTheReader() async throws {
        try await CeremonyDaemon.run { daemon in
            let client = try CeremonyClient(daemon)
            func attempt(_ audio: [UInt8]) -> String {
                #expect(client.enroll() == "phrase")
                #expect(
                    CeremonyDaemon.answer(client.ask(VoiceReference(consent: client.consent, audio: audio)))
                        == "reference")
                return client.record()
            }
            // 9, 11, and the twin.
            #expect(attempt(Reader(tone: 430).reference(10)) == "consent.speaker_mismatch")
            #expect(attempt(Reader().reference(16, then: 570)) == "consent.inconsistent_speaker")
            #expect(attempt(Reader().reference(10)) == "verified")
            #expect(client.confirm() != nil)
            // 8: the reading itself is not taken from a client.
            #expect(client.enroll(CeremonyClient.request("bert")) == "phrase")
            var event = CopiedVoiceCommand(.record, voice: client.consent).event
            event.payload = Reader().reference(10)
            client.connection.send(EventEncoder.encode(event))
            #expect(CeremonyDaemon.answer(client.connection.next()) == "consent.not_live")
        }
    }

    // MARK: Requests

    /// 12, 13, 27, 32, 33: what a request says beside its words changes nothing.
    @Test func nothingInARequestOpensAVoice() async throws {
        try await CeremonyDaemon.run { daemon in
            let client = try CeremonyClient(daemon)
            try client.grant()
            let numbers = JSONValue.array((0..<64).map { .number(Double($0) / 64) })
            // 12
            var event = EnrollVoice(voice: "bert", subject: "Bert Berg").event
            for field in ["embedding", "voice_embedding", "vector"] { event.data[field] = numbers }
            client.connection.send(EventEncoder.encode(event))
            let consent = client.connection.next()?.data["consent"]?.string ?? ""
            client.consent = consent
            #expect(client.confirm() == nil && client.speak("bert") == "consent.required")
            // 13, 33
            for name in [
                "../anna", "/etc/passwd", "https://example.org/anna", "anna/", "anna.safetensors", "anna+bert",
                "an\0na",
            ] {
                #expect(client.speak(name) == "voice.not_available", "\(name)")
                #expect(client.enroll(CeremonyClient.request(name)) == "protocol.field_invalid", "\(name)")
            }
            // 27
            var speech = Synthesize(text: "hello", voice: WireVoice(name: "anna")).event
            for (field, value) in [
                ("watermark", JSONValue.bool(false)), ("format", .string("raw")), ("mark", .bool(false)),
            ] {
                speech.data[field] = value
            }
            daemon.script { $0.isMarking = false }
            client.connection.send(EventEncoder.encode(speech))
            #expect(CeremonyDaemon.answer(client.connection.next()) == "watermark.unavailable")
            daemon.script { $0.isMarking = true }
            #expect(client.speak() == "audio-start")
            // 32
            for question in [
                Describe.type, GetStatus.type, GetSettings.type, ListVoices.type, "hearsay-debug", "hearsay-backup",
            ] {
                client.connection.send(EventEncoder.encode(WireEvent(question)))
            }
            client.connection.send(Ping())
            for event in client.connection.events(through: Pong.type) {
                var writer = JSONWriter()
                writer.value(.object(event.data))
                #expect(!String(decoding: writer.bytes, as: UTF8.self).contains("anna"), "\(event.type)")
            }
        }
    }

    /// 38, 39
    @Test func purposesAndQuotasHold() async throws {
        try await CeremonyDaemon.run { daemon in
            let client = try CeremonyClient(daemon)
            var request = CeremonyClient.request()
            request.secondsPerDay = 2
            try client.grant(request)
            #expect(client.speak(purpose: "advertising") == "consent.scope_violation")
            #expect(client.speak("anna", "twelve chars") == "audio-start")
            #expect(client.speak("anna", "twelve chars and one") == "consent.quota_exceeded")
            #expect(client.speak("anna", "twelve chars") == "audio-start")
            #expect(client.speak("anna", "one") == "consent.quota_exceeded")
            daemon.clock.advance(86_400)
            #expect(client.speak("anna", "one") == "audio-start")
        }
    }

    /// 37: whoever comes over the network is not at the machine.
    @Test func theNetworkGivesNoConsent() async throws {
        let port = 21_000 + Int(getpid()) % 20_000
        try await CeremonyDaemon.run(configuration: "[wyoming]\ntcp = \"127.0.0.1:\(port)\"\n") { daemon in
            try CeremonyClient(daemon).grant()
            for message in [
                EventEncoder.encode(CeremonyClient.request("bert")), EventEncoder.encode(CopiedVoiceCommand(.list)),
                EventEncoder.encode(CopiedVoiceCommand(.revoke, voice: "anna")),
            ] {
                let connection = try RawConnection(port: port)
                connection.send(message)
                #expect(CeremonyDaemon.answer(connection.next()) == "consent.not_live")
            }
            let connection = try RawConnection(port: port)
            connection.send(Synthesize(text: "hello", voice: WireVoice(name: "anna")))
            #expect(CeremonyDaemon.answer(connection.next()) == "voice.not_available")
            #expect(try CeremonyClient(daemon).speak() == "audio-start")
        }
    }

    // MARK: Other accounts

    /// 24, 25: to others, a voice that is there and one that is not are the same.
    @Test(.enabled(if: getuid() == 0 && PythonClient.has("socket"), "needs root and Python, to be somebody else"))
    func othersHearNothingAndLearnNothing() async throws {
        try await CeremonyDaemon.run(configuration: "[socket]\naccess = \"any\"\nmode = \"0666\"\n") { daemon in
            for folder in [daemon.folder.path, "\(daemon.folder.path)/run"] { chmod(folder, 0o755) }
            let client = try CeremonyClient(daemon)
            let code = try client.grant()
            func ask(_ user: Int, _ message: some WireMessage) throws -> JSONValue {
                let event = message.event
                var writer = JSONWriter()
                writer.value(.object(["type": .string(event.type), "data": .object(event.data)]))
                let script = RunningDaemon.root.appending(path: "Tests/Fixtures/wire/as_user.py").path
                let lines = try PythonClient.output([
                    script, "\(user)", daemon.socket, "any", String(decoding: writer.bytes, as: UTF8.self),
                ])
                return try JSONValue(parsing: Array(lines.utf8))["data"] ?? .null
            }
            func speech(_ voice: String) -> Synthesize { Synthesize(text: "hello", voice: WireVoice(name: voice)) }
            let foreign = try ask(4_242, speech("anna"))
            #expect(foreign["code"]?.string == "voice.not_available")
            #expect(try ask(4_242, speech("nobody")) == foreign && ask(4_242, speech(client.consent)) == foreign)
            let unseen = try ask(4_242, CopiedVoiceCommand(.show, voice: "anna"))
            #expect(unseen["code"]?.string == "voice.not_available")
            for name in [client.consent, "nobody"] {
                for action in [CopiedVoiceCommand.Action.show, .receipt, .revoke] {
                    #expect(try ask(4_242, CopiedVoiceCommand(action, voice: name)) == unseen)
                }
            }
            #expect(try ask(4_242, CopiedVoiceCommand(.list))["voices"]?.array == [])
            #expect(try ask(4_242, CeremonyClient.request("bert"))["code"]?.string == "server.forbidden")
            #expect(try ask(65_534, speech("anna"))["code"]?.string == "server.forbidden")
            #expect(client.speak() == "audio-start")
            // The code is worth the same in everybody's hands.
            #expect(try ask(4_242, CopiedVoiceCommand(.revoke, code: code))["state"]?.string == "erased")
        }
    }
}
