import AudioCore

/// Closes while nothing but the rest of an echo is heard: a canceller leaves enough of a voice to be taken for somebody
/// who speaks.
///
/// While the loudspeaker plays, the gate opens only for sound of which the canceller took little away: an echo loses most
/// of itself, a voice in the room does not. While nothing is played it is open.
struct EchoGate: Sendable {
    /// Frames of 10 ms for which an echo may go on after what was played: the tail, and what lies in buffers.
    private static let hold = 50
    /// Power of what is played that is heard at all, full scale being 1: −60 dB.
    private static let audible: Float = 1e-6
    /// Part of the power that must be left for the gate to open, and below which it closes: −4 and −8 dB.
    private static let opening: Float = 0.4
    private static let closing: Float = 0.16
    /// Frames in a row that say so; many while the canceller has not yet learned what the room does.
    private static let openingFrames = 10
    private static let earlyOpeningFrames = 50
    /// Frames of played sound from which the canceller learns.
    private static let learningFrames = 200
    private static let closingFrames = 8
    /// Weight of a new frame in the smoothed powers: about 80 ms.
    private static let weight: Float = 0.12
    private var heard: Float = 0
    private var left: Float = 0
    /// Frames for which an echo must still be expected.
    private var expected = 0
    /// Frames in which something was played so far.
    private var lessons = 0
    /// Frames in a row that speak for the other state.
    private var votes = 0
    private(set) var isOpen = true
    private var gain: Float = 1

    /// Applies the gate to a frame.
    ///
    /// - Parameters:
    ///   - frame: 10 ms after the canceller, changed in place.
    ///   - heardPower: mean square of the frame before the canceller.
    ///   - playedPower: mean square of what was played meanwhile.
    mutating func apply(to frame: UnsafeMutableBufferPointer<Float>, heardPower: Float, playedPower: Float) {
        if playedPower > Self.audible {
            // What is played first has nothing to be compared with yet.
            if expected == 0 { (isOpen, votes) = (false, 0) }
            expected = Self.hold
            lessons += 1
        } else if expected > 0 {
            expected -= 1
        }
        heard += (heardPower - heard) * Self.weight
        left += (Self.power(UnsafeBufferPointer(frame)) - left) * Self.weight
        decide()
        // Nothing at all: in a silent room even −80 dB of a voice sounds like one.
        let target: Float = isOpen ? 1 : 0
        let step = (target - gain) / Float(max(1, frame.count))
        for index in frame.indices {
            gain += step
            frame[index] *= gain
        }
        gain = target
    }

    static func power(_ samples: UnsafeBufferPointer<Float>) -> Float {
        samples.isEmpty ? 0 : samples.reduce(0) { $0 + $1 * $1 } / Float(samples.count)
    }

    private mutating func decide() {
        guard expected > 0 else {
            (isOpen, votes) = (true, 0)
            return
        }
        let isAgainst = isOpen ? left < heard * Self.closing : left > heard * Self.opening && heard > Self.audible
        votes = isAgainst ? votes + 1 : 0
        let opening = lessons < Self.learningFrames ? Self.earlyOpeningFrames : Self.openingFrames
        if votes >= (isOpen ? Self.closingFrames : opening) { (isOpen, votes) = (!isOpen, 0) }
    }
}
