import Foundation
import Glibc
import HearsayClient
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// Sound in, text out; text in, sound out; over the real socket.
@Suite(.enabled(if: RunningDaemon.path != nil, "hearsayd is not built"))
struct SpeechServiceTests {
    @Test(.enabled(if: RunningDaemon.golden != nil, "no golden model"))
    func chunksJoinedAreTheTranscript() throws {
        let golden = try #require(RunningDaemon.golden)
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        let format = WireAudioFormat(rate: 16_000, width: 2, channels: 1)
        let sound = [UInt8](try golden.sound())
        connection.send(Transcribe(language: "en"))
        connection.send(AudioStart(format: format))
        for start in stride(from: 0, to: sound.count, by: 4_096) {
            connection.send(AudioChunk(format: format, audio: Array(sound[start..<min(start + 4_096, sound.count)])))
        }
        connection.send(AudioStop())
        let events = connection.events(through: TranscriptStop.type)
        #expect(events.first?.type == TranscriptStart.type)
        let chunks = try events.filter { $0.type == TranscriptChunk.type }.map { try TranscriptChunk($0).text }
        let whole = try WireTranscript(try #require(events.first { $0.type == WireTranscript.type }))
        #expect(chunks.joined() == whole.text)
        #expect(whole.language == "en")
    }

    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice"), arguments: ["", " \n", "...", "\u{2605}"])
    func textWithoutAnythingToSayIsSilenceAndNoError(text: String) throws {
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        connection.send(Synthesize(text: text))
        #expect(connection.events(through: AudioStop.type).map(\.type) == [AudioStart.type, AudioStop.type])
    }

    @Test(.enabled(if: RunningDaemon.golden != nil, "no golden model"))
    func aFileAndItsSamplesGiveTheSameText() throws {
        let golden = try #require(RunningDaemon.golden)
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        let file = [UInt8](try golden.read("audio.wav"))
        connection.send(TranscribeFile(name: "audio.wav", options: ["language": .string("en"), "beam_size": .null]))
        for start in stride(from: 0, to: file.count, by: 50_000) {
            connection.send(FileChunk(bytes: Array(file[start..<min(start + 50_000, file.count)])))
        }
        connection.send(FileEnd())
        let end = try TranscriptEnd(try #require(connection.events(through: TranscriptEnd.type).last))

        let format = WireAudioFormat(rate: 16_000, width: 2, channels: 1)
        connection.send(Transcribe(language: "en"))
        connection.send(AudioStart(format: format))
        connection.send(AudioChunk(format: format, audio: [UInt8](try golden.sound())))
        connection.send(AudioStop())
        let events = connection.events(through: TranscriptStop.type)
        let whole = try WireTranscript(try #require(events.first { $0.type == WireTranscript.type }))
        #expect(end.text.trimmingCharacters(in: .whitespaces) == whole.text)
        #expect(end.duration > 0)
    }

    @Test(.enabled(if: RunningDaemon.golden != nil, "no golden model"))
    func errorsNameTheRecordingAsTheClientDoes() throws {
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        for (name, expected) in [("empty.wav", "\"empty.wav\" is empty"), (nil, "The recording is empty")] {
            connection.send(TranscribeFile(name: name))
            connection.send(FileEnd())
            let error = try WireErrorEvent(try #require(connection.next()))
            #expect(error.text.contains(expected), "\(error.text)")
            #expect(!error.text.contains("/proc"))
        }
    }

    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice"))
    func textBecomesSound() throws {
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        connection.send(Synthesize(text: "Hello there."))
        let events = connection.events(through: AudioStop.type)
        let types = events.map(\.type)
        #expect(types.first == AudioStart.type && types.last == AudioStop.type)
        let start = try AudioStart(events[0])
        let bytes = events.reduce(0) { $0 + $1.payload.count }
        #expect(Double(bytes) / 2 / Double(start.format.rate) > 0.3)
    }

    /// The sound of espeak-ng's program, but for the mark.
    @Test(
        .enabled(if: RunningDaemon.hasVoice, "no voice"),
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/espeak-ng"), "no espeak-ng"))
    func espeakSpeaksWhatNoOtherVoiceDoes() throws {
        let text = "Guten Tag, dies ist ein Versuch."
        let daemon = try RunningDaemon()
        let file = "\(daemon.folder.path)/reference.wav"
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        let program = try Child(
            ["/usr/bin/espeak-ng", "-z", "-v", "de", "-w", file, text], environment: [:], input: nothing,
            output: nothing, errors: nothing)
        #expect(program.wait() == .exit(0))
        let reference = Self.samples([UInt8](try #require(WAV.sound(of: Data(contentsOf: URL(filePath: file))))))
        for voice in [WireVoice(language: "de"), WireVoice(language: "de-DE"), WireVoice(name: "espeak-ng:de")] {
            let connection = try RawConnection(daemon.socket)
            connection.send(Synthesize(text: text, voice: voice))
            let events = connection.events(through: AudioStop.type)
            #expect(try AudioStart(try #require(events.first)).format.rate == 22_050)
            let sound = Self.samples(events.flatMap(\.payload))
            #expect(sound.count >= reference.count && Self.correlation(sound, reference) > 0.9)
        }
        let client = try daemon.client()
        let voices = try client.ask(ListVoices(), for: VoiceList.self).voices
        let espeak = try #require(voices.last)
        #expect(espeak["name"]?.string == "espeak-ng" && espeak["default"]?.bool == false)
        #expect(espeak["languages"]?.array?.contains(.string("de")) == true)
    }

    private static func samples(_ bytes: [UInt8]) -> [Double] {
        stride(from: 0, to: bytes.count - 1, by: 2).map {
            Double(Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8))
        }
    }

    private static func correlation(_ first: [Double], _ second: [Double]) -> Double {
        func product(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
            zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let common = first.prefix(second.count)
        return product(common, second) / (product(common, common) * product(second, second)).squareRoot()
    }

    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice"))
    func textInPiecesBecomesTheSameSound() throws {
        let daemon = try RunningDaemon()
        func sound(_ send: (RawConnection) -> Void, last: String) throws -> [UInt8] {
            let connection = try RawConnection(daemon.socket)
            send(connection)
            let events = connection.events(through: last)
            #expect(events.last?.type == last)
            return events.flatMap(\.payload)
        }
        let whole = try sound({ $0.send(Synthesize(text: "One sentence.")) }, last: AudioStop.type)
        let pieces = try sound(
            {
                $0.send(SynthesizeStart())
                $0.send(SynthesizeChunk(text: "One sen"))
                $0.send(SynthesizeChunk(text: "tence."))
                // For servers that cannot take pieces: to be ignored.
                $0.send(Synthesize(text: "One sentence."))
                $0.send(SynthesizeStop())
            }, last: SynthesizeStopped.type)
        // A whole text is followed by a paragraph's silence.
        #expect(!pieces.isEmpty && whole.starts(with: pieces))
    }

    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice"))
    func malformedMarkupIsOneError() throws {
        let daemon = try RunningDaemon()
        let connection = try RawConnection(daemon.socket)
        connection.send(Synthesize(text: "<speak>unclosed", textFormat: "ssml"))
        connection.send(Ping())
        let events = connection.events(through: Pong.type)
        #expect(events.map(\.type) == [WireErrorEvent.type, Pong.type])
        #expect(try WireErrorEvent(events[0]).code == "speech.ssml_invalid")
    }

    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice"))
    func aClientThatGoesAwayIsNotSpokenTo() throws {
        let daemon = try RunningDaemon()
        do {
            let connection = try RawConnection(daemon.socket)
            connection.send(
                Synthesize(text: String(repeating: "A long text that nobody will hear to its end. ", count: 200)))
            #expect(connection.next()?.type == AudioStart.type)
        }
        for _ in 0..<300 {
            let running = try daemon.status().data["scheduler"]?["running"]?["read_aloud"]?.integer
            if running == 0 { return }
            usleep(100_000)
        }
        Issue.record("the speech goes on: \(daemon.log)")
    }

    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice"))
    func aClientThatReadsNothingIsCutOffAndHoldsNobodyUp() throws {
        let daemon = try RunningDaemon(
            configuration: """
                [limits]
                outbound_kib = 64
                [timeouts]
                stalled_write_seconds = 2
                """)
        let idler = try RawConnection(daemon.socket)
        idler.send(Synthesize(text: String(repeating: "Nobody reads what comes of this. ", count: 300)))
        // Somebody else is served while the first one's speech waits.
        let connection = try RawConnection(daemon.socket)
        connection.send(Synthesize(text: "Hello."))
        #expect(connection.events(through: AudioStop.type).last?.type == AudioStop.type)
        for _ in 0..<300 {
            if try daemon.status().data["connections"]?["open"]?.integer == 2 { return }
            usleep(100_000)
        }
        Issue.record("the connection stays open: \(daemon.log)")
    }
}
