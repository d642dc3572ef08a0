import Foundation
import TestSupport
import Testing

@testable import VoiceActivity

@Suite struct NetworkTests {
    private let model: VoiceActivityModel
    private let samples: [Float]

    init() throws {
        model = try VoiceActivityModel.open(Fixture.path("tiny"))
        samples = try Fixture.tensor("expected.safetensors", "samples")
    }

    @Test func agreesWithPyTorch() throws {
        let expected = try Fixture.tensor("expected.safetensors", "probabilities")
        #expect(distance(probabilities(model, samples, pieces: samples.count), expected) < 1e-5)
    }

    @Test(arguments: [1, 159, 160, 320, 1001]) func piecesMakeNoDifference(_ size: Int) {
        let whole = probabilities(model, samples, pieces: samples.count)
        #expect(probabilities(model, samples, pieces: size) == whole)
    }

    /// Delay, half a window and the step's own length: a step's answer is there within 100 ms of its beginning.
    @Test func answersWithinATenthOfASecond() {
        var stream = VoiceActivityStream(model)
        var result: [Float] = []
        var latest = 0
        for end in stride(from: 16, through: samples.count, by: 16) {
            Array(samples[(end - 16)..<end]).withUnsafeBufferPointer { stream.append($0, into: &result) }
            latest = max(latest, end - result.count * stream.step)
        }
        #expect(latest <= 1600)
    }

    @Test func whatIsNoSoundLeavesNoTrace() {
        let damaged = [Float](repeating: .nan, count: 3200) + [.infinity, -.infinity, 3e38] + samples
        let result = probabilities(model, damaged, pieces: 512)
        #expect(result.count == (damaged.count + 319) / 320)
        #expect(result.allSatisfy { (0...1).contains($0) })
    }

    @Test func streamsOfOneModelAreIndependent() {
        var first = VoiceActivityStream(model)
        var ignored: [Float] = []
        samples.withUnsafeBufferPointer { first.append($0, into: &ignored) }
        let copy = first
        let whole = probabilities(model, samples, pieces: samples.count)
        #expect(copy.steps == first.steps)
        #expect(probabilities(model, samples, pieces: 320) == whole)
    }

    @Test func aFinishedDetectorBeginsAnew() {
        var options = VoiceActivityOptions()
        options.startThreshold = 0.2
        options.stopThreshold = 0.2
        var detector = VoiceActivityDetector(model: model, options: options)
        var events: [[VoiceActivityEvent]] = [[], []]
        for turn in 0..<2 {
            samples.withUnsafeBufferPointer { detector.append($0, into: &events[turn]) }
            #expect(detector.samples == samples.count)
            detector.finish(into: &events[turn])
        }
        #expect(events[0] == events[1])
        #expect(events[0].last == .stopped(sample: samples.count))
    }
}

@Suite struct ModelFileTests {
    private func refused(_ code: VoiceActivityError.Code, _ change: (TemporaryFolder) throws -> Void) throws {
        let folder = try TemporaryFolder()
        for name in ["voice-activity.json", "voice-activity.safetensors"] {
            try folder.write(name, try Data(contentsOf: URL(filePath: Fixture.path("tiny/\(name)"))))
        }
        try change(folder)
        let error = #expect(throws: VoiceActivityError.self) { try VoiceActivityModel.open(folder.path) }
        #expect(error?.code == code)
        #expect(error?.message.contains(folder.path) == true)
    }

    private func replace(_ old: String, _ new: String) -> (TemporaryFolder) throws -> Void {
        { folder in
            let text = try folder.text("voice-activity.json")
            #expect(text.contains(old))
            try folder.write("voice-activity.json", text.replacingOccurrences(of: old, with: new).utf8)
        }
    }

    @Test(arguments: [
        ("\"version\": 1", "\"version\": 2"), ("\"delay\": 3", "\"delay\": 51"), ("\"delay\": 3", "\"delay\": -1"),
        ("\"sample_rate\": 16000", "\"sample_rate\": 8000"), ("\"mel_scale\": 2.0", "\"mel_scale\": 0"),
        ("\"mel_floor\": -8.0", "\"mel_floor\": \"low\""), ("voice-activity.safetensors", "../secret"),
        ("hearsay-voice-activity", "something"), ("}", ""),
    ])
    func refusesConfigurations(_ old: String, _ new: String) throws {
        try refused(.configurationInvalid, replace(old, new))
    }

    @Test func refusesWhatIsMissingOrDamaged() throws {
        try refused(.unreadable) { try FileManager.default.removeItem(at: $0.url("voice-activity.json")) }
        try refused(.unreadable) { try FileManager.default.removeItem(at: $0.url("voice-activity.safetensors")) }
        try refused(.unreadable) {
            try $0.write("voice-activity.safetensors", try $0.read("voice-activity.safetensors").dropLast(8))
        }
        try refused(.tensorInvalid) {
            let weights = try $0.read("voice-activity.safetensors")
            let name = try #require(weights.firstRange(of: Data("conv2.weight".utf8)))
            try $0.write(
                "voice-activity.safetensors", weights.replacingSubrange(name, with: Data("conv9.weight".utf8)))
        }
        #expect(throws: VoiceActivityError.self) { try VoiceActivityModel.open("/nonexistent") }
    }

    @Test func refusesWeightsThatAreNoNumbers() throws {
        try refused(.tensorInvalid) {
            var weights = try $0.read("voice-activity.safetensors")
            weights.replaceSubrange(weights.count - 4..<weights.count, with: [0, 0, 0xC0, 0x7F])
            try $0.write("voice-activity.safetensors", weights)
        }
    }

    @Test func theEmbeddedModelIsTheFirstThatIsThere() throws {
        let folder = try TemporaryFolder()
        #expect(try VoiceActivityModel.embedded(in: ["/nonexistent", folder.path]) === VoiceActivityModel.energy)
        for name in ["voice-activity.json", "voice-activity.safetensors"] {
            let content = try Data(contentsOf: URL(filePath: Fixture.path("tiny/\(name)")))
            try folder.write("Models/voice-activity/\(name)", content)
        }
        let model = try VoiceActivityModel.embedded(in: ["/nonexistent", folder.path])
        #expect(model !== VoiceActivityModel.energy)
    }
}

extension Data {
    fileprivate func replacingSubrange(_ range: Range<Index>, with replacement: Data) -> Data {
        var copy = self
        copy.replaceSubrange(range, with: replacement)
        return copy
    }
}
