import AudioIO
import Foundation
import Glibc
import HearsayClient
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// Texts on the daemon's loudspeaker.
@Suite(.enabled(if: RunningDaemon.path != nil && RunningDaemon.hasVoice, "hearsayd is not built, or no voice"))
struct ReadingServiceTests {
    private let folder: TemporaryFolder
    private let alsa = RunningDaemon.root.appending(path: "Tests/Fixtures/audio/asound.conf").path

    init() throws {
        folder = try TemporaryFolder()
    }

    private func daemon(_ device: String, _ configuration: String = "") throws -> RunningDaemon {
        try RunningDaemon(
            configuration: "[speech]\ndevice = \"\(device)\"\n\(configuration)", environment: ["ALSA_CONFIG_PATH": alsa]
        )
    }

    /// A text of many sentences.
    private static let long = (1...200).map { "This is the sentence with the number \($0)." }.joined(separator: " ")

    /// The next report of one of these kinds.
    private func next(_ kinds: ReadingReport.Kind..., from connection: RawConnection) throws -> ReadingReport {
        while let event = connection.next() {
            let report = try ReadingReport(event)
            if kinds.contains(report.kind) { return report }
            try #require(!report.kind.isLast, "\(report.kind) where one of \(kinds) was waited for")
        }
        throw RunningDaemon.Failure(reason: "the connection ended")
    }

    private func queue(_ daemon: RunningDaemon, _ action: ControlReading.Action) throws -> JSONObject {
        try daemon.client().ask(ControlReading(action), for: ReadingQueueReport.self).data
    }

    @Test func theLoudspeakerGetsWhatAClientWouldGet() throws {
        let file = folder.url("played.raw").path
        let daemon = try daemon("tofile:\(file)")
        let connection = try RawConnection(daemon.socket)
        connection.send(ReadText(text: "Hello there. How are you?"))
        var kinds: [ReadingReport.Kind] = []
        var sentences: [String] = []
        while kinds.last?.isLast != true, let event = connection.next() {
            let report = try ReadingReport(event)
            kinds.append(report.kind)
            if let text = report.text { sentences.append(text) }
        }
        #expect(kinds == [.queued, .speaking, .sentence, .sentence, .done])
        #expect(sentences == ["Hello there.", "How are you?"])

        connection.send(Synthesize(text: "Hello there. How are you?"))
        let sound = connection.events(through: AudioStop.type).flatMap(\.payload)
        let played = [UInt8](try Data(contentsOf: folder.url("played.raw")))
        #expect(played.count == sound.count)
        let pairs = zip(Self.samples(played), Self.samples(sound))
        #expect(pairs.allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        #expect(try queue(daemon, .status)["state"]?.string == "idle")
    }

    private static func samples(_ bytes: [UInt8]) -> [Int16] {
        stride(from: 0, to: bytes.count - 1, by: 2).map {
            Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
        }
    }

    @Test func whoMayNotIsRefused() throws {
        let daemon = try daemon("nothing", "access = \"none\"\n")
        let connection = try RawConnection(daemon.socket)
        connection.send(ReadText(text: "Hello."))
        #expect(connection.next()?.data["code"]?.string == "server.forbidden")
        connection.send(ControlReading(.stop))
        #expect(connection.next()?.data["code"]?.string == "server.forbidden")
    }

    @Test func aLoudspeakerThatIsNotThereIsSaid() throws {
        let daemon = try daemon("no such device")
        let connection = try RawConnection(daemon.socket)
        connection.send(ReadText(text: "Hello."))
        #expect(connection.next()?.data["event"]?.string == "queued")
        #expect(connection.next()?.data["code"]?.string == "audio.device_unavailable")
        connection.send(Ping())
        #expect(connection.next()?.type == Pong.type)
    }

    @Test func tooMuchAndNonsenseAreRefused() throws {
        let daemon = try daemon("nothing", "waiting = 1\n")
        let first = try RawConnection(daemon.socket)
        first.send(ReadText(text: Self.long))
        _ = try next(.queued, from: first)
        let second = try RawConnection(daemon.socket)
        second.send(ReadText(text: "One too many."))
        #expect(second.next()?.data["code"]?.string == "server.busy")
        second.send("{\"type\": \"hearsay-read\", \"data\": {\"text\": \"a\", \"priority\": \"urgent\"}}\n")
        #expect(second.next()?.data["code"]?.string == "protocol.field_invalid")
    }

    @Test(.enabled(if: RunningDaemon.golden != nil, "no golden model"))
    func whoSpeaksIsNotInterrupted() throws {
        let golden = try #require(RunningDaemon.golden)
        let microphone = try folder.write("mic.raw", Data(count: 32_000) + golden.sound() + Data(count: 64_000))
        let daemon = try daemon("nothing", "[dictation]\ndevice = \"fromfile:\(microphone)\"\n")
        let reading = try RawConnection(daemon.socket)
        reading.send(ReadText(text: Self.long))
        _ = try next(.speaking, from: reading)
        let dictation = try RawConnection(daemon.socket)
        dictation.send(Dictate(action: .start, language: "en"))
        #expect(try next(.stopped, from: reading).reason == "barge-in")
    }

    // MARK: In real time

    /// The microphone hears the loudspeaker as loud as can be.
    @Test(
        .enabled(
            if: SoundServer.program != nil && RunningDaemon.golden != nil && EchoReference.isUsable,
            "needs PulseAudio, ALSA's plugin for it, speexdsp, and a golden model"))
    func itDoesNotInterruptItselfAndAPersonDoes() throws {
        let golden = try #require(RunningDaemon.golden)
        let server = try SoundServer(in: folder)
        let daemon = try daemon(
            server.device("speaker"), "[dictation]\ndevice = \"\(server.device("speaker.monitor"))\"\n")
        let dictation = try RawConnection(daemon.socket)
        dictation.send(Dictate(action: .start, language: "en"))
        #expect(dictation.next()?.data["status"]?.string == "listening")
        let reading = try RawConnection(daemon.socket)
        // Where sound is late because others compute, what is heard may not be known for an echo.
        let isHeardToItsEnd = try (0..<4).contains { _ in
            reading.send(ReadText(text: "This is read aloud. Nobody says a word. It is heard to its end."))
            return try next(.done, .stopped, from: reading).kind == .done
        }
        #expect(isHeardToItsEnd)

        reading.send(ReadText(text: Self.long))
        _ = try next(.sentence, from: reading)
        setenv("ALSA_CONFIG_PATH", alsa, 1)
        let voice = try ALSAPlayback(device: server.device("speaker"), sampleRate: 16_000)
        let speech = try golden.samples()
        let peak = speech.reduce(0) { max($0, $1.magnitude) }
        for _ in 0..<3 { try speech.map { $0 * 0.9 / peak }.withUnsafeBufferPointer { try voice.write($0) } }
        #expect(try next(.stopped, from: reading).reason == "barge-in")
        voice.stop()
    }

    @Test(.enabled(if: SoundServer.program != nil, "PulseAudio and ALSA's plugin for it are not installed"))
    func urgentTextsInterruptAndTheOthersGoOn() throws {
        let server = try SoundServer(in: folder)
        let daemon = try daemon(server.device("speaker"))
        let first = try RawConnection(daemon.socket)
        first.send(ReadText(text: "Number one is spoken first. Then comes number two.", priority: .background))
        #expect(try next(.sentence, from: first).text == "Number one is spoken first.")
        let second = try RawConnection(daemon.socket)
        second.send(ReadText(text: "Attention!", priority: .important))
        #expect(try next(.speaking, .waiting, from: first).kind == .waiting)
        let isDone = try next(.done, from: second).kind
        #expect(isDone == .done)
        #expect(try next(.speaking, from: first).kind == .speaking)
        #expect(try next(.sentence, from: first).text == "Then comes number two.")
        #expect(try next(.done, from: first).kind == .done)
    }

    @Test(.enabled(if: SoundServer.program != nil, "PulseAudio and ALSA's plugin for it are not installed"))
    func readingPausesSkipsAndStops() throws {
        let server = try SoundServer(in: folder)
        let daemon = try daemon(server.device("speaker"))
        let connection = try RawConnection(daemon.socket)
        connection.send(ReadText(text: Self.long))
        #expect(try next(.sentence, from: connection).text?.contains("number 1.") == true)
        _ = try queue(daemon, .pause)
        #expect(try next(.waiting, from: connection).kind == .waiting)
        let paused = try queue(daemon, .status)
        #expect(paused["state"]?.string == "paused")
        let seconds = paused["queue"]?.array?.first?["seconds"]?.double
        usleep(300_000)
        #expect(try queue(daemon, .status)["queue"]?.array?.first?["seconds"]?.double == seconds)
        _ = try queue(daemon, .resume)
        #expect(try next(.speaking, from: connection).kind == .speaking)
        #expect(try daemon.status().data["reading"]?["state"]?.string == "speaking")
        _ = try queue(daemon, .skip)
        #expect(try next(.sentence, from: connection).text?.contains("number 2.") == true)
        #expect(try queue(daemon, .stop)["state"]?.string == "idle")
        #expect(try next(.stopped, from: connection).reason == "request")
    }

    @Test(.enabled(if: SoundServer.program != nil, "PulseAudio and ALSA's plugin for it are not installed"))
    func aLostLoudspeakerIsWaitedFor() throws {
        let server = try SoundServer(in: folder)
        let daemon = try daemon(server.device("speaker"))
        let connection = try RawConnection(daemon.socket)
        connection.send(ReadText(text: Self.long))
        _ = try next(.sentence, from: connection)
        server.kill()
        #expect(try next(.waiting, from: connection).reason?.isEmpty == false)
        #expect(try queue(daemon, .status)["state"]?.string == "waiting-for-device")
        let again = try SoundServer(in: folder)
        #expect(try next(.speaking, from: connection).kind == .speaking)
        withExtendedLifetime(again) {}
    }
}
