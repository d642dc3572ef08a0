import Foundation
import Recognition
import Spectral
import Testing
import VoiceActivity

@testable import Pipelines

/// Dictation over scripted decoders: what comes out must be in order whatever they say.
@Suite struct DictationTests {
    private func dictation(_ decoder: ScriptedDecoder, _ options: DictationOptions = DictationOptions()) -> Dictation {
        Dictation(decoder: decoder, activity: .energy, options: options)
    }

    @Test func reportsAnUtterance() throws {
        let all = "the quick brown fox jumps over".split(separator: " ").map(String.init)
        let decoder = ScriptedDecoder { request in
            let heard = min(all.count, request.mel.count / 80 / 40)
            return UtteranceHypothesis(all[min(heard, request.decided.count)..<heard].joined(separator: " "))
        }
        var dictation = dictation(decoder)
        let events = try dictation.events(of: Sound.silence(1) + Sound.speech(3) + Sound.silence(2))
        #expect(events.finals.map(\.text) == ["the quick brown fox jumps over"])
        #expect(events.written == ["the quick brown fox jumps over"])
        guard case .speechStarted(let seconds) = events.first else {
            Issue.record("\(events)")
            return
        }
        #expect(seconds > 0.5 && seconds <= 1)
        // Something is known while it is spoken, and nothing is decoded again when it has ended.
        #expect(events.contains { if case .partial(let text, _) = $0 { !text.isEmpty } else { false } })
        #expect(decoder.requests.allSatisfy { !$0.isFinal })
    }

    @Test(arguments: CommitPolicy.allCases)
    func neverTakesBackWhatItCommitted(policy: CommitPolicy) throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5 {
            let decoder = ScriptedDecoder { request in
                let seconds = Double(request.mel.count / 80) / 100
                let words = (0..<Int.random(in: 0...8, using: &random)).map { _ -> HypothesisWord in
                    let text = ["a", "new", "line", "b", ".", "scratch", "that"].randomElement(using: &random) ?? "a"
                    return HypothesisWord(
                        text: " " + text, tokens: [text.hashValue],
                        attended: Bool.random(using: &random) ? Double.random(in: 0...seconds, using: &random) : nil)
                }
                return UtteranceHypothesis(
                    words: words, language: "en", isPlausible: Int.random(in: 0..<5, using: &random) > 0)
            }
            var options = DictationOptions()
            options.policy = policy
            options.commands = Bool.random(using: &random) ? SpokenCommands(language: "en") : SpokenCommands()
            options.commands.remove(.scratch)
            var dictation = dictation(decoder, options)
            let events = try dictation.events(
                of: Sound.silence(0.6) + Sound.speech(2.5) + Sound.silence(0.8) + Sound.speech(1) + Sound.silence(0.6))
            #expect(events.finals.count == 2)
            #expect(events.written == events.finals.map(\.text))
            // Each hypothesis was asked for after what had been committed then, and that only ever grows.
            var committed = ""
            for event in events {
                switch event {
                case .committed(let text): committed += text
                case .partial(let text, _): #expect(text == committed)
                case .final: committed = ""
                default: break
                }
            }
        }
    }

    @Test func keepsTheFirstSyllable() throws {
        let decoder = ScriptedDecoder { UtteranceHypothesis($0.decided.isEmpty ? "yes" : "") }
        var dictation = dictation(decoder)
        // A soft onset that no detector takes for speech, before the loud one.
        let sound = Sound.silence(1.5) + Sound.noise(0.15, amplitude: 0.0004) + Sound.speech(1) + Sound.silence(1)
        let events = try dictation.events(of: sound)
        guard case .speechStarted(let start) = events.first, let last = decoder.requests.last else {
            Issue.record("\(events)")
            return
        }
        #expect(start <= 1.5)
        // In the decoder's frames, too: those of the onset are louder than those before, those of the speech louder yet.
        func energy(_ seconds: Range<Double>) -> Float {
            let frames = Int((seconds.lowerBound - start) * 100)..<Int((seconds.upperBound - start) * 100)
            return frames.reduce(0) { sum, frame in sum + last.mel[frame * 80..<(frame + 1) * 80].reduce(0, +) }
                / Float(frames.count)
        }
        #expect(energy(1.67..<2.5) > energy(1.52..<1.63))
        #expect(Double(last.mel.count / 80) / 100 >= 2.65 - start)
    }

    /// Seconds of silence that an utterance's end took, where the decoder says this at its first, second … hypothesis.
    private func pause(_ text: @escaping (Int) -> String) throws -> Double {
        var count = 0
        let decoder = ScriptedDecoder { request in
            count += 1
            return UtteranceHypothesis(request.decided.isEmpty ? text(count) : "")
        }
        var options = DictationOptions()
        options.pause = 0.6
        // Nothing is committed, so that each hypothesis is the whole text.
        options.policy = .alignAtt
        var dictation = dictation(decoder, options)
        let sound = Sound.silence(1) + Sound.speech(1) + Sound.silence(2)
        for start in stride(from: 0, to: sound.count, by: 160) {
            var isOver = false
            try sound[start..<start + 160].withUnsafeBufferPointer {
                try dictation.append($0) { if case .final = $0 { isOver = true } }
            }
            if isOver { return Double(start + 160) / 16_000 - 2 }
        }
        return .infinity
    }

    @Test func waitsForLessOfThePauseTheSurerTheEndIs() throws {
        let whole = try pause { "words \($0)" }
        let settled = try pause { _ in "words" }
        let sentence = try pause { _ in "words." }
        // The detector's own delay is in each of them.
        let delay = whole - 0.6
        #expect((0...0.2).contains(delay), "\(whole)")
        #expect((0.49...0.53).contains(settled - delay), "\(settled)")
        #expect((0.29...0.33).contains(sentence - delay), "\(sentence)")
    }

    /// Seconds from the end of speech to the final text, where each hypothesis takes `cost` seconds, in which sound goes on.
    private func finalDelay(cost: Double, silence: Double) throws -> Double {
        var made = 0
        let decoder = ScriptedDecoder { request in
            made += 1
            return UtteranceHypothesis(request.decided.isEmpty ? "words" : "")
        }
        var options = DictationOptions()
        options.pause = 0.35
        options.policy = .alignAtt
        var dictation = dictation(decoder, options)
        let sound = Sound.silence(silence) + Sound.speech(1) + Sound.silence(3)
        var (start, now) = (0, 0.0)
        while start < sound.count {
            let end = min(sound.count, start + 16_000, max(start + 320, Int(now * 16_000)))
            now = max(now, Double(end) / 16_000)
            let before = made
            var isOver = false
            try sound[start..<end].withUnsafeBufferPointer {
                try dictation.append($0) { if case .final = $0 { isOver = true } }
            }
            now += Double(made - before) * cost
            if isOver { return now - silence - 1 }
            start = end
        }
        return .infinity
    }

    /// A slow decoder is not asked again for what the pause, which has passed meanwhile, has answered.
    @Test func aSlowDecoderIsWaitedForOnce() throws {
        for silence in stride(from: 1.0, to: 1.4, by: 0.02) {
            let quick = try finalDelay(cost: 0.01, silence: silence)
            let slow = try finalDelay(cost: 0.25, silence: silence)
            #expect(quick < 0.45, "\(silence): \(quick)")
            // At worst one hypothesis is under way when silence begins, and one is made of all that was said.
            #expect(slow < 0.12 + 0.25 + 0.25, "\(silence): \(slow)")
        }
    }

    @Test func dropsWhatNobodySaid() throws {
        let decoder = ScriptedDecoder { _ in UtteranceHypothesis(words: [], language: "en", isPlausible: false) }
        var dictation = dictation(decoder)
        let events = try dictation.events(of: Sound.silence(1) + Sound.speech(1) + Sound.silence(1))
        #expect(events.finals.map(\.text) == [""])
        #expect(!events.contains { if case .committed = $0 { true } else { false } })
    }

    @Test func goesOnWhenAHypothesisIsGivenUp() throws {
        var count = 0
        let decoder = ScriptedDecoder { request in
            count += 1
            if !request.isFinal { throw RecognitionError(.cancelled, "newer sound") }
            return UtteranceHypothesis("done")
        }
        var dictation = dictation(decoder)
        let events = try dictation.events(of: Sound.silence(1) + Sound.speech(1) + Sound.silence(1))
        #expect(events.finals.map(\.text) == ["done"])
        #expect(count > 2)
    }

    @Test func endsWithTheSound() throws {
        let decoder = ScriptedDecoder { UtteranceHypothesis($0.decided.isEmpty ? "cut off" : "") }
        var dictation = dictation(decoder)
        #expect(try dictation.events(of: Sound.silence(1) + Sound.speech(1)).finals.map(\.text) == ["cut off"])
        // It can be used again, from the start.
        #expect(try dictation.events(of: Sound.silence(1) + Sound.speech(1)).finals.first?.start ?? 9 < 1)
    }

    /// A language of tones: each mel bin is a word, said for 0.8 s.
    private struct Tones {
        static func frequency(_ bin: Int) -> Double {
            // Slaney's scale up to 1 kHz is linear, above it logarithmic; bin centres divide 0 … 8 kHz evenly.
            let top = 15 + log(8.0) / (log(6.4) / 27)
            let mel = Double(bin + 1) * top / 81
            return mel < 15 ? mel * 200 / 3 : 1_000 * exp((mel - 15) * log(6.4) / 27)
        }

        /// Words that the frames hold, and when.
        static func words(_ mel: [Float]) -> [AlignedWord] {
            var words: [AlignedWord] = []
            var run = (bin: -1, start: 0)
            let frames = mel.count / 80
            for frame in 0...frames {
                var bin = -1
                if frame < frames {
                    let row = mel[frame * 80..<(frame + 1) * 80]
                    if let best = row.indices.max(by: { row[$0] < row[$1] }), row[best] > 0.8 {
                        bin = best - row.startIndex
                    }
                }
                guard bin != run.bin else { continue }
                if run.bin >= 0, frame - run.start >= 30 {
                    let word = Word(
                        text: " \(run.bin)", start: Double(run.start) / 100, end: Double(frame) / 100, probability: 1)
                    words.append(AlignedWord(word: word, tokens: [run.bin]))
                }
                run = (bin, frame)
            }
            return words
        }
    }

    @Test func dictatesLongerThanAWindow() throws {
        let bins = (0..<12).map { 20 + $0 * 7 % 50 }
        let decoder = ScriptedDecoder { request in
            let words = Tones.words(request.mel)
            // Whatever has been decided comes first.
            #expect(words.prefix(request.decided.count).map { $0.tokens[0] } == request.decided)
            return UtteranceHypothesis(
                words: words.dropFirst(request.decided.count).map {
                    HypothesisWord(text: $0.word.text, tokens: $0.tokens)
                }, language: "en")
        }
        // A window that is full after five words.
        decoder.windowFrames = 600
        decoder.times = { tokens, request in Array(Tones.words(request.mel).prefix(tokens.count)) }
        var options = DictationOptions()
        options.wordTimes = true
        var dictation = dictation(decoder, options)
        let sound = bins.reduce(into: Sound.silence(1)) {
            $0 += Sound.tone(0.8, frequency: Tones.frequency($1)) + Sound.noise(0.2, amplitude: 1e-7)
        }
        let events = try dictation.events(of: sound + Sound.silence(1))
        let expected = bins.map(String.init).joined(separator: " ")
        #expect(events.finals.map(\.text) == [expected])
        #expect(events.written == [expected])
        let words = events.finals.first?.words ?? []
        #expect(words.count == bins.count)
        for (index, word) in words.enumerated() {
            #expect(abs(word.start - Double(index + 1)) < 0.1, "\(word)")
        }
        #expect(decoder.requests.allSatisfy { $0.mel.count / 80 <= decoder.windowFrames })
    }
}
