import Foundation
import Recognition
import TestSupport

@testable import JobStore

extension TemporaryFolder {
    var store: String { path + "/jobs" }

    /// A file that can be added; nobody decodes it.
    func recording(_ name: String = "a.wav") throws -> String {
        try write(name, Array(name.utf8))
    }

    func request(_ name: String = "a.wav", priority: Int = 0) throws -> JobRequest {
        JobRequest(path: try recording(name), priority: priority)
    }
}

/// What a window could have given.
func window(_ number: Int, text: String? = nil) -> JobWindow {
    let segment = Segment(
        id: number, seek: number * 3_000, start: Double(number) * 30, end: Double(number) * 30 + 0.1 + 0.2,
        text: text ?? " window \(number)\u{0} ö", tokens: [50_364, number, 50_365], temperature: 0.1 + 0.2,
        averageLogProbability: -.infinity, compressionRatio: 1 / 3, noSpeechProbability: 1e-30,
        words: [Word(text: " w", start: 0.1, end: 0.7, probability: 0.3)])
    let summary = WindowSummary(
        start: Double(number) * 30, end: Double(number + 1) * 30, temperature: 0, noSpeechProbability: 0.5,
        isSkipped: false)
    return JobWindow(summary: summary, segments: [segment])
}

func cursor(_ windows: Int) -> TranscriptionCursor {
    TranscriptionCursor(language: "en", clip: 0, seek: windows * 3_000, promptStart: windows, lastSpeech: 0.1 + 0.2)
}

extension JobStore {
    func commit(_ number: Int, of id: Int64) throws {
        try commit(
            [window(number)], from: number, cursor: cursor(number + 1), seconds: Double(number + 1) * 30,
            totalSeconds: 95, of: id)
    }
}

/// Numbers that look random and are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A store that can be closed and opened again, as when a program ends.
final class OpenStore {
    struct Closed: Error {}

    private var opened: JobStore?
    private let folder: String

    init(_ folder: String) throws {
        self.folder = folder
        opened = try JobStore(folder: folder)
    }

    var store: JobStore {
        get throws {
            guard let opened else { throw Closed() }
            return opened
        }
    }

    func reopen() throws {
        opened = nil
        opened = try JobStore(folder: folder)
    }
}
