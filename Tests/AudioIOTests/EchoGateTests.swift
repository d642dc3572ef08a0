import Foundation
import Testing

@testable import AudioIO

/// The gate behind the echo canceller, given what cancellers leave.
struct EchoGateTests {
    private static func noise(_ amplitude: Float, seed: UInt64) -> [Float] {
        var state = seed
        return (0..<160).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31 * amplitude
        }
    }

    /// Runs frames through the gate.
    ///
    /// - Returns: decibels of what comes out over what went in, by frame.
    private static func run(
        _ gate: inout EchoGate, frames: Int, left: Float, heard: Float, played: Float
    ) -> [Double] {
        (0..<frames).map { index in
            let frame = noise(left, seed: UInt64(index + 1))
            var gated = frame
            gated.withUnsafeMutableBufferPointer {
                gate.apply(to: $0, heardPower: heard * heard / 3, playedPower: played * played / 3)
            }
            let before = frame.withUnsafeBufferPointer { EchoGate.power($0) }
            let after = gated.withUnsafeBufferPointer { EchoGate.power($0) }
            return 10 * log10(Double(after / before))
        }
    }

    @Test func whatIsHeardInSilenceIsUntouched() {
        var gate = EchoGate()
        let gains = Self.run(&gate, frames: 100, left: 0.1, heard: 0.1, played: 0)
        #expect(gains.allSatisfy { $0 == 0 })
    }

    @Test func theRestOfAnEchoIsNotHeard() {
        var gate = EchoGate()
        // A canceller that has only begun to learn, and one that has learned.
        let fresh = Self.run(&gate, frames: 20, left: 0.1, heard: 0.25, played: 0.3)
        let learned = Self.run(&gate, frames: 100, left: 0.02, heard: 0.25, played: 0.3)
        #expect((fresh.dropFirst() + learned).allSatisfy { $0 == -.infinity })
        // The echo's end, and then the room again.
        let tail = Self.run(&gate, frames: 30, left: 0.005, heard: 0.05, played: 0)
        #expect(tail.allSatisfy { $0 == -.infinity })
        #expect(Self.run(&gate, frames: 60, left: 0.1, heard: 0.1, played: 0).suffix(30).allSatisfy { $0 == 0 })
    }

    @Test func whoSpeaksWhileSomethingIsPlayedIsHeard() {
        var gate = EchoGate()
        _ = Self.run(&gate, frames: 200, left: 0.02, heard: 0.25, played: 0.3)
        let speaking = Self.run(&gate, frames: 50, left: 0.25, heard: 0.35, played: 0.3)
        // A fifth of a second late at the most.
        #expect(speaking.dropFirst(20).allSatisfy { $0 == 0 })
        let silent = Self.run(&gate, frames: 60, left: 0.02, heard: 0.25, played: 0.3)
        #expect(silent.suffix(20).allSatisfy { $0 == -.infinity })
    }
}
