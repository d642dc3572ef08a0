import AudioCore
import AudioIO
import Spectral
import StrictJSON

enum FrontEnd {
    static let sampleRate = 16_000

    /// The first `seconds` of a file as mono samples at 16 kHz, fewer when it is shorter.
    static func samples(of path: String, seconds: Int) throws -> [Float] {
        let stream = try MonoStream(AudioFile.open(path), sampleRate: sampleRate)
        return try [Float](unsafeUninitializedCapacity: seconds * sampleRate) { buffer, count in
            buffer.initialize(repeating: 0)
            count = try stream.read(into: buffer)
        }
    }

    /// A whole file through decoding, resampling and the log-mel stream, in pieces of 30 s that are then dropped, as a
    /// transcription drops them.
    static func pass(_ path: String) throws -> Answer {
        let (timing, frames) = try time { () throws -> Int in
            let stream = try MonoStream(AudioFile.open(path), sampleRate: sampleRate)
            var spectrogram = LogMelStream(melBins: 80)
            var block = [Float](repeating: 0, count: 30 * sampleRate)
            var frames: [Float] = []
            while true {
                let count = try block.withUnsafeMutableBufferPointer { try stream.read(into: $0) }
                guard count > 0 else { break }
                block.withUnsafeBufferPointer {
                    spectrogram.append(UnsafeBufferPointer(rebasing: $0[..<count]), to: &frames)
                }
                frames.removeAll(keepingCapacity: true)
            }
            spectrogram.finish(to: &frames)
            return spectrogram.frames
        }
        let seconds = Double(frames) / 100
        return timing.answer + [
            ("audio_seconds", .number(seconds)), ("real_time_factor", .number(timing.wall / 1e3 / max(seconds, 0.01))),
        ] + ProcessMemory.answer()
    }
}
