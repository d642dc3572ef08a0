import Foundation
import Glibc
import HelperProcess
import TestSupport
import Testing

@testable import Phonemes

/// Sound of espeak-ng against that of the program of the same name.
@Suite(.enabled(if: BuiltProgram.path != nil, "the program is not built"))
struct EspeakSpeakerTests {
    private static let program = "/usr/bin/espeak-ng"
    private static let crashing = String(repeating: "s'", count: 100)
    private static let limit = 300 * EspeakSpeaker.sampleRate

    private func speaker(cleans: Bool = true) -> EspeakSpeaker {
        EspeakSpeaker(helper: .program(path: BuiltProgram.path ?? ""), cleans: cleans)
    }

    /// What the program writes with these options, without the pause behind the last sentence.
    private func reference(_ text: String, _ options: [String]) throws -> [Int16] {
        let folder = try TemporaryFolder()
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        let path = folder.url("sound.wav").path
        let child = try Child(
            [Self.program, "-z", "-w", path] + options + [text], environment: [:], input: nothing, output: nothing,
            errors: nothing)
        #expect(child.wait() == .exit(0))
        let bytes = [UInt8](try #require(WAV.sound(of: try folder.read("sound.wav"))))
        return stride(from: 0, to: bytes.count - 1, by: 2).map {
            Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
        }
    }

    @Test(
        .enabled(if: access(EspeakSpeakerTests.program, X_OK) == 0, "no espeak-ng"),
        arguments: [
            ("en-us", "Hello, world. Three 3s.", EspeakManner.usual),
            ("de", "Guten Tag, dies ist ein Versuch mit 3 Zahlen.", .usual),
            ("fr", "Ça va bien ?", EspeakManner(wordsPerMinute: 300, pitch: 80, range: 50)),
            ("en-us", "As fast as it gets.", EspeakManner(wordsPerMinute: 700, pitch: 0, range: 50)),
        ])
    func soundsAsTheProgramDoes(language: String, text: String, manner: EspeakManner) throws {
        let options = ["-v", language, "-s", "\(manner.wordsPerMinute)", "-p", "\(manner.pitch)"]
        let expected = try reference(text, options)
        #expect(expected.count > 5_000)
        for _ in 0..<2 {
            #expect(
                try speaker().samples(of: text, language: language, manner: manner, limit: Self.limit) == expected)
        }
        // The program has no option for the range of pitch, which changes nothing else.
        let monotone = EspeakManner(wordsPerMinute: manner.wordsPerMinute, pitch: manner.pitch, range: 0)
        let flat = try speaker().samples(of: text, language: language, manner: monotone, limit: Self.limit)
        #expect(flat != expected && abs(flat.count - expected.count) < expected.count / 10)
    }

    /// What ends espeak-ng 1.51 costs the one text, and not even that where long words are cut.
    @Test func whatBreaksItIsOneFailure() throws {
        let careless = speaker(cleans: false)
        let hello = try careless.samples(of: "Hello.", language: "en-us", manner: .usual, limit: Self.limit)
        let error = #expect(throws: PhonemeError.self) {
            try careless.samples(of: Self.crashing, language: "en-us", manner: .usual, limit: Self.limit)
        }
        #expect(error?.code == .speakerFailed)
        #expect(try careless.samples(of: "Hello.", language: "en-us", manner: .usual, limit: Self.limit) == hello)
        let cut = try speaker().samples(of: Self.crashing, language: "en-us", manner: .usual, limit: Self.limit)
        #expect(cut.count > hello.count)
    }

    @Test func refusesWhatItCannotSay() throws {
        for language in ["../../etc", "xx", "", String(repeating: "x", count: 1 << 17)] {
            let error = #expect(throws: PhonemeError.self) {
                try speaker().samples(of: "a", language: language, manner: .usual, limit: Self.limit)
            }
            #expect(error?.code == .languageUnsupported)
        }
        let error = #expect(throws: PhonemeError.self) {
            try speaker().samples(of: "Too long.", language: "en-us", manner: .usual, limit: 1_000)
        }
        #expect(error?.code == .soundTooLong)
        let silence = try speaker().samples(of: "", language: "en-us", manner: .usual, limit: Self.limit)
        #expect(silence.count < EspeakSpeaker.sampleRate)
    }

    @Test func commandsAndPhonemesInTheTextAreText() throws {
        let plain = try speaker().samples(of: "a 9 b", language: "en-us", manner: .usual, limit: Self.limit)
        let command = try speaker().samples(of: "a\u{1}9 b", language: "en-us", manner: .usual, limit: Self.limit)
        #expect(command == plain)
    }

    @Test func knowsItsLanguages() throws {
        #expect(try speaker().languages() == EspeakPhonemizer().languages)
    }

    @Test func anythingElseThanAReplyIsAFailure() {
        let error = #expect(throws: PhonemeError.self) {
            try EspeakSpeaker(helper: .program(path: "/bin/false")).languages()
        }
        #expect(error?.code == .speakerFailed)
    }
}
