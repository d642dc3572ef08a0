import CSoxr

/// A streaming band-limited sample-rate converter: libsoxr's HQ recipe (linear phase, 20 bits, passband to 0.913 of
/// the lower Nyquist frequency).
///
/// The output has `round(inputFrames × outputRate / inputRate)` frames, without delay: sample n sounds at
/// n / outputRate seconds. One resampler belongs to one stream.
public final class Resampler {
    public let inputRate: Int
    public let outputRate: Int
    public let channels: Int
    private let handle: OpaquePointer

    /// - Parameters:
    ///   - inputRate: Hz of what comes in.
    ///   - outputRate: Hz of what goes out.
    ///   - channels: interleaved channels of both.
    /// - Throws: ``AudioError/Code/rateUnsupported``, ``AudioError/Code/channelsUnsupported`` or
    ///   ``AudioError/Code/resampleFailed``.
    public init(from inputRate: Int, to outputRate: Int, channels: Int = 1) throws(AudioError) {
        let input = try AudioFormat(sampleRate: inputRate, channels: channels)
        let output = try AudioFormat(sampleRate: outputRate, channels: channels)
        var failure: soxr_error_t?
        var quality = soxr_quality_spec(UInt(SOXR_20_BITQ), 0)
        let handle = soxr_create(
            Double(input.sampleRate), Double(output.sampleRate), UInt32(channels), &failure, nil, &quality, nil)
        guard let handle, failure == nil else {
            throw Self.failed("start", inputRate, outputRate, failure)
        }
        self.handle = handle
        self.inputRate = inputRate
        self.outputRate = outputRate
        self.channels = channels
    }

    deinit {
        soxr_delete(handle)
    }

    /// Takes what it can of `input` and gives what is ready.
    ///
    /// - Parameters:
    ///   - input: interleaved samples, `[frames, channels]`; must not be empty.
    ///   - output: room for interleaved samples, `[frames, channels]`.
    /// - Returns: frames taken from `input` and frames written to `output`; both may be fewer than offered.
    public func process(
        _ input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>
    ) throws(AudioError) -> (consumed: Int, produced: Int) {
        var consumed = 0
        var produced = 0
        let failure = soxr_process(
            handle, input.baseAddress, input.count / channels, &consumed,
            output.baseAddress, output.count / channels, &produced)
        guard failure == nil else { throw Self.failed("continue", inputRate, outputRate, failure) }
        return (consumed, produced)
    }

    /// Gives what is left once all input has been taken; no input may follow.
    ///
    /// - Returns: frames written; 0 when everything has been given.
    public func finish(into output: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
        var produced = 0
        let failure = soxr_process(
            handle, nil, 0, nil, output.baseAddress, output.count / channels, &produced)
        guard failure == nil else { throw Self.failed("finish", inputRate, outputRate, failure) }
        return produced
    }

    private static func failed(_ step: String, _ from: Int, _ to: Int, _ reason: soxr_error_t?) -> AudioError {
        let reason = reason.map { String(cString: $0) } ?? "no reason given"
        return AudioError(.resampleFailed, "Could not \(step) resampling from \(from) Hz to \(to) Hz: \(reason).")
    }
}
