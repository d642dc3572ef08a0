import AudioCore
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import AudioIO

/// How long an impulse takes from the loudspeaker to the microphone through a real sound server: by ALSA's calls alone,
/// with buffers as short as the server bears, and by what dictation and reading aloud use.
@Suite(
    .enabled(
        if: SoundServer.program != nil && ProcessInfo.processInfo.environment["HEARSAY_LOAD_TESTS"] != nil,
        "measures times: HEARSAY_LOAD_TESTS=1 Scripts/test --filter RoundTripTests"), .serialized)
struct RoundTripTests {
    private let folder: TemporaryFolder
    private static let rounds = 20

    init() throws {
        folder = try TemporaryFolder()
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        setenv("ALSA_CONFIG_PATH", tests.appendingPathComponent("Fixtures/audio/asound.conf").path, 1)
    }

    @Test func addsLittleToTheServersOwnDelay() throws {
        let server = try SoundServer(in: folder)
        let own = try direct(server)
        let ours = try throughThreads(server)
        print(
            "round trip of an impulse, ms: ALSA alone \(Self.text(own)), hearsay \(Self.text(ours)), "
                + "added \(Self.text([Self.median(ours) - Self.median(own)]))")
        #expect(Self.median(ours) - Self.median(own) <= 30)
    }

    // MARK: Two ways

    /// One thread that keeps a playing and a recording device going, 5 ms at a time.
    private func direct(_ server: SoundServer) throws -> [Double] {
        let rate = 48_000
        let microphone = try PCMDevice(
            .capture, server.device("speaker.monitor"), rate: rate, bufferSeconds: 0.1, periodSeconds: 0.005)
        let loudspeaker = try PCMDevice(
            .playback, server.device("speaker"), rate: rate, bufferSeconds: 0.02, periodSeconds: 0.005)
        let count = loudspeaker.configuration.period
        try #require(microphone.configuration.format == .int16 && loudspeaker.configuration.format == .int16)
        try #require(microphone.configuration.channels == 1 && loudspeaker.configuration.channels == 1)
        var silence = [Int16](repeating: 0, count: count)
        var block = [Int16](repeating: 0, count: rate / 100)
        var times: [Double] = []
        var sent: ContinuousClock.Instant?
        var next = ContinuousClock.now + .milliseconds(500)
        _ = microphone.startRecording()
        let deadline = ContinuousClock.now + .seconds(60)
        while times.count < Self.rounds {
            try #require(.now < deadline)
            let isImpulse = sent == nil && .now >= next
            silence[0] = isImpulse ? 30_000 : 0
            if case .written(let frames) = loudspeaker.write(&silence, count: count), isImpulse, frames > 0 {
                sent = .now
            }
            while case let frames = microphone.read(into: &block, count: block.count), frames != -Int(EAGAIN) {
                guard frames > 0 else {
                    _ = microphone.prepare()
                    _ = microphone.startRecording()
                    break
                }
                if let began = sent, block[..<frames].contains(where: { abs(Int($0)) > 3_000 }) {
                    times.append((.now - began) / .milliseconds(1))
                    sent = nil
                    next = .now + .milliseconds(101)
                }
            }
            microphone.wait(milliseconds: 1)
        }
        return times
    }

    /// As reading aloud plays, into a loudspeaker that is silent, and as dictation listens.
    private func throughThreads(_ server: SoundServer) throws -> [Double] {
        let capture = try AudioCapture(CaptureOptions(device: server.device("speaker.monitor")))
        let rate = 24_000
        let playback = try ALSAPlayback(device: server.device("speaker"), sampleRate: rate)
        let arrival = Atomic<Int>(0)
        let isDone = Atomic<Bool>(false)
        let listener = Thread {
            var block = [Float](repeating: 0, count: 1_600)
            while !isDone.load(ordering: .acquiring) {
                let count =
                    (try? block.withUnsafeMutableBufferPointer { try capture.read(into: $0, timeout: 100) }) ?? 0
                if block[..<count].contains(where: { abs($0) > 0.1 }) {
                    _ = arrival.compareExchange(expected: 0, desired: Self.now, ordering: .relaxed)
                }
            }
        }
        listener.start()
        defer { isDone.store(true, ordering: .releasing) }
        var sound = [Float](repeating: 0, count: rate / 10)
        // A click long enough to be an impulse at 16 kHz too.
        for index in 0..<8 { sound[index] = 0.9 }
        var times: [Double] = []
        for round in 0..<Self.rounds {
            usleep(300_000 + UInt32(round * 3_001 % 20_000))
            arrival.store(0, ordering: .relaxed)
            let began = Self.now
            try sound.withUnsafeBufferPointer { try playback.write($0) }
            while arrival.load(ordering: .relaxed) == 0, Self.now - began < 5_000_000_000 { usleep(1_000) }
            let heard = arrival.load(ordering: .relaxed)
            try #require(heard > 0)
            times.append(Double(heard - began) / 1e6)
        }
        return times
    }

    /// Nanoseconds of the monotonic clock.
    private static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private static func text(_ values: [Double]) -> String {
        let sorted = values.sorted()
        return [sorted[0], sorted[sorted.count / 2], sorted[sorted.count - 1]].map { String(format: "%.1f", $0) }
            .joined(separator: " … ")
    }
}
