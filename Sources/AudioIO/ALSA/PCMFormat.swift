import CALSA

/// How a device takes samples, in the order of preference: 16 bits say all that a voice has to say, and every device
/// and every file has them.
enum PCMFormat: CaseIterable {
    case int16, int32, float32

    var alsa: snd_pcm_format_t {
        switch self {
        case .int16: SND_PCM_FORMAT_S16_LE
        case .int32: SND_PCM_FORMAT_S32_LE
        case .float32: SND_PCM_FORMAT_FLOAT_LE
        }
    }

    var bytes: Int { self == .int16 ? 2 : 4 }

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
        }
    }

    @inline(__always)
    private static func spread<Sample: Numeric & BitwiseCopyable>(
        _ samples: UnsafePointer<Float>, _ frames: Int, _ channels: Int, _ output: UnsafeMutableRawPointer,
        _ convert: (Float) -> Sample
    ) {
        let target = output.assumingMemoryBound(to: Sample.self)
        for frame in 0..<frames {
            let sample = convert(samples[frame])
            let first = target + frame * channels
            for channel in 0..<channels { first[channel] = channel < 2 ? sample : 0 }
        }
    }
}

extension Float {
    /// The value within ±`limit`; NaN becomes 0.
    fileprivate func clamped(to limit: Float) -> Float {
        self > limit ? limit : self > -limit ? self : self <= -limit ? -limit : 0
    }
}
