import AudioCore
import Glibc
import Synchronization

/// The thread that moves samples from a ring to a device. Its loop allocates nothing, takes no lock and logs nothing;
/// it sleeps in the device's wait and, when the ring is empty, on a semaphore.
// @unchecked Sendable because the device and the two blocks belong to the thread alone once it runs, and everything
// else is atomic, a semaphore or the ring.
final class PlaybackThread: AudioThreadWork, @unchecked Sendable {
    let ring: SampleRing
    /// Signalled when samples have been written, or when the thread should look up.
    let samples = Semaphore()
    /// Signalled when samples have been taken, and at the end.
    let room = Semaphore()
    let underruns = Atomic<Int>(0)

    private let configuration: PCMDevice.Configuration
    /// Hears what is played, so that a microphone can leave it out; nil from the beginning of the thread, if another
    /// playback has it.
    private var reference: EchoReference?
    private var device: PCMDevice?
    private let block: UnsafeMutableBufferPointer<Float>
    private let encoded: UnsafeMutableRawPointer
    private let stopping = Atomic<Bool>(false)
    private let finishing = Atomic<Bool>(false)
    private let ended = Atomic<Bool>(false)
    private let problem = Atomic<Int32>(0)
    private let framesPlayed = Atomic<Int>(0)

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - capacity: samples that the ring holds at the least.
    ///   - reference: hears what is played, if no other playback has it.
    /// - Throws: ``AudioError/Code/deviceUnavailable`` when the system refuses a thread.
    init(_ device: consuming PCMDevice, capacity: Int, reference: EchoReference?) throws(AudioError) {
        self.reference = reference
        configuration = device.configuration
        self.device = consume device
        ring = SampleRing(minimumCapacity: max(capacity, 2 * configuration.period))
        block = .allocate(capacity: configuration.period)
        block.initialize(repeating: 0)
        encoded = .allocate(
            byteCount: configuration.period * configuration.channels * configuration.format.bytes, alignment: 16)
        try AudioThread.start(self, name: "hearsay-play")
    }

    deinit {
        block.deallocate()
        encoded.deallocate()
    }

    var hasEnded: Bool { ended.load(ordering: .acquiring) }
    var isStopped: Bool { stopping.load(ordering: .acquiring) }
    var secondsPlayed: Double { Double(framesPlayed.load(ordering: .relaxed)) / Double(configuration.rate) }

    /// ALSA's number of the error that ended playback.
    var failure: Int32? {
        let number = problem.load(ordering: .acquiring)
        return number == 0 ? nil : number
    }

    func stop() {
        stopping.store(true, ordering: .releasing)
        samples.signal()
    }

    /// No sample will be written any more.
    func finish() {
        finishing.store(true, ordering: .releasing)
        samples.signal()
    }

    func run() {
        // Taken out, so that the device is closed when this thread is done with it, whoever keeps this object.
        guard let opened = device.take() else { return }
        if reference?.claim(rate: configuration.rate) == false { reference = nil }
        play(on: opened)
        reference?.release()
        ended.store(true, ordering: .releasing)
        room.signal()
    }

    private func play(on device: consuming PCMDevice) {
        var written = 0
        while !isStopped {
            // In this order: what was written before finish() is seen.
            let isLast = finishing.load(ordering: .acquiring)
            let count = ring.read(into: block)
            if count > 0 {
                room.signal()
                guard give(count, to: device) else { break }
                written += count
                framesPlayed.store(max(0, written - device.delay), ordering: .relaxed)
            } else if isLast {
                finish(device)
                if !isStopped { framesPlayed.store(written, ordering: .relaxed) }
                break
            } else if !samples.waitForAll(milliseconds: 20), written > 0 {
                // The sentence may be shorter than what the device waits for before it starts.
                device.start()
                framesPlayed.store(max(0, written - device.delay), ordering: .relaxed)
            }
        }
        if isStopped { device.drop() }
    }

    /// Writes the first `count` samples of the block; false when playback ends here.
    private func give(_ count: Int, to device: borrowing PCMDevice) -> Bool {
        guard let base = block.baseAddress else { return false }
        configuration.format.encode(base, frames: count, channels: configuration.channels, into: encoded)
        let frameBytes = configuration.channels * configuration.format.bytes
        var done = 0
        while done < count {
            guard !isStopped else { return false }
            switch device.write(encoded + done * frameBytes, count: count - done) {
            case .written(let frames):
                reference?.write(UnsafeBufferPointer(start: base + done, count: frames))
                done += frames
            case .busy: device.wait(milliseconds: 100)
            case .recovered: underruns.add(1, ordering: .relaxed)
            case .failed(let number):
                problem.store(number, ordering: .releasing)
                return false
            }
        }
        return true
    }

    /// Waits until all has been heard, looking up now and then, which ALSA's own draining would not.
    private func finish(_ device: borrowing PCMDevice) {
        device.start()
        while !isStopped, device.isSounding { usleep(5_000) }
        if !isStopped { device.drain() }
    }
}
