import Glibc
import HelperProcess
import Tensors
import TestSupport
import Testing

@testable import Phonemes

/// What the process left out.
private final class Skipped: Sendable {
    private let texts = Locked<[String]>([])

    var all: [String] { texts.withLock { $0 } }

    func add(_ text: String) { texts.withLock { $0.append(text) } }
}

@Suite(.enabled(if: BuiltProgram.path != nil, "the program is not built"))
struct PhonemizerProcessTests {
    private static let crashing = String(repeating: "s'", count: 100)

    private func process(cleans: Bool = true, _ skipped: Skipped = Skipped()) -> PhonemizerProcess {
        PhonemizerProcess(helper: .program(path: BuiltProgram.path ?? ""), cleans: cleans) { skipped.add($0) }
    }

    @Test func agreesWithTheLibrary() throws {
        let clauses = (0..<200).map { "sentence number \($0)" } + ["", "ça va", "a\u{1}b"]
        let process = process()
        process.prepare(language: "en-us")
        let expected = try EspeakPhonemizer().phonemes(of: clauses, language: "en-us")
        #expect(try process.phonemes(of: clauses, language: "en-us") == expected)
        let german = try EspeakPhonemizer().phonemes(of: ["Guten Tag"], language: "de")
        #expect(try process.phonemes(of: ["Guten Tag"], language: "DE") == german)
        #expect(try process.phonemes(of: [], language: "en-us") == [])
    }

    @Test func staysTheSameProcess() throws {
        let process = process()
        _ = try process.phonemes(of: ["one"], language: "en-us")
        let identifier = process.identifier
        _ = try process.phonemes(of: ["two"], language: "fr")
        #expect(identifier != nil && process.identifier == identifier)
    }

    @Test func refusesAnUnknownLanguageAndGoesOn() throws {
        let process = process()
        process.prepare(language: "../../etc")
        for language in ["../../etc", "xx", String(repeating: "x", count: 1 << 20)] {
            let error = #expect(throws: PhonemeError.self) { _ = try process.phonemes(of: ["a"], language: language) }
            #expect(error?.code == .languageUnsupported)
        }
        #expect(try process.phonemes(of: ["a"], language: "en") == ["ˈeɪ"])
    }

    /// What ends espeak-ng 1.51 loses nothing of what stands around it, with the cut of long words and without.
    @Test func survivesWhatBreaksEspeak() throws {
        let clauses = ["before it", "the \(Self.crashing) word", "after it"]
        let skipped = Skipped()
        let careful = try process(skipped).phonemes(of: clauses, language: "en-us")
        let broken = try process(cleans: false, skipped).phonemes(of: clauses, language: "en-us")
        let around = try EspeakPhonemizer().phonemes(of: [clauses[0], clauses[2]], language: "en-us")
        for phonemes in [careful, broken] {
            #expect([phonemes[0], phonemes[2]] == around)
            #expect(phonemes[1].hasPrefix("ð_") && phonemes[1].hasSuffix(" w_ˈɜː_d"))
            #expect(phonemes[1].contains("ˈɛ_s"))
        }
        #expect(skipped.all.isEmpty)
    }

    @Test(arguments: [SIGKILL, SIGSTOP, SIGSEGV])
    func survivesItsHelper(signal: Int32) throws {
        let process = process()
        let expected = try process.phonemes(of: ["one two three"], language: "en-us")
        let identifier = try #require(process.identifier)
        kill(identifier, signal)
        #expect(try process.phonemes(of: ["one two three"], language: "en-us") == expected)
        #expect(process.identifier != identifier)
        // Nobody is left: it has been waited for.
        #expect(waitpid(identifier, nil, WNOHANG) == -1 && errno == ECHILD)
    }

    @Test func saysWhatIsWrongWithTheHelper() throws {
        let missing = PhonemizerProcess(helper: .program(path: "/nonexistent/program"))
        let error = #expect(throws: PhonemeError.self) { _ = try missing.phonemes(of: ["a"], language: "en") }
        #expect(error?.code == .phonemizerFailed)
        let silent = PhonemizerProcess(helper: .program(path: "/bin/true"))
        let other = #expect(throws: PhonemeError.self) { _ = try silent.phonemes(of: ["a b c"], language: "en") }
        #expect(other?.code == .phonemizerFailed)
    }

    /// It can neither connect, nor write, nor start anything, and has nothing of ours open.
    @Test func confinesItself() throws {
        let ours = open("/dev/null", O_RDONLY)
        defer { close(ours) }
        let process = process()
        _ = try process.phonemes(of: ["one"], language: "en-us")
        let folder = "/proc/\(try #require(process.identifier))"
        let file = try #require(fopen("\(folder)/status", "r"))
        defer { fclose(file) }
        var status: [UInt8] = []
        while case let byte = getc(file), byte != EOF { status.append(UInt8(byte)) }
        let text = String(decoding: status, as: UTF8.self)
        #expect(text.contains("NoNewPrivs:\t1\n"))
        #expect(text.contains("Seccomp:\t2\n"))
        for descriptor in 0..<64 {
            #expect((access("\(folder)/fd/\(descriptor)", F_OK) == 0) == (descriptor < 3), "\(descriptor)")
        }
    }

    @Test func leavesNoProcess() throws {
        var process: PhonemizerProcess? = process()
        _ = try process?.phonemes(of: ["one"], language: "en-us")
        let identifier = try #require(process?.identifier)
        process = nil
        #expect(kill(identifier, 0) == -1 && errno == ESRCH)
    }

    @Test(arguments: [
        ("one two three", "one two", " three"), ("ab", "a", "b"), (" ab", " ", "ab"), ("aaaa b", "aaaa", " b"),
    ])
    func halvesAtASpace(text: String, first: String, second: String) throws {
        let halves = try #require(PhonemizerProcess.halves(of: text))
        #expect(halves == (first, second))
    }
}

@Suite struct PhonemizerMessageTests {
    @Test func readsWhatItWrites() throws {
        let request = PhonemizerMessage.Request(
            language: "en-us", clauses: ["", "ä", "long \(String(repeating: "x", count: 300))"])
        let bytes = PhonemizerMessage.encode(request)
        #expect(HelperFrame.payloadCount(bytes[..<4]) == bytes.count - 4)
        #expect(PhonemizerMessage.decodeRequest(bytes[4...]) == request)
        for reply in [PhonemizerMessage.Reply.phonemes("a"), .espeakMissing(""), .languageUnsupported("ö")] {
            #expect(PhonemizerMessage.decodeReply(PhonemizerMessage.encode(reply)[4...]) == reply)
        }
    }

    @Test func refusesDamage() {
        let bytes = PhonemizerMessage.encode(.init(language: "en-us", clauses: ["one", "two"]))
        for count in 4..<bytes.count { #expect(PhonemizerMessage.decodeRequest(bytes[4..<count]) == nil) }
        #expect(PhonemizerMessage.decodeRequest(bytes[4...] + [0]) == nil)
        #expect(HelperFrame.payloadCount([0xFF, 0xFF, 0xFF, 0xFF]) == nil)
        #expect(HelperFrame.payloadCount([1, 0, 0]) == nil)
        #expect(PhonemizerMessage.decodeReply([]) == nil)
        #expect(PhonemizerMessage.decodeReply([9, 65]) == nil)
    }
}
