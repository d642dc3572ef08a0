import AudioCore
import Foundation
import HearsayDaemon
import Phonemes
import Pipelines
import SpeakerIdentity
import Synthesis
import Tensors
import Testing

/// What came with hearsay: the voice that speaks as people, and the encoder that describes them.
@Suite struct ShippedCloneTests {
    /// A sentence as espeak-ng has it, for machines without.
    private struct OneSentence: Phonemizer {
        func phonemes(of clauses: [String], language: String) throws(PhonemeError) -> [String] {
            clauses.map { _ in
                "p_l_ˈiː_z k_ˈɔː_l s_t_ˈɛ_l_ə æ_n_d ˈæ_s_k h_ɜː t_ə b_ɹ_ˈɪ_ŋ ð_iː_z θ_ˈɪ_ŋ_z w_ɪ_ð h_ɜː f_ɹ_ʌ_m ð_ə s_t_ˈoːɹ"
            }
        }
    }

    private final class Collector: SpeechSink {
        var samples: [Float] = []

        func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) { self.samples += samples }

        func finish() throws(AudioError) {}
    }

    private let voice: NeuralVoice
    private let encoder: SpeakerEncoder
    private let frontEnd = SpeechFrontEnd(language: "en-us", phonemizer: OneSentence())

    init() throws {
        let root = RunningDaemon.root.path
        voice = try NeuralVoice.open("\(root)/Voices/kathleen", pool: try #require(ThreadPool(threads: 1)))
        encoder = try SpeakerEncoder.embedded(in: [root])
    }

    /// What an encoder hears of speech at a voice's rate.
    private func heard(_ samples: [Float]) throws -> [Float] {
        let resampler = try Resampler(from: voice.sampleRate, to: SpeakerEncoder.sampleRate)
        let room = UnsafeMutableBufferPointer<Float>.allocate(capacity: samples.count)
        defer { room.deallocate() }
        var (taken, given) = (0, 0)
        while taken < samples.count {
            let (consumed, produced) = try samples.withUnsafeBufferPointer {
                try resampler.process(
                    UnsafeBufferPointer(rebasing: $0[taken...]),
                    into: UnsafeMutableBufferPointer(rebasing: room[given...]))
            }
            (taken, given) = (taken + consumed, given + produced)
        }
        given += try resampler.finish(into: UnsafeMutableBufferPointer(rebasing: room[given...]))
        return Array(room[..<given])
    }

    private func stock(_ speaker: String) throws -> [Float] {
        let sink = Collector()
        var options = SpeechOptions()
        options.speaker = .named(speaker)
        try ReadAloudJob(.plain("Please."), voice: voice, frontEnd: frontEnd, options: options).speak(into: sink)
        return try heard(sink.samples)
    }

    @Test func theyBelongTogether() { #expect(voice.cloneEncoder == encoder.model) }

    /// The other speaker of the voice counts as a person, and the copy of her must be nearer to her than the voice that
    /// lends its phonemes.
    @Test func aCopyIsLikeThePersonAndNotLikeTheStockVoice() throws {
        let person = try encoder.embed(stock("ljspeech"))
        let sink = Collector()
        try CloneSpeaker(voice, frontEnd: frontEnd).speak(CopiedSpeech("Please."), as: person, into: sink)
        let copy = try encoder.embed(heard(sink.samples))
        let other = try encoder.embed(stock("kathleen"))
        let (near, far) = (try copy.similarity(to: person), try copy.similarity(to: other))
        #expect(near > far + 0.1 && near > 0.6, "\(near), \(far)")
    }
}
