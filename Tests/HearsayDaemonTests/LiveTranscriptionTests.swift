import Pipelines
import Recognition
import Synchronization
import Testing
import VoiceActivity
import WireProtocol

@testable import HearsayDaemon

/// Transcripts that begin before their sound has ended.
struct LiveTranscriptionTests {
    /// Hears a word in each half second.
    private final class Counter: UtteranceDecoding {
        let melBins = 80
        let windowFrames = 3_000
        let mostDecidedTokens = 10_000

        func decode(_ request: UtteranceRequest, shouldStop: () -> Bool) throws -> UtteranceHypothesis {
            let count = request.mel.count / melBins / 50
            let words = (0..<count).map { HypothesisWord(text: " w\($0)", tokens: [$0]) }
            return UtteranceHypothesis(words: Array(words.dropFirst(request.decided.count)), language: "en")
        }

        func wordTimes(of tokens: [Int], language: String) throws -> [AlignedWord] { [] }
    }

    private final class Client: Sendable {
        let events = Mutex<[WireEvent]>([])

        func texts() throws -> [String] {
            try events.withLock { $0 }.filter { $0.type == TranscriptChunk.type }.map { try TranscriptChunk($0).text }
        }
    }

    private let client = Client()

    private func transcription() -> LiveTranscription {
        LiveTranscription(
            context: nil,
            make: { Dictation(decoder: Counter(), activity: .energy) },
            send: { [client] event in client.events.withLock { $0.append(event) } })
    }

    private static func sound(_ seconds: Double, amplitude: Float) -> [Float] {
        var state: UInt64 = 7
        return (0..<Int(seconds * 16_000)).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31 * amplitude
        }
    }

    @Test func textComesBeforeTheSoundIsOver() async throws {
        let live = transcription()
        live.append(Self.sound(0.5, amplitude: 1e-4) + Self.sound(2, amplitude: 0.3))
        for _ in 0..<600 where try client.texts().isEmpty { try await Task.sleep(for: .milliseconds(50)) }
        #expect(client.events.withLock { $0.first?.type } == TranscriptStart.type)
        #expect(try !client.texts().isEmpty)
        live.append(Self.sound(0.5, amplitude: 0.3) + Self.sound(1, amplitude: 1e-4))
        #expect(try await live.finish())
        let types = client.events.withLock { $0.map(\.type) }
        #expect(types.suffix(2) == [WireTranscript.type, TranscriptStop.type])
        let whole = try client.events.withLock { try WireTranscript($0[$0.count - 2]) }
        #expect(try client.texts().joined() == whole.text)
        #expect(whole.text.hasPrefix("w0 w1 w2"))
    }

    @Test func soundThatComesAtOnceIsLeftToOthers() async throws {
        let live = transcription()
        live.append(Self.sound(10, amplitude: 0.3))
        #expect(try await !live.finish())
        #expect(client.events.withLock { $0.isEmpty })
    }

    @Test func soundWithoutCertainWordsIsLeftToOthers() async throws {
        let live = transcription()
        live.append(Self.sound(1, amplitude: 1e-4))
        #expect(try await !live.finish())
        #expect(client.events.withLock { $0.isEmpty })
    }
}
