import AudioCore
import Glibc
import Synchronization
import Testing

@testable import AudioIO

/// The recording loop against a device that misbehaves by script, on a virtual clock.
@Suite struct CaptureLoopTests {
    private struct Outcome {
        var samples: [Float] = []
        var lost: Int32?
        var pauses: [Int32] = []
        var steps = 0
    }

    /// Runs the loop until the device is lost or has said everything.
    private func run(_ device: FakePCM, state: CaptureState) -> Outcome {
        var outcome = Outcome()
        var loop = CaptureLoop(device.device(), state: state, now: device.clock)
        var block = [Float](repeating: 0, count: 512)
        while !device.hasEnded, outcome.lost == nil {
            outcome.steps += 1
            device.clock += 10_000
            switch loop.step(now: device.clock) {
            case .again: break
            case .pause(let milliseconds):
                outcome.pauses.append(milliseconds)
                device.clock += Int(milliseconds) * 1_000_000
            case .lost(let problem): outcome.lost = problem
            }
            while true {
                let count = block.withUnsafeMutableBufferPointer { state.heard.read(into: $0) }
                if count == 0 { break }
                outcome.samples += block[..<count]
            }
        }
        return outcome
    }

    private func makeState(seconds: Double = 1) -> CaptureState {
        CaptureState(seconds: seconds, rate: 16_000, reference: nil)
    }

    private func counts(_ count: Int) -> [Float] {
        (0..<count).map { Float($0 & 0x7FFF) * 0x1p-15 }
    }

    @Test func bringsTheDeviceBackAfterAnOverrun() {
        let state = makeState()
        let device = FakePCM([.frames(320), .error(-EPIPE), .error(-EAGAIN), .frames(100)])
        let outcome = run(device, state: state)
        #expect(outcome.lost == nil)
        #expect(outcome.samples == counts(420))
        #expect(device.recoveries.count == 1)
        #expect(state.overruns.load(ordering: .relaxed) == 1)
        #expect(device.isClosed)
    }

    @Test func wakesASleepingDeviceUp() {
        let state = makeState()
        let device = FakePCM([.error(-ESTRPIPE), .error(-ESTRPIPE), .error(-ESTRPIPE), .error(-ESTRPIPE), .frames(10)])
        device.resumeAnswers = [0, -EAGAIN]
        let outcome = run(device, state: state)
        #expect(outcome.lost == nil)
        #expect(outcome.samples.count == 10)
        #expect(state.wakeUps.load(ordering: .relaxed) == 1)
        #expect(state.overruns.load(ordering: .relaxed) == 0)
    }

    @Test func preparesADeviceThatCannotResume() {
        let device = FakePCM([.error(-ESTRPIPE), .frames(10)])
        device.resumeAnswers = [-ENOSYS]
        #expect(run(device, state: makeState()).samples.count == 10)
        #expect(device.recoveries.count == 2)
    }

    @Test(arguments: [-ENODEV, -EIO, -EBADFD, -ENOTTY])
    func givesALostDeviceUp(problem: Int32) {
        let device = FakePCM([.frames(5), .error(problem), .frames(5)])
        let outcome = run(device, state: makeState())
        #expect(outcome.lost == problem)
        #expect(outcome.samples.count == 5)
        #expect(device.isClosed)
    }

    @Test func givesADeviceUpThatOnlyOverruns() {
        let device = FakePCM([FakePCM.Answer](repeating: .error(-EPIPE), count: 1_000))
        #expect(run(device, state: makeState()).lost == -EPIPE)
        #expect(device.recoveries.count <= 40)
    }

    @Test func givesADeviceUpThatSaysNothing() {
        let device = FakePCM([FakePCM.Answer](repeating: .error(-EAGAIN), count: 1_000))
        #expect(run(device, state: makeState()).lost == -ETIMEDOUT)
        #expect(device.clock > 3_000_000_000 && device.clock < 3_200_000_000)
    }

    @Test func keepsWhatWasSaidFirstWhenNobodyReads() {
        let state = makeState(seconds: 0.5)
        let device = FakePCM([FakePCM.Answer](repeating: .frames(320), count: 100))
        var loop = CaptureLoop(device.device(), state: state, now: 0)
        while !device.hasEnded { _ = loop.step(now: device.clock) }
        var samples = [Float](repeating: -1, count: 32_000)
        let count = samples.withUnsafeMutableBufferPointer { state.heard.read(into: $0) }
        #expect(count + state.dropped.load(ordering: .relaxed) == 32_000)
        #expect(count >= 7_680 && Array(samples[..<count]) == counts(count))
    }

    @Test func appliesTheGainAndMeasures() {
        let state = makeState()
        state.gain.store(Float(2).bitPattern, ordering: .relaxed)
        let device = FakePCM([.frames(320)])
        #expect(run(device, state: state).samples == counts(320).map { 2 * $0 })
        #expect(state.level.peak == 2 * 319 * 0x1p-15)
        #expect(state.level.rms > 0 && state.level.rms < state.level.peak)
    }

    @Test func survivesWhateverADeviceAnswers() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<10_000 {
            let script = (0..<Int.random(in: 1...30, using: &random)).map { _ -> FakePCM.Answer in
                switch Int.random(in: 0..<10, using: &random) {
                case 0: .error(-EPIPE)
                case 1: .error(-ESTRPIPE)
                case 2: .error(-EAGAIN)
                case 3: .error([-EINTR, -EIO, -ENODEV, -EBADFD].randomElement(using: &random) ?? -EIO)
                case 4: .frames(0)
                default: .frames(Int.random(in: 1...320, using: &random))
                }
            }
            let device = FakePCM(script)
            device.resumeAnswers = (0..<30).map { _ in [0, -EAGAIN, -ENOSYS].randomElement(using: &random) ?? 0 }
            let outcome = run(device, state: makeState())
            // In order and without a gap that the device did not make.
            guard outcome.samples == counts(device.samplesGiven) else {
                Issue.record("samples out of order: \(script)")
                return
            }
            // Never more than 20 a second: two share an attempt when resuming fails and preparing follows.
            let attempts = device.recoveries.reduce(into: [Int]()) { if $0.last != $1 { $0.append($1) } }
            guard zip(attempts, attempts.dropFirst()).allSatisfy({ $1 - $0 >= 50_000_000 }) else {
                Issue.record("too many recoveries: \(script)")
                return
            }
            // An overrun is dealt with within 100 ms, however often it comes.
            guard outcome.pauses.allSatisfy({ $0 <= 100 }), device.isClosed else {
                Issue.record("waited too long or left open: \(script)")
                return
            }
        }
    }

    /// Devices for the thread, one after the other; nil is one that does not open.
    private final class Devices: @unchecked Sendable {
        // @unchecked Sendable because only one thread opens devices at a time.
        var devices: [FakePCM?]
        let opened = Atomic<Int>(0)

        init(_ devices: [FakePCM?]) {
            self.devices = devices
        }

        func open() throws(AudioError) -> PCMDevice {
            let index = opened.add(1, ordering: .relaxed).oldValue
            guard index < devices.count, let device = devices[index] else {
                throw AudioError(.deviceUnavailable, "gone")
            }
            return device.device()
        }
    }

    @Test func waitsForADeviceThatWentAway() throws {
        let devices = Devices([FakePCM([.frames(200), .error(-ENODEV)]), nil, nil, FakePCM([.frames(100)])])
        let capture = try AudioCapture(
            CaptureOptions(), reference: nil, patience: .init(first: 0.001, longest: 0.002)
        ) { () throws(AudioError) in try devices.open() }
        var samples = [Float](repeating: 0, count: 300)
        var count = 0
        while count < 300 {
            count += try samples.withUnsafeMutableBufferPointer {
                try capture.read(into: UnsafeMutableBufferPointer(rebasing: $0[count...]), timeout: 1_000)
            }
        }
        #expect(samples[..<200].elementsEqual(counts(200)) && samples[200...].elementsEqual(counts(100)))
        #expect(capture.losses == 1)
        #expect(devices.opened.load(ordering: .relaxed) == 4)
        #expect(capture.status == .listening)
        capture.stop()
        while !capture.hasEnded { usleep(1_000) }
        #expect(capture.status == .stopped)
        #expect(devices.devices[3]?.isClosed == true)
    }

    @Test func saysThatItWaitsAndStopsThen() throws {
        let devices = Devices([])
        var options = CaptureOptions()
        let open = { @Sendable () throws(AudioError) in try devices.open() }
        #expect(throws: AudioError.self) {
            try AudioCapture(options, reference: nil, patience: .init(), open: open)
        }
        options.waitsForDevice = true
        let capture = try AudioCapture(options, reference: nil, patience: .init(first: 60, longest: 60), open: open)
        while capture.status == .opening { usleep(1_000) }
        guard case .waitingForDevice(let reason) = capture.status else {
            Issue.record("\(capture.status)")
            return
        }
        #expect(!reason.isEmpty)
        capture.stop()
        while !capture.hasEnded { usleep(1_000) }
    }
}
