import Consent
import Foundation
import Glibc
import HearsayDaemon
import HelperProcess
import Phonemes
import StrictJSON
import Synthesis
import Tensors
import TestSupport
import Testing
import Watermark
import WireProtocol

/// The ceremony over the daemon's socket.
@Suite(.serialized)
struct CeremonyTests {
    @Test func aVoiceIsGrantedUsedAndTakenBack() async throws {
        try await CeremonyDaemon.run { daemon in
            let client = try CeremonyClient(daemon)
            #expect(client.ask(CopiedVoiceCommand(.list))?.data["voices"]?.array == [])
            #expect(!FileManager.default.fileExists(atPath: "\(daemon.state)/consent.sqlite"))
            #expect(client.speak() == "store.voice_unknown")
            let code = try client.grant()
            #expect(client.speak() == "audio-start")
            let shown = try #require(client.ask(CopiedVoiceCommand(.show, voice: "anna")))
            #expect(shown.data["state"]?.string == "granted" && shown.data["until"]?.integer == client.expiry)
            // Nothing that is said of it is a number of the voice.
            var writer = JSONWriter()
            writer.value(.object(shown.data))
            #expect(!String(decoding: writer.bytes, as: UTF8.self).contains(/[0-9]\.[0-9]/))
            let taken = client.ask(CopiedVoiceCommand(.revoke, code: code))
            #expect(taken?.data["state"]?.string == "erased")
            #expect(client.speak() == "voice.not_available")
            let log = try String(contentsOfFile: "\(daemon.state)/audit.log", encoding: .utf8)
            for entry in [
                "requested->phrase_issued", "recorded->verified", "verified->granted", "evidence", "use", "erasure",
            ] {
                #expect(log.contains(entry), "\(entry)")
            }
            #expect(!log.contains("hello") && !log.contains("Anna"))
            #expect(throws: Never.self) { try AuditVerification(folder: daemon.state).run() }
        }
    }

    /// Not even a synthesizer that knows nothing of marks speaks without one.
    @Test func whatIsHeardBearsTheMark() async throws {
        try await CeremonyDaemon.run { daemon in
            let client = try CeremonyClient(daemon)
            try client.grant()
            client.connection.send(Synthesize(text: "20", voice: WireVoice(name: "anna")))
            let bytes = client.connection.events(through: AudioStop.type).flatMap(\.payload)
            let samples = stride(from: 0, to: bytes.count - 1, by: 2).map {
                Float(Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)) / 32_768
            }
            #expect(samples.count == 320_000)
            #expect(try WatermarkDetector().detect(samples, rate: 16_000).isFound)
            #expect(try !WatermarkDetector().detect(Reader().noise(20, 0.2), rate: 16_000).isFound)
        }
    }

    @Test func aReceiptIsSignedAndTellsTheTerms() async throws {
        try await CeremonyDaemon.run { daemon in
            let client = try CeremonyClient(daemon)
            let code = try client.grant()
            let event = try #require(client.ask(CopiedVoiceCommand(.receipt, code: code)))
            func text(_ key: String) throws -> String { try #require(event.data[key]?.string) }
            let receipt = try ConsentReceipt(text: text("receipt"), signature: text("signature"), key: text("key"))
            #expect(receipt.isGenuine)
            let statement = try JSONValue(parsing: Array(receipt.text.utf8))
            #expect(statement["subject"]?.string == "Anna Canary Berg" && statement["state"]?.string == "granted")
            #expect(statement["evidence_sha256"]?.string?.utf8.count == 64)
            let forged = ConsentReceipt(
                text: receipt.text.replacing("granted", with: "revoked"), signature: receipt.signature, key: receipt.key
            )
            #expect(!forged.isGenuine)
            #expect(try receipt.key == AuditVerification(folder: daemon.state).run().key)
        }
    }

    @Test func whatIsMissingIsSaidAndNeverPassedOver() async throws {
        try await CeremonyDaemon.run { daemon in
            let client = try CeremonyClient(daemon)
            for code in [ConsentError.Code.noRecognizer, .noEncoder, .watermarkUnavailable] {
                daemon.script { $0.missing = ConsentError(code, "missing") }
                #expect(client.enroll() == code.rawValue)
            }
            daemon.script { $0.missing = nil }
            try client.grant()
            daemon.script { $0.hasSynthesizer = false }
            #expect(client.speak() == "voice.no_clone_model")
        }
    }

    /// An hour of sleep is no reason to trust a voice.
    @Test func expiryRenewalAndTheEndOfIt() async throws {
        try await CeremonyDaemon.run { daemon in
            let client = try CeremonyClient(daemon)
            var request = CeremonyClient.request()
            request.days = 1
            try client.grant(request)
            #expect(
                CeremonyDaemon.answer(client.ask(CopiedVoiceCommand(.renew, voice: "anna")))
                    == "consent.transition_forbidden")
            daemon.clock.advance(86_400)
            #expect(client.speak() == "consent.expired")
            #expect(client.enroll() == "voice.name_taken")
            let renewed = client.ask(CopiedVoiceCommand(.renew, voice: "anna", days: 30))
            daemon.script { $0.phrase = renewed?.data["phrase"]?.string ?? "" }
            client.expiry = renewed?.data["expiry"]?.integer ?? 0
            #expect(client.record() == "verified")
            #expect(client.confirm() != nil && client.speak() == "audio-start")
            daemon.clock.advance(30 * 86_400 + 30 * 86_400)
            #expect(client.ask(CopiedVoiceCommand(.list))?.data["voices"]?.array?.first?["state"]?.string == "erased")
        }
    }

    @Test func whatWasBegunIsNotKept() async throws {
        try await CeremonyDaemon.run { daemon in
            let client = try CeremonyClient(daemon)
            client.enroll()
            #expect(client.record() == "verified")
            // Ten minutes without a word: nothing was agreed to.
            daemon.clock.advance(600)
            #expect(client.confirm() == nil)
            #expect(client.enroll() == "phrase" && client.record() == "verified")
            #expect(
                CeremonyDaemon.answer(client.ask(CopiedVoiceCommand(.confirm, voice: client.consent, expiry: 1)))
                    == "consent.scope_violation")
            #expect(
                client.ask(CopiedVoiceCommand(.decline, voice: client.consent))?.data["state"]?.string == "rejected")
            #expect(client.confirm() == nil)
            // Restarted in between, the daemon has forgotten the recording.
            #expect(client.enroll() == "phrase" && client.record() == "verified")
            daemon.stop()
            try daemon.start()
            let again = try CeremonyClient(daemon)
            (again.consent, again.expiry) = (client.consent, client.expiry)
            #expect(again.confirm() == nil)
        }
    }

    @Test func theProcessIsHiddenWhenTheStoreIsOpen() async throws {
        try await CeremonyDaemon.run { daemon in
            try CeremonyClient(daemon).grant()
            #expect(ProcessSecrecy.isInForce)
        }
    }
}

/// Speech that is taken back while it is heard.
@Suite(.serialized)
struct SilenceTests {
    private static let long = String(repeating: "60 ", count: 3)

    /// Seconds from the revocation to the last word about the speech.
    static func silence(_ daemon: CeremonyDaemon, _ speech: RawConnection, _ begun: String) throws -> (
        seconds: Double, code: String
    ) {
        var answer = ""
        while answer != begun { answer = CeremonyDaemon.answer(speech.next()) }
        usleep(1_000_000)
        let start = ContinuousClock.now
        let revoker = try daemon.connect()
        revoker.send(CopiedVoiceCommand(.revoke, voice: "anna"))
        var last: WireEvent?
        while let event = speech.next() {
            last = event
            if event.type == WireErrorEvent.type { break }
        }
        let duration = (ContinuousClock.now - start).components
        return (Double(duration.seconds) + Double(duration.attoseconds) / 1e18, CeremonyDaemon.answer(last))
    }

    @Test(arguments: [true, false])
    func takingBackSilencesAtOnce(onLoudspeaker: Bool) async throws {
        setenv("ALSA_CONFIG_PATH", RunningDaemon.root.appending(path: "Tests/Fixtures/audio/asound.conf").path, 1)
        try await CeremonyDaemon.run(configuration: "[speech]\ndevice = \"nothing\"\n") { daemon in
            try CeremonyClient(daemon).grant()
            let speech = try daemon.connect()
            let voice = WireVoice(name: "anna")
            if onLoudspeaker {
                speech.send(ReadText(text: Self.long, voice: voice))
            } else {
                speech.send(Synthesize(text: Self.long, voice: voice))
            }
            let (seconds, code) = try Self.silence(daemon, speech, onLoudspeaker ? "speaking" : "audio-start")
            #expect(code == "consent.revoked")
            // A second, and what a busy machine adds.
            #expect(seconds < 5)
        }
    }
}

/// The same with a voice model, tiny and of random numbers, that speaks as the person.
@Suite(.serialized)
struct CopiedSpeechTests {
    /// Says the same of every word, whatever the machine has to tell phonemes by.
    private struct OneWord: Phonemizer {
        func phonemes(of clauses: [String], language: String) throws(PhonemeError) -> [String] {
            clauses.map { clause in clause.split(separator: " ").map { _ in "h_ə_l_ˈoʊ" }.joined(separator: " ") }
        }
    }

    private static func run(_ test: @escaping @Sendable (CeremonyDaemon) throws -> Void) async throws {
        try await CeremonyDaemon.run { daemon in
            let folder = RunningDaemon.root.appending(path: "Tests/Fixtures/speech/voice").path
            let pool = try #require(ThreadPool(threads: 1))
            let voice = try NeuralVoice.open(folder, pool: pool)
            let frontEnd = SpeechFrontEnd(language: "en-us", phonemizer: OneWord())
            daemon.script { script in
                script.encoderName = "tiny-encoder"
                script.synthesizer = CloneSpeaker(voice, frontEnd: frontEnd)
            }
            try test(daemon)
        }
    }

    private static func samples(_ client: CeremonyClient, _ request: Synthesize) -> [Int16] {
        client.connection.send(request)
        let bytes = client.connection.events(through: AudioStop.type).flatMap(\.payload)
        return stride(from: 0, to: bytes.count - 1, by: 2).map {
            Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
        }
    }

    @Test func aTextIsReadInTheVoice() async throws {
        try await Self.run { daemon in
            let client = try CeremonyClient(daemon)
            #expect(client.speak() == "store.voice_unknown")
            try client.grant()
            let request = Synthesize(text: "Hello, world. Tea?", voice: WireVoice(name: "anna"))
            let sound = Self.samples(client, request)
            #expect(sound.count > 22_050 && sound.contains { $0.magnitude > 100 })
            var slow = request
            slow.prosody.rate = 0.5
            #expect(Self.samples(client, slow).count > sound.count * 3 / 2)
            // Numbers of another encoder are nobody's.
            daemon.script { $0.encoderName = "tones 2" }
            #expect(client.speak() == "consent.record_invalid")
            let log = try String(contentsOfFile: "\(daemon.state)/audit.log", encoding: .utf8)
            #expect(log.contains("use") && !log.contains("world"))
        }
    }

    @Test func takingBackEndsTheReading() async throws {
        try await Self.run { daemon in
            try CeremonyClient(daemon).grant()
            let speech = try daemon.connect()
            let words = String(repeating: "Tell the world that tea is hot, and hotter still. ", count: 70)
            speech.send(Synthesize(text: words, voice: WireVoice(name: "anna")))
            let (seconds, code) = try SilenceTests.silence(daemon, speech, "audio-start")
            #expect(code == "consent.revoked")
            #expect(seconds < 5)
        }
    }
}

/// The built daemon, with what is installed.
@Suite(.enabled(if: RunningDaemon.path != nil, "hearsayd is not built"))
struct InstalledMeansTests {
    /// A recogniser that is only there to be tried mistakes words that must be exact.
    @Test func aPreviewIsNoRecogniserForThis() throws {
        let preview = RunningDaemon.root.appending(path: "Models/hearsay-en").path
        let daemon = try RunningDaemon(environment: ["HEARSAYD_ENGINE_MODEL": preview])
        let connection = try RawConnection(daemon.socket)
        #expect(try LifecycleTests.waitFor { daemon.log.contains("looked at what is installed") })
        connection.send(CeremonyClient.request())
        #expect(CeremonyDaemon.answer(connection.next()) == "consent.no_recognizer")
        // Nothing was begun.
        #expect(!FileManager.default.fileExists(atPath: "\(daemon.folder.path)/state/consent.sqlite"))
        #expect(!FileManager.default.fileExists(atPath: "\(daemon.folder.path)/.local/share/hearsay-keys/epoch"))
    }

    /// 31: from the first consent on, programs of the same user read nothing of the daemon's memory.
    @Test(.enabled(if: getuid() == 0 && PythonClient.has("socket"), "needs root and Python, to be somebody else"))
    func othersOfTheSameUserCannotLookIn() async throws {
        try await CeremonyDaemon.run { hall in
            try CeremonyClient(hall).grant()
            hall.stop()
            for hasConsents in [false, true] { try Self.lookIn(hasConsents: hasConsents, hall) }
        }
    }

    private static func lookIn(hasConsents: Bool, _ hall: CeremonyDaemon) throws {
        let folder = try TemporaryFolder()
        if hasConsents {
            try FileManager.default.copyItem(atPath: hall.state, toPath: "\(folder.path)/state")
            try FileManager.default.copyItem(atPath: hall.keys, toPath: "\(folder.path)/keys")
        }
        let daemon = try Self.daemon(asUser: 4_343, in: folder)
        defer {
            daemon.send(SIGTERM)
            _ = daemon.wait()
        }
        let script = """
            import os, time
            os.setgroups([]); os.setresgid(4343, 4343, 4343); os.setresuid(4343, 4343, 4343)
            for _ in range(300):
                if os.path.exists("\(folder.path)/run.sock"): break
                time.sleep(0.1)
            found = "open"
            for _ in range(\(hasConsents ? 100 : 4)):
                time.sleep(0.3)
                try:
                    open("/proc/\(daemon.number)/environ", "rb").read(1)
                except PermissionError:
                    found = "closed"
                    break
            print(found)
            """
        #expect(try PythonClient.output(["-c", script]) == (hasConsents ? "closed\n" : "open\n"))
    }

    private static func daemon(asUser user: Int, in folder: TemporaryFolder) throws -> Child {
        let path = try #require(RunningDaemon.path)
        let script = """
            import os
            for top, folders, files in os.walk("\(folder.path)"):
                for name in [top] + [os.path.join(top, f) for f in files]: os.chown(name, \(user), \(user))
            os.setgroups([]); os.setresgid(\(user), \(user), \(user)); os.setresuid(\(user), \(user), \(user))
            os.execve("\(path)", ["hearsayd", "--socket", "\(folder.path)/run.sock", "--state-dir", "\(folder.path)/state"],
                {"HOME": "\(folder.path)", "HEARSAYD_CONSENT_KEYS_DIR": "\(folder.path)/keys",
                 "HEARSAY_DATA": "\(RunningDaemon.root.path)"})
            """
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        return try Child(
            [try #require(PythonClient.python), "-c", script], environment: [:], input: nothing, output: nothing,
            errors: nothing)
    }
}
