public import AudioCore
import CSpeexDSP

/// Takes the loudspeaker's echo and steady noise out of what a microphone hears, by speexdsp, in frames of 10 ms at
/// 16 kHz.
public final class SpeechCleaner {
    /// Hz.
    public static let sampleRate = 16_000
    /// Samples that are cleaned at a time.
    public static let frameCount = 160

    private let handle: OpaquePointer
    private var heard = [Int16](repeating: 0, count: SpeechCleaner.frameCount)
    private var played = [Int16](repeating: 0, count: SpeechCleaner.frameCount)
    private var cleaned = [Int16](repeating: 0, count: SpeechCleaner.frameCount)

    /// - Parameters:
    ///   - echoTail: seconds of the longest echo to cancel, at most 1; 0 for none.
    ///   - noiseSuppression: decibels that noise is lowered by, at most 60; 0 for none.
    /// - Throws: ``AudioError/Code/cleaningUnavailable``.
    public init(echoTail: Double, noiseSuppression: Double) throws(AudioError) {
        var message = [CChar](repeating: 0, count: 256)
        guard hearsay_speexdsp_load(&message, message.count) == 0 else {
            let reason = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw AudioError(
                .cleaningUnavailable,
                "Echo and noise cannot be taken out because speexdsp is missing (\(reason)). "
                    + "Install libspeexdsp1, or switch both off.")
        }
        let tail = Int32(max(0, min(echoTail, 1)) * Double(Self.sampleRate))
        let noise = -Int32(max(0, min(noiseSuppression, 60)))
        guard let handle = hearsay_cleaner_create(Int32(Self.frameCount), tail, Int32(Self.sampleRate), noise) else {
            throw AudioError(.cleaningUnavailable, "There is no memory left to take out echo and noise.")
        }
        self.handle = handle
    }

    deinit {
        hearsay_cleaner_destroy(handle)
    }

    /// Cleans one frame in place.
    ///
    /// - Parameters:
    ///   - samples: what was heard, ``frameCount`` samples.
    ///   - far: what was played meanwhile, as many; nil for silence.
    public func clean(_ samples: UnsafeMutableBufferPointer<Float>, far: UnsafeBufferPointer<Float>? = nil) {
        precondition(samples.count == Self.frameCount && far?.count ?? Self.frameCount == Self.frameCount)
        for index in 0..<Self.frameCount {
            heard[index] = Self.int16(samples[index])
            played[index] = far.map { Self.int16($0[index]) } ?? 0
        }
        hearsay_cleaner_process(handle, heard, played, &cleaned)
        for index in 0..<Self.frameCount {
            samples[index] = Float(cleaned[index]) * 0x1p-15
        }
    }

    private static func int16(_ sample: Float) -> Int16 {
        let scaled = (sample * 0x1p15).rounded()
        return scaled >= 32_767 ? .max : scaled > -32_768 ? Int16(scaled) : scaled <= -32_768 ? .min : 0
    }
}

extension AudioError.Code {
    /// The library that takes out echo and noise is missing, or has no memory.
    public static let cleaningUnavailable = Self(rawValue: "audio.cleaning_unavailable")
}
