import AudioCore
import Synchronization

/// What the recording thread and everybody else share: the ring of mono samples at the device's rate, and counters.
final class CaptureState: Sendable {
    /// Numbers of ``status``.
    enum Phase: Int32 {
        case opening, listening, waiting, stopped
    }

    let heard: SampleRing
    /// As many samples as ``heard`` has, of what was played meanwhile; nil without echo cancellation.
    let played: SampleRing?
    let reference: EchoReference?
    /// Signalled when samples have been written or the phase has changed.
    let news = Semaphore()
    /// Signalled when the thread should look up.
    let control = Semaphore()
    /// Hz of what is in the rings.
    let rate: Atomic<Int>
    let isStopping = Atomic<Bool>(false)
    /// Linear factor.
    let gain = Atomic<UInt32>(Float(1).bitPattern)

    private let phaseNumber = Atomic<Int32>(Phase.opening.rawValue)
    /// ALSA's number of the error that the device went away with.
    private let problem = Atomic<Int32>(0)
    private let peak = Atomic<UInt32>(0)
    private let meanSquare = Atomic<UInt32>(0)
    /// Samples that found no room, because nobody read.
    let dropped = Atomic<Int>(0)
    /// Times that the device had overrun.
    let overruns = Atomic<Int>(0)
    let wakeUps = Atomic<Int>(0)
    let losses = Atomic<Int>(0)

    init(seconds: Double, rate: Int, reference: EchoReference?) {
        let capacity = Int(max(0.5, min(seconds, 600)) * Double(rate))
        self.rate = Atomic(rate)
        heard = SampleRing(minimumCapacity: capacity)
        played = reference == nil ? nil : SampleRing(minimumCapacity: capacity)
        self.reference = reference
    }

    var phase: Phase { Phase(rawValue: phaseNumber.load(ordering: .acquiring)) ?? .stopped }
    var lastProblem: Int32 { problem.load(ordering: .acquiring) }

    func enter(_ phase: Phase, problem: Int32 = 0) {
        self.problem.store(problem, ordering: .relaxed)
        phaseNumber.store(phase.rawValue, ordering: .releasing)
        news.signal()
    }

    var level: SoundLevel {
        SoundLevel(
            peak: Float(bitPattern: peak.load(ordering: .relaxed)),
            rms: Float(bitPattern: meanSquare.load(ordering: .relaxed)).squareRoot())
    }

    /// Applies the gain to samples in place and measures them.
    @inline(__always)
    func amplify(_ samples: UnsafeMutablePointer<Float>, count: Int) {
        let gain = Float(bitPattern: gain.load(ordering: .relaxed))
        var largest: Float = 0
        var sum: Float = 0
        for index in 0..<count {
            let sample = samples[index] * gain
            samples[index] = sample
            largest = max(largest, sample.magnitude)
            sum += sample * sample
        }
        let rate = Float(rate.load(ordering: .relaxed))
        // How much of the past is left after this block: the mean fades in 0.1 s, the peak in a second.
        let fade = min(1, Float(count) / (0.1 * rate))
        let mean = Float(bitPattern: meanSquare.load(ordering: .relaxed))
        meanSquare.store((mean + (sum / Float(count) - mean) * fade).bitPattern, ordering: .relaxed)
        let held = Float(bitPattern: peak.load(ordering: .relaxed)) * max(0, 1 - Float(count) / rate)
        peak.store(max(held, largest).bitPattern, ordering: .relaxed)
    }
}
