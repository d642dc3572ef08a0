import Foundation
import Glibc
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// Wyoming's microphone and loudspeaker.
@Suite(.enabled(if: RunningDaemon.path != nil, "hearsayd is not built"))
struct DeviceSocketsTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        chmod(folder.path, 0o700)
    }

    private var microphone: String { folder.url("mic.sock").path }
    private var loudspeaker: String { folder.url("snd.sock").path }

    private func daemon(_ configuration: String) throws -> RunningDaemon {
        let alsa = RunningDaemon.root.appending(path: "Tests/Fixtures/audio/asound.conf").path
        return try RunningDaemon(
            configuration: """
                [wyoming]
                mic_socket = "\(microphone)"
                snd_socket = "\(loudspeaker)"
                \(configuration)
                """, environment: ["ALSA_CONFIG_PATH": alsa])
    }

    @Test func theMicrophoneSendsWhatItHears() throws {
        let sound = (0..<32_000).flatMap { index -> [UInt8] in
            let value = Int16(index % 20_000)
            return [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
        }
        let file = try folder.write("mic.raw", sound)
        let daemon = try daemon("[dictation]\ndevice = \"fromfile:\(file)\"\necho_cancellation = false\n")
        var connection: RawConnection? = try RawConnection(microphone)
        let start = try AudioStart(try #require(connection?.next()))
        #expect(start.format == WireAudioFormat(rate: 16_000, width: 2, channels: 1))
        var heard: [UInt8] = []
        while heard.count < 20_000, let event = connection?.next() { heard += try AudioChunk(event).audio }
        // What goes through floating point and back may differ by one.
        let isSame = zip(Self.samples(heard), Self.samples(sound)).allSatisfy { abs(Int($0) - Int($1)) <= 1 }
        #expect(isSame)
        connection?.send(Describe())
        var info = connection?.next()
        while let event = info, event.type != Info.type { info = connection?.next() }
        #expect(info?.data["mic"]?.array?.first?["mic_format"]?["rate"]?.integer == 16_000)
        connection = nil
        let deadline = ContinuousClock.now + .seconds(30)
        while !daemon.log.contains("microphone closed"), .now < deadline { usleep(50_000) }
        #expect(daemon.log.contains("microphone opened") && daemon.log.contains("microphone closed"))
    }

    private static func samples(_ bytes: [UInt8]) -> [Int16] {
        stride(from: 0, to: bytes.count - 1, by: 2).map {
            Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
        }
    }

    @Test func theLoudspeakerPlaysAndSaysSo() throws {
        let file = folder.url("played.raw").path
        let daemon = try daemon("[speech]\ndevice = \"tofile:\(file)\"\n")
        let connection = try RawConnection(loudspeaker)
        connection.send(Describe())
        #expect(connection.next()?.data["snd"]?.array?.first?["snd_format"]?["width"]?.integer == 2)
        let sound = (0..<44_100).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let format = WireAudioFormat(rate: 22_050, width: 2, channels: 1)
        for _ in 0..<2 {
            connection.send(AudioStart(format: format))
            for start in stride(from: 0, to: sound.count, by: 4_410) {
                connection.send(AudioChunk(format: format, audio: Array(sound[start..<start + 4_410])))
            }
            connection.send(AudioStop())
            #expect(connection.next()?.type == Played.type)
        }
        // The file is opened anew for each sound.
        let played = [UInt8](try Data(contentsOf: folder.url("played.raw")))
        #expect(played.count >= sound.count)
        let isSame = zip(Self.samples(Array(played.suffix(sound.count))), Self.samples(sound))
            .allSatisfy { abs(Int($0) - Int($1)) <= 1 }
        #expect(isSame)
        withExtendedLifetime(daemon) {}
    }

    /// The package `wyoming` as the client, as Wyoming's satellites use such sockets.
    @Test(.enabled(if: PythonClient.has("wyoming"), "the Python package wyoming is not installed"))
    func theReferenceClientHearsAndIsHeard() throws {
        let golden = try #require(GoldenCase.all.first, "no golden case")
        let sound = try [UInt8](golden.sound())
        let microphoneFile = try folder.write("mic.raw", sound)
        let played = folder.url("played.raw").path
        let daemon = try daemon(
            """
            [dictation]
            device = "fromfile:\(microphoneFile)"
            echo_cancellation = false
            [speech]
            device = "tofile:\(played)"
            """)
        let output = folder.url("heard.raw").path
        let heard = try PythonClient.run("wire", ["unix://\(microphone)", "microphone", "1", output])
        let form: JSONValue = .array([.integer(16_000), .integer(2), .integer(1)])
        #expect(heard["started"] == form && heard["described"] == form)
        let samples = Self.samples([UInt8](try folder.read("heard.raw")))
        #expect(samples.count >= 16_000)
        #expect(zip(samples, Self.samples(sound)).allSatisfy { abs(Int($0) - Int($1)) <= 1 })

        let answer = try PythonClient.run("wire", ["unix://\(loudspeaker)", "loudspeaker", golden.audio])
        #expect(answer["last"]?.string == "played")
        #expect(answer["described"]?.array?.dropFirst() == [.integer(2), .integer(1)])
        // The file that plays for a loudspeaker may end in the silence of its last period.
        let given = Self.samples([UInt8](try folder.read("played.raw")))
        let expected = Self.samples(sound)
        #expect(given.count >= expected.count)
        #expect(zip(given, expected).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        withExtendedLifetime(daemon) {}
    }

    @Test func aDeviceThatIsNotThereIsNotOpened() throws {
        let daemon = try daemon("[dictation]\ndevice = \"no such device\"\n")
        let connection = try RawConnection(microphone)
        #expect(connection.next()?.data["code"]?.string == "audio.device_unavailable")
        let client = try RawConnection(daemon.socket)
        client.send(Dictate(action: .start))
        #expect(client.next()?.data["code"]?.string == "audio.device_unavailable")
        #expect(!daemon.log.contains("microphone opened") && !daemon.log.contains("microphone closed"))
    }

    @Test func whatIsNotPlayedIsNotSaidToBe() throws {
        let daemon = try daemon("[speech]\ndevice = \"tofile:\(folder.url("played.raw").path)\"\n")
        let connection = try RawConnection(loudspeaker)
        let rate = WireAudioFormat(rate: 2_000, width: 2, channels: 1)
        connection.send(AudioStart(format: rate))
        for _ in 0..<3 { connection.send(AudioChunk(format: rate, audio: [0, 0])) }
        connection.send(AudioStop())
        connection.send(Ping())
        let events = connection.events(through: Pong.type)
        #expect(events.map(\.type) == [WireErrorEvent.type, Pong.type])
        #expect(try WireErrorEvent(try #require(events.first)).text.contains("4000"))
        // The next sound is a new one.
        connection.send(AudioStop())
        #expect(connection.next()?.type == Played.type)
        withExtendedLifetime(daemon) {}
    }

    @Test func closedDevicesStayClosed() throws {
        let daemon = try daemon("[dictation]\naccess = \"none\"\n[speech]\naccess = \"none\"\n")
        for path in [microphone, loudspeaker] {
            let connection = try RawConnection(path)
            #expect(connection.next()?.data["code"]?.string == "server.forbidden")
            #expect(connection.next() == nil)
        }
        #expect(!daemon.log.contains("microphone opened"))
    }
}
