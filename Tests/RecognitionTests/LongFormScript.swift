import Foundation

@testable import Recognition

/// A recognizer that returns scripted results in the order of its calls and remembers what it was asked.
final class ScriptedRecognizer: WindowRecognizer {
    struct Call: Equatable {
        var window: SpeechWindow
        var prompt: [Int]
        var temperature: Double
    }

    private(set) var calls: [Call] = []
    private(set) var encodedBatches: [[SpeechWindow]] = []
    private var alignments: [[WordTiming]]
    private let script: (_ call: Int, Call) -> DecodingResult?

    init(alignments: [[WordTiming]] = [], script: @escaping (_ call: Int, Call) -> DecodingResult?) {
        self.alignments = alignments.reversed()
        self.script = script
    }

    func encode(_ windows: [SpeechWindow]) throws {
        encodedBatches.append(windows)
    }

    func decode(_ requests: [DecodingRequest], temperature: Double) throws -> [DecodingResult] {
        try requests.map { request in
            let window = encodedBatches[encodedBatches.count - 1][request.window]
            let call = Call(window: window, prompt: request.prompt, temperature: temperature)
            calls.append(call)
            guard var result = script(calls.count - 1, call) else { throw ScriptError.exhausted }
            result.temperature = temperature
            return result
        }
    }

    func alignWords(window: Int, textTokens: [Int]) throws -> [WordTiming] {
        guard let alignment = alignments.popLast() else { throw ScriptError.exhausted }
        return alignment
    }

    enum ScriptError: Error { case exhausted }
}

/// A recording of a given number of frames with given energies.
final class ScriptedMelSource: MelWindowSource {
    let frames: Int
    let melBins: Int
    private let energy: (Int) -> Float
    private(set) var releasedBefore = 0
    private(set) var readBeforeRelease = true

    init(frames: Int, melBins: Int = 2, energy: @escaping (Int) -> Float = { _ in 0 }) {
        self.frames = frames
        self.melBins = melBins
        self.energy = energy
    }

    func loadedFrames(through frame: Int) throws -> Int { min(frame, frames) }

    func copyFrames(from: Int, count: Int, into buffer: UnsafeMutableBufferPointer<Float>) throws {
        if from < releasedBefore || from + count > frames { readBeforeRelease = false }
        for index in 0..<count * melBins {
            buffer[index] = energy(from + index / melBins)
        }
    }

    func release(before frame: Int) { releasedBefore = max(releasedBefore, frame) }
}
