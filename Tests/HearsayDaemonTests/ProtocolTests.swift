import Foundation
import HearsayClient
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// The real daemon over its real socket, with bytes as no client should send them.
@Suite(.enabled(if: RunningDaemon.path != nil, "hearsayd is not built"))
struct ProtocolTests {
    private static let ping = "{\"type\": \"ping\", \"data\": {\"text\": \"x\"}}\n"

    @Test func answersWhatItIsAsked() throws {
        let daemon = try RunningDaemon()
        let client = try daemon.client()
        #expect(try client.ask(Ping(text: "hello"), for: Pong.self).text == "hello")
        let info = try client.ask(Describe(), for: Info.self).data
        for key in ["asr", "tts", "handle", "intent", "wake", "mic", "snd"] { #expect(info[key]?.array != nil) }
        #expect(info["hearsay"]?["protocol"]?.integer == HearsayProtocol.version)
        // The connection that waited for the start may be a moment in leaving.
        #expect(
            try LifecycleTests.waitFor {
                let status = try client.ask(GetStatus(), for: StatusReport.self).data
                return status["connections"]?["open"]?.integer == 1
            })
        let settings = try client.ask(GetSettings(), for: SettingsReport.self).settings
        #expect(settings["limits.connections_per_user"]?.integer == 64)
        #expect(daemon.stop() == .exit(0))
        #expect(!FileManager.default.fileExists(atPath: daemon.socket))
    }

    private static let badRequests = [
        ("{\"type\": \"transcribe\", \"data\": {\"language\": 7}}\n", "protocol.field_invalid"),
        (
            "{\"type\": \"audio-chunk\", \"data\": {\"rate\": 16000, \"width\": 2, \"channels\": 1}}\n",
            "protocol.unexpected_event"
        ),
        ("{\"type\": \"audio-stop\"}\n", "protocol.unexpected_event"),
        ("{\"type\": \"synthesize-chunk\", \"data\": {\"text\": \"a\"}}\n", "protocol.unexpected_event"),
        ("{\"type\": \"hearsay-file-end\"}\n", "protocol.unexpected_event"),
        (
            "{\"type\": \"synthesize\", \"data\": {\"text\": \"a\", \"voice\": {\"name\": \"../../etc\"}}}\n",
            "store.voice_unknown"
        ),
        ("{\"type\": \"synthesize\", \"data\": {\"text\": \"a\", \"rate\": 1000}}\n", "speech.option_invalid"),
        ("{}\n", "protocol.type_invalid"),
        (
            "{\"type\": \"audio-start\", \"data\": {\"rate\": 0, \"width\": 2, \"channels\": 1}}\n",
            "protocol.field_invalid"
        ),
        (
            "{\"type\": \"audio-start\", \"data\": {\"rate\": 16000, \"width\": 8, \"channels\": 1}}\n",
            "protocol.field_invalid"
        ),
        (
            "{\"type\": \"audio-start\", \"data\": {\"rate\": 16000, \"width\": 2, \"channels\": 255}}\n",
            "protocol.field_invalid"
        ),
    ]

    @Test func aBadRequestCostsOneErrorAndNotTheConnection() throws {
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        for (text, code) in Self.badRequests {
            connection.send(text + Self.ping)
            let events = connection.events(through: Pong.type)
            #expect(events.map(\.type) == [WireErrorEvent.type, Pong.type], "\(text)")
            let error = try WireErrorEvent(try #require(events.first))
            #expect(error.code == code, "\(text): \(error.text)")
        }
    }

    @Test func whatCannotBeFollowedEndsTheConnection() throws {
        let daemon = try RunningDaemon()
        for text in [
            "[]\n", "not json\n", "{\"type\": \"a\", \"data_length\": -1}\n",
            "{\"type\": \"a\", \"payload_length\": 99999999999}\n",
        ] {
            let connection = try RawConnection(daemon.socket)
            connection.send(text + Self.ping)
            #expect(connection.next()?.type == WireErrorEvent.type)
            #expect(connection.next() == nil)
        }
    }

    @Test func aHeaderWithoutEndIsRefused() throws {
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        connection.send([UInt8](repeating: 0x20, count: 70 << 10))
        let error = try WireErrorEvent(try #require(connection.next()))
        #expect(error.code == "protocol.header_too_long")
        #expect(connection.next() == nil)
    }

    @Test func unknownEventsArePassedOver() throws {
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        connection.send(
            "{\"type\": \"from-the-future\", \"data\": {\"a\": [1]}, \"payload_length\": 3}\nabc" + Self.ping)
        #expect(connection.next()?.type == Pong.type)
    }

    @Test func aByteAtATimeIsUnderstood() throws {
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        for byte in Self.ping.utf8 { connection.send([byte]) }
        #expect(connection.next()?.type == Pong.type)
    }

    @Test func aHalfClosedConnectionStillGetsItsAnswers() throws {
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        for _ in 0..<1_000 { connection.send(Self.ping) }
        connection.closeSending()
        var answers = 0
        while let event = connection.next() {
            #expect(event.type == Pong.type)
            answers += 1
        }
        #expect(answers == 1_000)
    }

    @Test func aSilentSoundIsAnEmptyTranscript() throws {
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        let format = WireAudioFormat(rate: 16_000, width: 2, channels: 1)
        connection.send(Transcribe())
        connection.send(AudioStart(format: format))
        connection.send(AudioStop())
        #expect(try WireTranscript(try #require(connection.next())).text == "")
    }

    @Test func soundThatChangesItsFormatIsRefusedOnce() throws {
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        let (a, b) = (
            WireAudioFormat(rate: 16_000, width: 2, channels: 1), WireAudioFormat(rate: 8_000, width: 2, channels: 1)
        )
        connection.send(Transcribe())
        connection.send(AudioStart(format: a))
        for _ in 0..<3 { connection.send(AudioChunk(format: b, audio: [0, 0])) }
        connection.send(AudioStop())
        connection.send(Self.ping)
        let events = connection.events(through: Pong.type)
        #expect(events.map(\.type) == [WireErrorEvent.type, Pong.type])
        #expect(try WireErrorEvent(events[0]).code == "audio.format_changed")
    }

    /// What a client may begin, and the event that ends it.
    private static let beginnings: [(events: [WireEvent], last: String)] = {
        let format = WireAudioFormat(rate: 16_000, width: 2, channels: 1)
        let chunk = AudioChunk(format: format, audio: [UInt8](repeating: 0, count: 3_200)).event
        let text = SynthesizeChunk(text: "Hi there. ").event
        return [
            ([SynthesizeStart().event, text], SynthesizeStop.type),
            ([SynthesizeStart(textFormat: "ssml").event, text], SynthesizeStop.type),
            ([Transcribe().event, AudioStart(format: format).event, chunk], AudioStop.type),
            ([AudioStart(format: format).event, chunk], AudioStop.type),
            ([TranscribeFile().event, FileChunk(bytes: [1, 2, 3]).event], FileEnd.type),
        ]
    }()

    @Test func whatIsBegunInTheMiddleOfSomethingElseIsRefusedAndLeavesNothing() throws {
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        let folder = "/proc/\(daemon.number)/task"
        let before = try FileManager.default.contentsOfDirectory(atPath: folder).count
        for first in Self.beginnings {
            for second in Self.beginnings {
                for event in first.events + second.events { connection.send(EventEncoder.encode(event)) }
                connection.send(EventEncoder.encode(WireEvent(second.last)))
                connection.send(Self.ping)
                let events = connection.events(through: Pong.type)
                let errors = try events.filter { $0.type == WireErrorEvent.type }.map { try WireErrorEvent($0).code }
                #expect(errors == ["protocol.unexpected_event"], "\(first.last), \(second.last): \(events)")
                #expect(!events.contains { $0.type == WireTranscript.type })
            }
        }
        // The connection stays; the threads that spoke and listened do not.
        #expect(
            try LifecycleTests.waitFor {
                try FileManager.default.contentsOfDirectory(atPath: folder).count <= before + 8
            })
    }

    @Test func textThatIsTooLongIsOneErrorHoweverItComes() throws {
        let daemon = try RunningDaemon(configuration: "[limits]\ntext_bytes = 100\n")
        let connection = try RawConnection(daemon.socket)
        connection.send(SynthesizeStart())
        for _ in 0..<5 { connection.send(SynthesizeChunk(text: String(repeating: "a ", count: 30))) }
        connection.send(SynthesizeStop())
        connection.send(Self.ping)
        let events = connection.events(through: Pong.type)
        #expect(events.map(\.type) == [WireErrorEvent.type, SynthesizeStopped.type, Pong.type])
        #expect(try WireErrorEvent(try #require(events.first)).code == "speech.text_too_long")
    }
}
