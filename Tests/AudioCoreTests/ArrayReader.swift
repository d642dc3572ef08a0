import AudioCore

/// A reader over samples in memory, which gives at most `blockFrames` frames at a time.
final class ArrayReader: AudioReader {
    let format: AudioFormat
    let frameCount: Int?
    private let samples: [Float]
    private let blockFrames: Int
    private var position = 0

    init(_ samples: [Float], rate: Int, channels: Int = 1, blockFrames: Int = 1_000_003) throws {
        format = try AudioFormat(sampleRate: rate, channels: channels)
        frameCount = samples.count / channels
        self.samples = samples
        self.blockFrames = blockFrames
    }

    func read(into output: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
        let frames = min(blockFrames, output.count / format.channels, samples.count / format.channels - position)
        for i in 0..<(frames * format.channels) {
            output[i] = samples[position * format.channels + i]
        }
        position += frames
        return frames
    }
}

extension MonoStream {
    /// Everything that is left, read through a buffer of `chunk` samples.
    func readAll(chunk: Int = 4_096) throws -> [Float] {
        var all: [Float] = []
        var buffer = [Float](repeating: .nan, count: chunk)
        while true {
            let count = try buffer.withUnsafeMutableBufferPointer { buffer throws(AudioError) in
                try read(into: buffer)
            }
            all += buffer[..<count]
            if count < chunk { return all }
        }
    }
}
