internal import AudioCore
internal import AudioIO
internal import WireProtocol

/// PCM of audio events as mono samples, piece by piece.
final class PCMConverter {
    static let sampleRate = 16_000

    private let format: WireAudioFormat
    private let encoding: PCMEncoding
    private let resampler: Resampler?

    /// - Parameter rate: Hz of the samples.
    /// - Throws: `AudioError` for formats that cannot be resampled.
    init(_ format: WireAudioFormat, to rate: Int = PCMConverter.sampleRate) throws(AudioError) {
        self.format = format
        encoding =
            switch format.width {
            case 1: .u8
            case 2: .s16le
            case 3: .s24le
            default: .s32le
            }
        resampler = format.rate == rate ? nil : try Resampler(from: format.rate, to: rate)
    }

    /// - Parameter audio: whole frames.
    func convert(_ audio: [UInt8]) throws(AudioError) -> [Float] {
        let frames = audio.count / format.bytesPerFrame
        var interleaved = [Float](repeating: 0, count: frames * format.channels)
        interleaved.withUnsafeMutableBufferPointer { samples in
            audio.withUnsafeBytes { encoding.decode($0, into: samples) }
        }
        let mono =
            format.channels == 1
            ? interleaved
            : (0..<frames).map { frame in
                let range = frame * format.channels..<(frame + 1) * format.channels
                return interleaved[range].reduce(0, +) / Float(format.channels)
            }
        guard let resampler else { return mono }
        return try resample(mono, resampler)
    }

    private func resample(_ mono: [Float], _ resampler: Resampler) throws(AudioError) -> [Float] {
        var result: [Float] = []
        var output = [Float](repeating: 0, count: 8_192)
        var consumed = 0
        while consumed < mono.count {
            let step = try output.withUnsafeMutableBufferPointer { output throws(AudioError) in
                try mono.withUnsafeBufferPointer { input throws(AudioError) in
                    try resampler.process(UnsafeBufferPointer(rebasing: input[consumed...]), into: output)
                }
            }
            consumed += step.consumed
            result += output[..<step.produced]
            guard step.consumed > 0 || step.produced > 0 else { break }
        }
        return result
    }
}
