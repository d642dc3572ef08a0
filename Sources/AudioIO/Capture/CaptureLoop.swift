import AudioCore
import CALSA
import Glibc
import Synchronization

/// One open device's recording, a step at a time: what the thread does between two looks at the clock.
///
/// Steps allocate nothing, take no lock, log nothing and count no references; that is why the shared state is reached
/// unmanaged. Whoever has the loop keeps the state alive.
struct CaptureLoop: ~Copyable {
    /// What is to happen next.
    enum Next: Equatable {
        case again
        /// The device cannot be asked before so long.
        case pause(milliseconds: Int32)
        /// The device is gone, with ALSA's error number.
        case lost(Int32)
    }

    private let device: PCMDevice
    private let configuration: PCMDevice.Configuration
    private let state: Unmanaged<CaptureState>
    private let raw: UnsafeMutableRawPointer
    private let samples: UnsafeMutablePointer<Float>
    private let played: UnsafeMutablePointer<Float>

    /// Nanoseconds of the monotonic clock.
    private var lastSound: Int
    private var lastRecovery = Int.min / 2
    /// Recoveries since sound last came.
    private var recoveries: Int32 = 0
    /// Waits in a row that promised sound and brought none.
    private var emptyPromises: Int32 = 0

    /// A broken device can ask for recovery all the time; it gets it so often, and is given up after so many in vain.
    private static let recoveryInterval = 50_000_000
    private static let mostRecoveries: Int32 = 40
    /// A sound server that hangs says nothing at all.
    private static let longestSilence = 3_000_000_000
    private static let pauseWithoutRoom: Int32 = 5
    /// How long a request to stop may have to wait.
    private static let waitMilliseconds: Int32 = 20

    init(_ device: consuming PCMDevice, state: CaptureState, now: Int) {
        configuration = device.configuration
        self.state = .passUnretained(state)
        raw = .allocate(
            byteCount: configuration.period * configuration.channels * configuration.format.bytes, alignment: 16)
        samples = .allocate(capacity: configuration.period)
        samples.initialize(repeating: 0, count: configuration.period)
        played = .allocate(capacity: configuration.period)
        played.initialize(repeating: 0, count: configuration.period)
        lastSound = now
        self.device = device
        state.reference?.discard()
        // A device that does not start now is started by the first read, or says then what is wrong with it.
        _ = self.device.startRecording()
    }

    deinit {
        raw.deallocate()
        samples.deallocate()
        played.deallocate()
    }

    /// Whether sound has come since the device was opened.
    private(set) var hasHeard = false

    /// Takes what the device has, or waits a little for it.
    ///
    /// - Parameter now: nanoseconds of the monotonic clock.
    mutating func step(now: Int) -> Next {
        let count = device.read(into: raw, count: configuration.period)
        if count > 0 {
            lastSound = now
            hasHeard = true
            recoveries = 0
            emptyPromises = 0
            // With nobody reading there is time; and a device that is no device, such as a file, would never rest.
            return take(count) ? .again : .pause(milliseconds: Self.pauseWithoutRoom)
        }
        guard count == 0 || count == -Int(EAGAIN) else {
            return recover(from: Int32(truncatingIfNeeded: count), now: now)
        }
        if now - lastSound > Self.longestSilence { return .lost(-ETIMEDOUT) }
        let waited = device.wait(milliseconds: Self.waitMilliseconds)
        if waited < 0, waited != -EINTR { return recover(from: waited, now: now) }
        emptyPromises = waited > 0 ? emptyPromises + 1 : 0
        return emptyPromises > 2 ? .pause(milliseconds: 5) : .again
    }

    private mutating func recover(from problem: Int32, now: Int) -> Next {
        guard problem == -EPIPE || problem == -ESTRPIPE || problem == -EINTR else { return .lost(problem) }
        let elapsed = now - lastRecovery
        guard elapsed >= Self.recoveryInterval else {
            return .pause(milliseconds: Int32((Self.recoveryInterval - elapsed) / 1_000_000 + 1))
        }
        lastRecovery = now
        recoveries += 1
        guard recoveries <= Self.mostRecoveries else { return .lost(problem) }
        if problem == -ESTRPIPE {
            let resumed = device.resume()
            if resumed == -EAGAIN { return .pause(milliseconds: Self.waitMilliseconds) }
            if resumed >= 0 {
                state._withUnsafeGuaranteedRef { _ = $0.wakeUps.add(1, ordering: .relaxed) }
                return .again
            }
        } else {
            state._withUnsafeGuaranteedRef { _ = $0.overruns.add(1, ordering: .relaxed) }
        }
        let prepared = device.prepare()
        guard prepared >= 0 else { return .lost(prepared) }
        _ = device.startRecording()
        return .again
    }

    /// Puts what was read into the ring; false when it found no room.
    private func take(_ count: Int) -> Bool {
        configuration.format.decode(raw, frames: count, channels: configuration.channels, into: samples)
        return state._withUnsafeGuaranteedRef { state in
            state.amplify(samples, count: count)
            state.reference?.read(played, count: count, rate: configuration.rate)
            // Both or neither, so that they stay in step; and the newest goes, because what was said first is waited for.
            guard state.heard.capacity - state.heard.count >= count else {
                state.dropped.add(count, ordering: .relaxed)
                return false
            }
            _ = state.played?.write(UnsafeBufferPointer(start: played, count: count))
            _ = state.heard.write(UnsafeBufferPointer(start: samples, count: count))
            state.news.signal()
            return true
        }
    }
}
