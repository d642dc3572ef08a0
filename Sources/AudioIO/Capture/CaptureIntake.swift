import AudioCore
import Synchronization

/// The reader's side of a recording: from the device's rate to 16 kHz, and through the cleaner.
///
/// It belongs to the one thread that reads.
final class CaptureIntake {
    private let state: CaptureState
    private let cleaner: SpeechCleaner?
    private var gate = EchoGate()
    private var heard: RateConverter
    private var played: RateConverter
    private let block: UnsafeMutableBufferPointer<Float>
    /// 16 kHz samples that are ready but not cleaned yet: fewer than a frame after each read.
    private var heardReady: [Float] = []
    private var playedReady: [Float] = []
    /// Samples to be given, from `next` on.
    private var ready: [Float] = []
    private var next = 0

    /// - Throws: ``AudioError/Code/cleaningUnavailable``.
    init(_ state: CaptureState, _ options: CaptureOptions) throws(AudioError) {
        self.state = state
        let cancels = state.reference != nil
        cleaner =
            cancels || options.noiseSuppression > 0
            ? try SpeechCleaner(
                echoTail: cancels ? options.echoTail : 0, noiseSuppression: options.noiseSuppression)
            : nil
        heard = RateConverter()
        played = RateConverter()
        block = .allocate(capacity: 1_600)
        block.initialize(repeating: 0)
    }

    deinit {
        block.deallocate()
    }

    /// Reads what there is, up to what `samples` holds.
    func read(into samples: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
        var count = 0
        while count < samples.count {
            if next == ready.count {
                ready.removeAll(keepingCapacity: true)
                next = 0
                guard try refill() else { break }
            }
            let taken = min(ready.count - next, samples.count - count)
            for index in 0..<taken { samples[count + index] = ready[next + index] }
            next += taken
            count += taken
        }
        return count
    }

    /// Takes a block out of the ring; false when there was none.
    private func refill() throws(AudioError) -> Bool {
        let count = state.heard.read(into: block)
        guard count > 0 else { return false }
        // After the samples: they were written after their rate.
        let rate = state.rate.load(ordering: .acquiring)
        guard let cleaner else {
            try heard.convert(UnsafeBufferPointer(rebasing: block[..<count]), from: rate, into: &ready)
            return true
        }
        try heard.convert(UnsafeBufferPointer(rebasing: block[..<count]), from: rate, into: &heardReady)
        if let ring = state.played {
            let part = UnsafeMutableBufferPointer(rebasing: block[..<count])
            let playedCount = ring.read(into: part)
            try played.convert(UnsafeBufferPointer(rebasing: part[..<playedCount]), from: rate, into: &playedReady)
        }
        clean(with: cleaner)
        return true
    }

    private func clean(with cleaner: SpeechCleaner) {
        let frame = SpeechCleaner.frameCount
        var start = 0
        while heardReady.count - start >= frame {
            let far = playedReady.count - start >= frame ? playedReady[start..<start + frame] : nil
            heardReady.withUnsafeMutableBufferPointer { heard in
                let part = UnsafeMutableBufferPointer(rebasing: heard[start..<start + frame])
                if let far {
                    let heardPower = EchoGate.power(UnsafeBufferPointer(part))
                    far.withUnsafeBufferPointer { far in
                        cleaner.clean(part, far: far)
                        gate.apply(to: part, heardPower: heardPower, playedPower: EchoGate.power(far))
                    }
                } else {
                    cleaner.clean(part)
                }
            }
            ready += heardReady[start..<start + frame]
            start += frame
        }
        heardReady.removeFirst(start)
        playedReady.removeFirst(min(start, playedReady.count))
    }
}

/// Mono samples of any rate, which may change, to 16 kHz.
private struct RateConverter {
    private var resampler: Resampler?
    private var output = [Float](repeating: 0, count: 4_096)

    mutating func convert(
        _ samples: UnsafeBufferPointer<Float>, from rate: Int, into result: inout [Float]
    ) throws(AudioError) {
        guard rate != AudioCapture.sampleRate else {
            resampler = nil
            result += samples
            return
        }
        if resampler?.inputRate != rate { resampler = try Resampler(from: rate, to: AudioCapture.sampleRate) }
        guard let resampler else { return }
        var rest = samples
        while !rest.isEmpty {
            let input = rest
            let step = try output.withUnsafeMutableBufferPointer { buffer throws(AudioError) in
                try resampler.process(input, into: buffer)
            }
            result += output[..<step.produced]
            rest = UnsafeBufferPointer(rebasing: rest[step.consumed...])
        }
    }
}
