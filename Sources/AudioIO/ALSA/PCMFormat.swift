import CALSA

/// How a device takes or gives samples, in the order of preference: 16 bits say all that a voice has to say, and every
/// device and every file has them.
enum PCMFormat: CaseIterable {
    case int16, int32, float32
    /// 24 bits in three bytes.
    case int24Packed
    /// 24 bits in the lower three of four bytes.
    case int24

    var alsa: snd_pcm_format_t {
        switch self {
        case .int16: SND_PCM_FORMAT_S16_LE
        case .int32: SND_PCM_FORMAT_S32_LE
        case .float32: SND_PCM_FORMAT_FLOAT_LE
        case .int24Packed: SND_PCM_FORMAT_S24_3LE
        case .int24: SND_PCM_FORMAT_S24_LE
        }
    }

    var bytes: Int {
        switch self {
        case .int16: 2
        case .int24Packed: 3
        case .int32, .float32, .int24: 4
        }
    }

    /// Writes `frames` mono samples as interleaved frames: the first two channels get the sample, all others silence.
    ///
    /// - Parameter output: room for `frames · channels · bytes`. Nothing is allocated.
    func encode(
        _ samples: UnsafePointer<Float>, frames: Int, channels: Int, into output: UnsafeMutableRawPointer
    ) {
        switch self {
        case .int16:
            Self.spread(samples, frames, channels, output) { Int16(($0 * 0x1p15).rounded().clamped(to: 0x1p15 - 1)) }
        case .int32:
            // The largest float below 2³¹ is 2³¹ − 128.
            Self.spread(samples, frames, channels, output) { Int32(($0 * 0x1p31).rounded().clamped(to: 0x1p31 - 128)) }
        case .float32:
            Self.spread(samples, frames, channels, output) { $0.clamped(to: 1) }
        case .int24Packed:
            Self.spread(samples, frames, channels, output) { Int24(Self.int24($0)) }
        case .int24:
            Self.spread(samples, frames, channels, output) { Self.int24($0) }
        }
    }

    /// Reads interleaved frames as mono samples, the mean of the channels, full scale being ±1.
    ///
    /// - Parameters:
    ///   - input: `frames · channels · bytes` bytes.
    ///   - samples: room for `frames`. Nothing is allocated. What is not finite becomes silence.
    func decode(
        _ input: UnsafeRawPointer, frames: Int, channels: Int, into samples: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .int16: Self.mix(input, frames, channels, samples) { (sample: Int16) in Float(sample) * 0x1p-15 }
        case .int32: Self.mix(input, frames, channels, samples) { (sample: Int32) in Float(sample) * 0x1p-31 }
        case .float32: Self.mix(input, frames, channels, samples) { (sample: Float) in sample.clamped(to: 0x1p31) }
        case .int24Packed: Self.mix(input, frames, channels, samples) { (sample: Int24) in sample.unit }
        case .int24:
            // The top byte need not continue the sign.
            Self.mix(input, frames, channels, samples) { (sample: Int32) in Float(sample << 8) * 0x1p-31 }
        }
    }

    private static func int24(_ sample: Float) -> Int32 {
        Int32((sample * 0x1p23).rounded().clamped(to: 0x1p23 - 1))
    }

    @inline(__always)
    private static func spread<Sample: Silent & BitwiseCopyable>(
        _ samples: UnsafePointer<Float>, _ frames: Int, _ channels: Int, _ output: UnsafeMutableRawPointer,
        _ convert: (Float) -> Sample
    ) {
        let target = output.assumingMemoryBound(to: Sample.self)
        for frame in 0..<frames {
            let sample = convert(samples[frame])
            let first = target + frame * channels
            for channel in 0..<channels { first[channel] = channel < 2 ? sample : .silence }
        }
    }

    @inline(__always)
    private static func mix<Sample: BitwiseCopyable>(
        _ input: UnsafeRawPointer, _ frames: Int, _ channels: Int, _ samples: UnsafeMutablePointer<Float>,
        _ convert: (Sample) -> Float
    ) {
        let source = input.assumingMemoryBound(to: Sample.self)
        let scale = 1 / Float(channels)
        for frame in 0..<frames {
            let first = source + frame * channels
            var sum: Float = 0
            for channel in 0..<channels { sum += convert(first[channel]) }
            samples[frame] = sum * scale
        }
    }
}

/// Three bytes, the least significant first.
private struct Int24: BitwiseCopyable {
    private let low: UInt8
    private let middle: UInt8
    private let high: UInt8

    init(_ value: Int32) {
        low = UInt8(truncatingIfNeeded: value)
        middle = UInt8(truncatingIfNeeded: value >> 8)
        high = UInt8(truncatingIfNeeded: value >> 16)
    }

    /// The value, full scale being ±1.
    var unit: Float { Float(Int32(low) << 8 | Int32(middle) << 16 | Int32(high) << 24) * 0x1p-31 }
}

private protocol Silent {
    static var silence: Self { get }
}

extension Int16: Silent { fileprivate static var silence: Int16 { 0 } }
extension Int32: Silent { fileprivate static var silence: Int32 { 0 } }
extension Float: Silent { fileprivate static var silence: Float { 0 } }
extension Int24: Silent { static var silence: Int24 { Int24(0) } }

extension Float {
    /// The value within ±`limit`; NaN becomes 0.
    fileprivate func clamped(to limit: Float) -> Float {
        self > limit ? limit : self > -limit ? self : self <= -limit ? -limit : 0
    }
}
