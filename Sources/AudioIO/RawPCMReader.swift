public import AudioCore

/// Headerless PCM from a descriptor: a pipe, a socket, or standard input.
public final class RawPCMReader: AudioReader {
    public let format: AudioFormat
    public let encoding: PCMEncoding
    public private(set) var damage: AudioError?
    /// A pipe does not say how much will come.
    public var frameCount: Int? { nil }

    private let descriptor: Int32
    private let bytesPerFrame: Int
    private let buffer: UnsafeMutableRawBufferPointer
    /// Bytes at the front of the buffer that have been read from the descriptor but not given out: reads end anywhere,
    /// also in the middle of a sample.
    private var held = 0
    private var ended = false

    private static let framesPerRead = 4_096

    /// - Parameters:
    ///   - fileDescriptor: open for reading, and staying so while this reader lives; not closed by it.
    ///   - rate: frames per second, in Hz.
    ///   - channels: interleaved channels.
    ///   - encoding: how each sample is stored.
    /// - Throws: ``AudioError/Code/rateUnsupported`` or ``AudioError/Code/channelsUnsupported``.
    public init(fileDescriptor: Int32, rate: Int, channels: Int, encoding: PCMEncoding) throws(AudioError) {
        format = try AudioFormat(sampleRate: rate, channels: channels)
        self.encoding = encoding
        descriptor = fileDescriptor
        bytesPerFrame = channels * encoding.bytesPerSample
        buffer = .allocate(byteCount: Self.framesPerRead * bytesPerFrame, alignment: 16)
    }

    deinit {
        buffer.deallocate()
    }

    /// Waits for at least one whole frame. A frame cut off by the end of the stream is dropped, and noted as damage.
    ///
    /// - Throws: ``AudioError/Code/readFailed`` or ``AudioError/Code/cancelled``.
    public func read(into samples: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
        try fill()
        let frames = min(held / bytesPerFrame, samples.count / format.channels)
        let taken = frames * bytesPerFrame
        let decoded = UnsafeMutableBufferPointer(rebasing: samples[..<(frames * format.channels)])
        encoding.decode(UnsafeRawBufferPointer(buffer), into: decoded)
        let rest = UnsafeRawBufferPointer(rebasing: buffer[taken..<held])
        buffer.copyMemory(from: rest)
        held -= taken
        return frames
    }

    private func fill() throws(AudioError) {
        while held < bytesPerFrame && !ended {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[held...])
            let count = try Descriptor.waitAndRead(descriptor, into: room, name: "raw PCM")
            held += count
            ended = count == 0
        }
        if ended && held > 0 && held < bytesPerFrame {
            damage = AudioError(
                .formatDamaged,
                "The raw PCM ended with \(held) of the \(bytesPerFrame) bytes of a frame. "
                    + "Check the encoding and the number of channels.")
        }
    }
}
