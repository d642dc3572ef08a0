/// Stops a source that decodes to more sound than its caller wants to pay for: 2.7 MB of Ogg can hold hours of silence.
public final class DurationLimitedReader: AudioReader {
    private let source: any AudioReader
    private let maximumSeconds: Double
    private var framesLeft: Int

    /// - Parameter maximumSeconds: the longest sound accepted, in seconds; a negative or NaN limit counts as 0.
    public init(_ source: any AudioReader, maximumSeconds: Double) {
        self.source = source
        self.maximumSeconds = maximumSeconds
        let frames = (maximumSeconds * Double(source.format.sampleRate)).rounded(.down)
        framesLeft = frames > 0 ? Int(exactly: min(frames, 0x1p52)) ?? 0 : 0
    }

    public var format: AudioFormat { source.format }
    public var frameCount: Int? { source.frameCount }
    public var damage: AudioError? { source.damage }

    /// - Throws: ``AudioError/Code/tooLong`` at the first block that passes the limit, and what the source throws.
    public func read(into samples: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
        let frames = try source.read(into: samples)
        guard frames <= framesLeft else {
            throw AudioError(
                .tooLong,
                "The audio is longer than the limit of \(maximumSeconds) s. Raise the limit or split the audio.")
        }
        framesLeft -= frames
        return frames
    }
}
