/// Any reader as one channel at one rate, ready for the spectral front end.
///
/// Channels are averaged with equal weight (for stereo the reference's downmix), then resampled with ``Resampler``.
/// Samples that cannot be sound are replaced by 0 and counted, because one NaN in a frame would reach every frame
/// through the normalisation's maximum.
public final class MonoStream {
    /// Largest magnitude taken for sound. Float files may pass ±1, and some hold integers up to 2³¹ unscaled; beyond
    /// that the power spectrum of a frame would overflow.
    public static let largestPlausibleSample: Float = 0x1p31

    /// Hz of the output.
    public let sampleRate: Int
    /// Input samples (of any channel) that were NaN, infinite or beyond ``largestPlausibleSample``, so far.
    public private(set) var replacedSamples = 0
    /// Input frames read so far, at the source's rate.
    public private(set) var framesRead = 0

    private let reader: any AudioReader
    private let resampler: Resampler?
    /// Interleaved input, then (from the start of the same memory) its mono form.
    private let block: UnsafeMutableBufferPointer<Float>
    private var pending = 0..<0
    private var inputEnded = false

    private static let framesPerBlock = 4_096

    /// - Parameters:
    ///   - reader: the source; this stream is its only reader from now on.
    ///   - sampleRate: Hz of the output.
    /// - Throws: ``AudioError/Code/rateUnsupported`` for an output rate outside the supported ones, and
    ///   ``AudioError/Code/resampleFailed``.
    public init(_ reader: any AudioReader, sampleRate: Int = 16_000) throws(AudioError) {
        let input = reader.format
        self.reader = reader
        self.sampleRate = try AudioFormat(sampleRate: sampleRate, channels: 1).sampleRate
        resampler = input.sampleRate == sampleRate ? nil : try Resampler(from: input.sampleRate, to: sampleRate)
        block = .allocate(capacity: Self.framesPerBlock * input.channels)
    }

    deinit {
        block.deallocate()
    }

    /// Seconds of the source that have been read so far.
    public var secondsRead: Double {
        Double(framesRead) / Double(reader.format.sampleRate)
    }

    /// Seconds that the source claims to last, or nil where it does not say; not to be trusted.
    public var claimedSeconds: Double? {
        reader.frameCount.map { Double($0) / Double(reader.format.sampleRate) }
    }

    /// Why the source ended before its proper end, once it has.
    public var damage: AudioError? { reader.damage }

    /// Fills `output` with mono samples.
    ///
    /// - Returns: samples written: all that `output` holds, fewer only at the end of the stream, then 0.
    /// - Throws: what the reader throws.
    public func read(into output: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
        var produced = 0
        while produced < output.count {
            if pending.isEmpty && !inputEnded {
                try refill()
            }
            let room = UnsafeMutableBufferPointer(rebasing: output[produced...])
            let written = try drain(into: room)
            produced += written
            if written == 0 && inputEnded { break }
        }
        return produced
    }

    private func refill() throws(AudioError) {
        let frames = try reader.read(into: block)
        framesRead += frames
        inputEnded = frames == 0
        downmix(frames)
        pending = 0..<frames
    }

    /// Moves samples from the block, or what the resampler still holds after the last block, to `output`.
    private func drain(into output: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
        guard let resampler else {
            let count = min(pending.count, output.count)
            _ = output.update(fromContentsOf: block[pending.lowerBound..<pending.lowerBound + count])
            pending = pending.lowerBound + count..<pending.upperBound
            return count
        }
        guard !inputEnded else { return try resampler.finish(into: output) }
        let step = try resampler.process(UnsafeBufferPointer(rebasing: block[pending]), into: output)
        pending = pending.lowerBound + step.consumed..<pending.upperBound
        return step.produced
    }

    /// Replaces the `frames` interleaved frames in the block by their mean over channels, in place: what is written
    /// never passes what is still to be read.
    private func downmix(_ frames: Int) {
        let channels = reader.format.channels
        var replaced = 0
        let scale = 1 / Float(channels)
        for frame in 0..<frames {
            var sum: Float = 0
            for channel in 0..<channels {
                let sample = block[frame * channels + channel]
                // The comparison is false for NaN.
                if sample.magnitude <= Self.largestPlausibleSample {
                    sum += sample
                } else {
                    replaced += 1
                }
            }
            let mean = sum * scale
            // Denormals are silence, but make every later multiplication many times slower.
            block[frame] = mean.magnitude < .leastNormalMagnitude ? 0 : mean
        }
        replacedSamples += replaced
    }
}
