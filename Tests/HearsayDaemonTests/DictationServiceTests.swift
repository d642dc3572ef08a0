import AudioCore
import AudioIO
import Foundation
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// Dictation over the real socket, with a file for a microphone.
@Suite(
    .enabled(if: RunningDaemon.path != nil && RunningDaemon.golden != nil, "hearsayd is not built, or no golden model"))
struct DictationServiceTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func daemon(access: String = "own") throws -> RunningDaemon {
        let golden = try #require(RunningDaemon.golden)
        let quiet = Data(count: 32_000)
        let microphone = try folder.write("mic.raw", quiet + golden.sound() + quiet + quiet)
        let alsa = RunningDaemon.root.appending(path: "Tests/Fixtures/audio/asound.conf").path
        return try RunningDaemon(
            configuration: "[dictation]\ndevice = \"fromfile:\(microphone)\"\naccess = \"\(access)\"\n",
            environment: ["ALSA_CONFIG_PATH": alsa])
    }

    @Test func dictatesUntilSomebodyStopsIt() throws {
        let daemon = try daemon()
        let first = try RawConnection(daemon.socket)
        first.send(Dictate(action: .toggle, language: "en"))
        var kinds: [String] = []
        while kinds.last != "final", let event = first.next() {
            kinds.append(try DictationReport(event).kind ?? event.type)
        }
        #expect(kinds.first == "status" && kinds.contains("speech-started") && kinds.contains("speech-ended"))

        let second = try RawConnection(daemon.socket)
        second.send(Dictate(action: .start))
        #expect(second.next()?.data["code"]?.string == "dictate.already_running")
        second.send("{\"type\": \"hearsay-dictate\", \"data\": {\"action\": \"walk\"}}\n")
        #expect(second.next()?.data["code"]?.string == "protocol.field_invalid")
        second.send(Dictate(action: .toggle))
        #expect(second.next()?.data["status"]?.string == "stopping")
        var status: String?
        while status != "stopped", let event = first.next() { status = event.data["status"]?.string }
        #expect(status == "stopped")
        // The connection is as good as before, and the microphone free.
        first.send(Ping(text: "still there"))
        #expect(first.next()?.type == Pong.type)
        second.send(Dictate(action: .stop))
        #expect(second.next()?.data["status"]?.string == "stopped")
        #expect(daemon.log.contains("microphone opened") && daemon.log.contains("microphone closed"))
    }

    /// A sentence goes in by the microphone, and its words come out, by the recogniser that comes along.
    @Test func whatIsSaidIsWhatIsWritten() throws {
        let sentence = try Self.samples("kitchen.opus")
        let quiet = Data(count: 32_000)
        let microphone = try folder.write("sentence.raw", quiet + sentence + quiet + quiet + quiet)
        let daemon = try RunningDaemon(
            configuration: "[dictation]\ndevice = \"fromfile:\(microphone)\"\necho_cancellation = false\n",
            environment: [
                "ALSA_CONFIG_PATH": RunningDaemon.root.appending(path: "Tests/Fixtures/audio/asound.conf").path,
                "HEARSAYD_ENGINE_MODEL": RunningDaemon.root.appending(path: "Models/hearsay-en").path,
            ])
        let connection = try RawConnection(daemon.socket)
        connection.send(Dictate(action: .start, language: "en", isOnce: true))
        var text: String?
        while text == nil, let event = connection.next() {
            if event.data["event"]?.string == "final" { text = event.data["text"]?.string }
        }
        #expect(text == "Turn off the light in the kitchen.")
    }

    /// A clip as a microphone of 16 kHz and 16 bits would give it.
    private static func samples(_ clip: String) throws -> Data {
        let path = RunningDaemon.root.appending(path: "Tests/Fixtures/clips/\(clip)").path
        let stream = try MonoStream(AudioFile.open(path), sampleRate: 16_000)
        var block = [Float](repeating: 0, count: 16_000)
        var bytes = Data()
        while true {
            let count = try block.withUnsafeMutableBufferPointer { try stream.read(into: $0) }
            guard count > 0 else { return bytes }
            for sample in block[..<count] {
                let value = Int16((min(max(sample, -1), 1) * 32_767).rounded())
                withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
            }
        }
    }

    @Test func theMicrophoneIsClosedWhenTheClientGoes() throws {
        let daemon = try daemon()
        var connection: RawConnection? = try RawConnection(daemon.socket)
        connection?.send(Dictate(action: .start))
        #expect(connection?.next()?.data["status"]?.string == "listening")
        connection = nil
        let deadline = ContinuousClock.now + .seconds(60)
        while !daemon.log.contains("microphone closed"), .now < deadline { usleep(50_000) }
        #expect(daemon.log.contains("microphone closed"))
    }

    @Test func aClosedMicrophoneStaysClosed() throws {
        let daemon = try daemon(access: "none")
        let connection = try RawConnection(daemon.socket)
        connection.send(Dictate(action: .start))
        #expect(connection.next()?.data["code"]?.string == "server.forbidden")
        #expect(!daemon.log.contains("microphone opened"))
    }
}
