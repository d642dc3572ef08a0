import AudioCore
import Glibc
import Synchronization

/// Opens a device, records from it, and opens it again when it has gone away, until it is told to stop.
// @unchecked Sendable because the first device is handed over once, before the thread runs; all else is immutable or
// made for sharing.
final class CaptureThread: AudioThreadWork, @unchecked Sendable {
    /// Seconds between two attempts to open a device: the first, and the longest.
    struct Patience: Sendable {
        var first = 0.5
        var longest = 10.0
    }

    private let state: CaptureState
    private let patience: Patience
    private let open: @Sendable () throws(AudioError) -> PCMDevice
    private var firstDevice: PCMDevice?

    /// - Parameters:
    ///   - device: open already; nil to begin with waiting.
    ///   - open: opens it again.
    init(
        _ device: consuming PCMDevice?, state: CaptureState, patience: Patience = Patience(),
        open: @escaping @Sendable () throws(AudioError) -> PCMDevice
    ) {
        firstDevice = consume device
        self.state = state
        self.patience = patience
        self.open = open
    }

    func run() {
        var pause = patience.first
        var device = firstDevice.take()
        while !isStopping {
            guard let opened = device.take() else {
                if let again = reopen() {
                    device = consume again
                } else {
                    state.control.waitForAll(milliseconds: Int(pause * 1_000))
                    pause = min(2 * pause, patience.longest)
                }
                continue
            }
            let (problem, hasHeard) = record(from: opened)
            if hasHeard { pause = patience.first }
            guard !isStopping else { break }
            state.losses.add(1, ordering: .relaxed)
            state.enter(.waiting, problem: problem)
            state.control.waitForAll(milliseconds: Int(pause * 1_000))
            if !hasHeard { pause = min(2 * pause, patience.longest) }
        }
        state.enter(.stopped)
    }

    private var isStopping: Bool { state.isStopping.load(ordering: .acquiring) }

    /// Records until the device is lost or the recording is stopped; the device is closed then.
    private func record(from device: consuming PCMDevice) -> (problem: Int32, hasHeard: Bool) {
        var loop = CaptureLoop(device, state: state, now: Self.now)
        state.enter(.listening)
        while !isStopping {
            switch loop.step(now: Self.now) {
            case .again: break
            case .pause(let milliseconds): state.control.waitForAll(milliseconds: Int(milliseconds))
            case .lost(let problem): return (problem, loop.hasHeard)
            }
        }
        return (0, loop.hasHeard)
    }

    private func reopen() -> PCMDevice? {
        let device: PCMDevice
        do {
            device = try open()
        } catch {
            state.enter(.waiting, problem: -ENODEV)
            return nil
        }
        // Another rate may only be said when all samples of the old one have been taken.
        let rate = device.configuration.rate
        while rate != state.rate.load(ordering: .relaxed), state.heard.count > 0, !isStopping {
            state.control.waitForAll(milliseconds: 20)
        }
        state.rate.store(rate, ordering: .releasing)
        return device
    }

    private static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
