import Foundation
import Glibc
import HearsayClient
import StrictJSON
import TestSupport
import Testing
import WireProtocol

/// A long time of work, and files that are much longer than they look. These take minutes.
@Suite(
    .enabled(
        if: RunningDaemon.path != nil && RunningDaemon.golden != nil && RunningDaemon.hasVoice
            && ProcessInfo.processInfo.environment["HEARSAY_LOAD_TESTS"] != nil,
        "HEARSAY_LOAD_TESTS=1 Scripts/test --filter EnduranceTests"), .serialized)
struct EnduranceTests {
    private static let format = WireAudioFormat(rate: 16_000, width: 2, channels: 1)
    /// Hours of sound, which come as fast as they are heard; less than one says nothing of a slope.
    private static let hours = max(
        1, Double(ProcessInfo.processInfo.environment["HEARSAY_SOAK_HOURS"] ?? "") ?? 3)

    private struct Moment {
        var hours: Double
        var mebibytes: Double
        var descriptors: Int
        var threads: Int
    }

    /// A day has, besides its sound, 10,000 requests, 1,000 connections and 100 changes of the model.
    @Test func daysOfWorkLeaveNothingBehind() throws {
        let models = try [#require(GoldenCase.all.first), #require(GoldenCase.all.last)]
        let place = try TemporaryFolder()
        let link = "\(place.path)/model"
        symlink(models[0].model, link)
        let daemon = try RunningDaemon(environment: ["HEARSAYD_ENGINE_MODEL": link])
        let sound = [UInt8](try models[0].sound())
        let speech = Array(sound.prefix(10 * 32_000))
        let quiet = [UInt8](repeating: 0, count: 32_000)
        var moments: [Moment] = []
        let quarters = Int((Self.hours * 4).rounded(.up))
        for quarter in 0..<quarters {
            try listen(daemon, chunks: (0..<900).lazy.map { $0 % 90 == 0 ? speech : quiet })
            for index in 0..<104 { try ask(daemon, index, Array(sound.prefix(32_000))) }
            for _ in 0..<10 {
                let connection = try RawConnection(daemon.socket)
                connection.send("{\"type\": \"pi")
            }
            unlink(link)
            symlink(models[quarter % 2].model, link)
            daemon.send(SIGHUP)
            #expect(try LifecycleTests.waitFor { try daemon.status().data["connections"]?["open"]?.integer == 1 })
            moments.append(
                Moment(
                    hours: Double(quarter + 1) / 4, mebibytes: Double(try daemon.residentMemory()) / 1_048_576,
                    descriptors: try daemon.descriptorCount(), threads: try daemon.threadCount()))
        }
        let warm = moments.dropFirst(max(1, quarters / 3))
        let slope = Self.slope(Array(warm))
        print(
            "soak: \(Self.hours) h, \(slope) MiB/h, MiB \(moments.map { Int($0.mebibytes.rounded()) }),",
            "descriptors \(moments.map(\.descriptors)), threads \(moments.map(\.threads))")
        #expect(slope <= 1)
        #expect((warm.map(\.descriptors).max() ?? 0) - (warm.map(\.descriptors).min() ?? 0) <= 3)
        #expect((warm.map(\.threads).max() ?? 0) - (warm.map(\.threads).min() ?? 0) <= 4)
        #expect(!daemon.log.contains(" error "))
        #expect(daemon.stop() == .exit(0))
    }

    /// The median of the slopes between all pairs, MiB per hour: one reading in the midst of a model's change, when both
    /// are there, says nothing of the rest.
    private static func slope(_ moments: [Moment]) -> Double {
        let slopes = moments.indices.flatMap { first in
            moments[(first + 1)...].map {
                ($0.mebibytes - moments[first].mebibytes) / ($0.hours - moments[first].hours)
            }
        }.sorted()
        return slopes.isEmpty ? 0 : slopes[slopes.count / 2]
    }

    private func listen(_ daemon: RunningDaemon, chunks: some Sequence<[UInt8]>) throws {
        let connection = try RawConnection(daemon.socket)
        connection.send(AudioStart(format: Self.format))
        for chunk in chunks { connection.send(AudioChunk(format: Self.format, audio: chunk)) }
        connection.send(AudioStop())
        connection.send(Ping())
        let events = connection.events(through: Pong.type)
        #expect(events.last?.type == Pong.type && !events.contains { $0.type == WireErrorEvent.type })
        #expect(events.contains { $0.type == VoiceStarted.type })
    }

    private func ask(_ daemon: RunningDaemon, _ index: Int, _ sound: [UInt8]) throws {
        let connection = try RawConnection(daemon.socket)
        let last: String
        switch index % 20 {
        case 0:
            connection.send(Synthesize(text: "Sentence number \(index)."))
            last = AudioStop.type
        case 1:
            connection.send(Transcribe(language: "en"))
            connection.send(AudioStart(format: Self.format))
            connection.send(AudioChunk(format: Self.format, audio: sound))
            connection.send(AudioStop())
            last = TranscriptStop.type
        case 2:
            connection.send(GetStatus())
            last = StatusReport.type
        default:
            connection.send(Ping())
            last = Pong.type
        }
        let events = connection.events(through: last)
        #expect(events.last?.type == last, "\(events.last?.type ?? "nothing")")
    }

    /// Hours of silence in a small file: memory does not grow with them, and the first window is not waited for.
    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/ffmpeg"), "no ffmpeg"),
        arguments: [2.0, 8.7])
    func aLongFileNeedsNoMoreMemoryThanAShortOne(hours: Double) throws {
        let place = try TemporaryFolder()
        let path = "\(place.path)/long.opus"
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        let ffmpeg = try Child(
            [
                "/usr/bin/ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t",
                "\(hours * 3_600)", "-c:a", "libopus", "-b:a", "6k",
                "-compression_level", "0", "-frame_duration", "60", path,
            ], environment: [:], input: nothing, output: nothing, errors: nothing)
        #expect(ffmpeg.wait() == .exit(0))
        let daemon = try RunningDaemon()
        func transcribe(_ bytes: [UInt8], until isEnough: (WireEvent) -> Bool) throws -> Duration {
            let connection = try RawConnection(daemon.socket)
            // A model with random weights finds neither silence nor an end of its text.
            connection.send(
                TranscribeFile(options: [
                    "language": .string("en"), "temperatures": .array([.integer(0)]), "sample_length": .integer(8),
                ]))
            for start in stride(from: 0, to: bytes.count, by: 1 << 18) {
                connection.send(FileChunk(bytes: Array(bytes[start..<min(start + 1 << 18, bytes.count)])))
            }
            connection.send(FileEnd())
            let sent = ContinuousClock.now
            while let event = connection.next(), !isEnough(event) {
                #expect(event.type != WireErrorEvent.type)
            }
            return ContinuousClock.now - sent
        }
        // Everything that a short file needs is there before.
        _ = try transcribe([UInt8](try #require(RunningDaemon.golden).read("audio.wav"))) {
            $0.type == TranscriptEnd.type
        }
        let before = try daemon.mostResidentMemory()
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let duration = try transcribe(bytes) { (try? TranscriptionProgressReport($0))?.stage == "transcribing" }
        let more = try daemon.mostResidentMemory() - before
        print(
            "\(hours) h of silence in \(bytes.count) bytes: \(more >> 10) KiB more, the first window after \(duration)")
        #expect(more <= 32 << 20)
        #expect(duration <= .seconds(2))
    }
}
