import AudioCore
import Foundation
import Recognition
import TestSupport

@testable import Pipelines

/// A recogniser made of a closure.
struct FakeRecognizer: SpeechRecognizer, Sendable {
    typealias Body = @Sendable (any MelWindowSource, (TranscriptionEvent) throws -> Void) throws -> Void

    var melBins = 80
    var windowFrames = 3_000
    var warnings: [String] = []
    /// What is wrong with the options, whatever they are.
    var refusal: RecognitionError?
    /// Hears of the options that it is called with.
    var inspect: @Sendable (TranscriptionOptions) -> Void = { _ in }
    let body: Body

    init(_ body: @escaping Body) {
        self.body = body
    }

    func validate(_ options: TranscriptionOptions) throws {
        if let refusal { throw refusal }
    }

    func transcribe(
        _ source: any MelWindowSource, options: TranscriptionOptions, resuming checkpoint: TranscriptionCheckpoint?,
        onEvent: (TranscriptionEvent) throws -> Void
    ) throws -> Transcript {
        inspect(options)
        try body(source, onEvent)
        return Transcript(language: "en", duration: 0, text: "", segments: [])
    }

    /// Walks through the recording in windows of 30 s, as the engine does.
    static let walker = FakeRecognizer { source, onEvent in
        var seek = 0
        while true {
            let end = try source.loadedFrames(through: seek + 3_000)
            guard end > seek else { return }
            _ = try source.window(from: seek, count: end - seek)
            seek = end
            source.release(before: seek)
            try onEvent(.progress(seconds: Double(seek) / 100))
        }
    }
}

extension MelWindowSource {
    /// Frames `[count, 80]`.
    func window(from: Int, count: Int) throws -> [Float] {
        var values = [Float](repeating: .nan, count: count * 80)
        try values.withUnsafeMutableBufferPointer { try copyFrames(from: from, count: count, into: $0) }
        return values
    }

    /// The whole recording, `[frames, 80]`.
    func everything() throws -> [Float] {
        try window(from: 0, count: try loadedFrames(through: 1 << 40))
    }
}

/// Sound that is computed as it is read: a tone that swells and fades, loudest in its last quarter.
final class SwellReader: AudioReader {
    let format: AudioFormat
    let frameCount: Int?
    private var position = 0
    private let total: Int

    init(seconds: Int) throws(AudioError) {
        format = try AudioFormat(sampleRate: 16_000, channels: 1)
        total = seconds * 16_000
        frameCount = total
    }

    static func sample(_ n: Int, of total: Int) -> Int16 {
        let envelope = n * 4 < total * 3 ? 500 : 20_000
        // A sawtooth needs no sine per sample.
        return Int16((n * 37 % 1_000 - 500) * envelope / 500)
    }

    func read(into samples: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
        let count = min(samples.count, total - position)
        for i in 0..<count {
            samples[i] = Float(Self.sample(position + i, of: total)) / 32_768
        }
        position += count
        return count
    }
}

extension TemporaryFolder {
    /// The swelling tone as a 16-bit WAV file at 16 kHz.
    func wav(samples: Int) throws -> String {
        let sound = (0..<samples).map { SwellReader.sample($0, of: samples).littleEndian }
        return try write("swell.wav", sound.withUnsafeBytes { WAV.file($0) })
    }
}
