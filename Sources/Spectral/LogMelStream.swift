/// Log-mel frames of audio that arrives in pieces: bit for bit the frames that `LogMelSpectrogram` computes from the
/// whole before it normalises them, however the audio is cut.
///
/// Frame i is centred on sample 160 i, so it appears once sample 160 i + 199 has been appended. Frames are raw log10
/// mel power; `LogMel.normalize` finishes them with the maximum that the caller wants: `maximum` after `finish` gives
/// the reference's values exactly, any earlier maximum clamps quiet frames less (see `LogMel.normalize`).
public struct LogMelStream: Sendable {
    public var melBins: Int { computation.filterbank.bins }
    /// Samples appended.
    public private(set) var samples = 0
    /// Frames given out.
    public private(set) var frames = 0
    /// The largest raw value given out so far; −10, the smallest possible, before the first frame.
    public private(set) var maximum: Float = -10

    private let computation: LogMelFrames
    /// Samples of frames not yet given out; begins with the mirrored margin of the next frame once `isPrimed`.
    private var pending: [Float] = []
    private var isPrimed = false
    private var isFinished = false

    /// - Parameter melBins: 80, or 128 for large-v3 and its kin.
    /// - Precondition: `melBins` > 0; what comes from a file has been checked before.
    public init(melBins: Int) {
        computation = LogMelFrames(melBins: melBins)
    }

    /// Takes more audio and appends the frames that it completes to `output` (`[frames, melBins]` row by row).
    ///
    /// - Parameter samples: mono, 16 kHz, any number.
    /// - Precondition: `finish` has not been called.
    public mutating func append(_ samples: UnsafeBufferPointer<Float>, to output: inout [Float]) {
        precondition(!isFinished, "audio appended to a finished log-mel stream")
        self.samples += samples.count
        pending.append(contentsOf: samples)
        prime()
        emit(atMost: .max, to: &output)
    }

    /// Ends the audio: what is missing to the last frames is zero, as in the reference, which appends 30 s of silence
    /// and drops its frames again. In all, `samples / 160` frames have then been given out. `maximum` then covers the
    /// dropped frames that the last samples reach into as well, as the reference's does.
    public mutating func finish(to output: inout [Float]) {
        guard !isFinished else { return }
        isFinished = true
        if !isPrimed {
            extendPending(to: LogMelFraming.margin + 1)
            prime()
        }
        let hop = LogMelFraming.hopLength
        let missing = samples / hop - frames
        let reached = (samples + LogMelFraming.margin + hop - 1) / hop - frames
        extendPending(to: (reached - 1) * hop + LogMelFraming.fftSize)
        emit(atMost: missing, to: &output)
        var dropped: [Float] = []
        emit(atMost: .max, to: &dropped)
        frames = samples / hop
        pending = []
    }

    /// The mirror before sample 0 needs samples 1 ... 200.
    private mutating func prime() {
        guard !isPrimed, pending.count > LogMelFraming.margin else { return }
        pending.insert(contentsOf: pending[1...LogMelFraming.margin].reversed(), at: 0)
        isPrimed = true
    }

    private mutating func extendPending(to count: Int) {
        guard pending.count < count else { return }
        pending.append(contentsOf: repeatElement(0, count: count - pending.count))
    }

    private mutating func emit(atMost limit: Int, to output: inout [Float]) {
        guard isPrimed, limit > 0, pending.count >= LogMelFraming.fftSize else { return }
        let ready = min((pending.count - LogMelFraming.fftSize) / LogMelFraming.hopLength + 1, limit)
        let written = output.count
        output.append(contentsOf: repeatElement(0, count: ready * melBins))
        let largest = output.withUnsafeMutableBufferPointer { output in
            pending.withUnsafeBufferPointer { pending in
                // Neither is empty: there is at least one frame.
                computation.compute(
                    pending.baseAddress.unsafelyUnwrapped, frames: ready,
                    into: output.baseAddress.unsafelyUnwrapped + written)
            }
        }
        maximum = max(maximum, largest)
        frames += ready
        pending.removeFirst(ready * LogMelFraming.hopLength)
    }
}
