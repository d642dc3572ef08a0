import Glibc
import Testing

@testable import Phonemes

/// A voice must be asked in the symbols that it was trained with: `Training/hearsay_training/phonemes.py` writes them for
/// training, this module for speaking.
@Suite(.enabled(if: TrainingScript.isPresent, "python3 or libespeak-ng is not installed"))
struct TrainingAgreementTests {
    private static let sentences = [
        "Printing, in the only sense with which we are at present concerned, differs from most if not from all the arts.",
        "\"What is it?\" he asked; nobody answered!",
        "The world's first book — a Bible — was printed there: it took years.",
        "Author of the danger trail, Philip Steels, et cetera.",
        "Not at this particular case, Tom, apologized Whittemore.",
        "Will we ever forget it? I don't think so...",
        "He's a re-elected vice-president of the co-operative; isn't he?",
        "A garçon brought the café's crème brûlée to Zoë and François.",
        "They read the lead article aloud, and lead the way; we live, and the live wires hum.",
        "The extraordinary encyclopaedia, unfortunately, was indistinguishable from its predecessors.",
    ]

    @Test func writesWhatTheVoiceHasLearnt() throws {
        let theirs = TrainingScript.phonemes(of: Self.sentences)
        let frontEnd = SpeechFrontEnd(language: "en-us", phonemizer: try EspeakPhonemizer())
        try #require(theirs.count == Self.sentences.count)
        for (text, theirs) in zip(Self.sentences, theirs) {
            var sentences = frontEnd.sentences(of: text)
            var ours: [String] = []
            while let sentence = try sentences.next() {
                ours += sentence.phonemes.map { "\($0.symbol)\t\($0.stress)" }
            }
            // A text may be several sentences to us.
            let inside = { (symbols: [String]) in symbols.filter { $0 != "^\t0" && $0 != "$\t0" } }
            #expect(inside(ours) == inside(theirs), "\(text)")
        }
    }
}

private enum TrainingScript {
    static let isPresent =
        system("python3 -c 'import ctypes; ctypes.CDLL(\"libespeak-ng.so.1\")' >/dev/null 2>&1") == 0

    /// Symbols and stresses of each sentence.
    static func phonemes(of sentences: [String]) -> [[String]] {
        let folder = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/Training"
        let program = """
            import sys
            sys.path.insert(0, sys.argv[1])
            from hearsay_training import phonemes
            for text in sys.argv[2:]:
                print('\\v'.join(f'{s}\\t{k}' for s, k in phonemes.sentence(text)))
            """
        let words = ["python3", "-c", program, folder] + sentences
        let quoted = words.map { "'" + $0.replacing("'", with: "'\\''") + "'" }.joined(separator: " ")
        guard let pipe = popen("PYTHONDONTWRITEBYTECODE=1 PYTHONIOENCODING=utf-8 \(quoted)", "r") else { return [] }
        defer { pclose(pipe) }
        var bytes: [UInt8] = []
        while case let byte = getc(pipe), byte != EOF { bytes.append(UInt8(byte)) }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: "\u{B}", omittingEmptySubsequences: false).map(String.init)
        }
    }
}
