import Foundation
import Testing

@testable import Recognition

private let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Models/hearsay-en").path

/// The recogniser that comes with the program, as the engine reads it.
@Suite(
    .enabled(
        if: FileManager.default.fileExists(atPath: folder),
        "no recogniser comes along yet; `python -m recognition.export ../Models/hearsay-en` in Training writes one"))
struct EmbeddedModelTests {
    @Test func isAnEnglishModelForWindowsOfAnyLength() throws {
        let model = try WhisperModel.open(folder)
        #expect(model.variableLength)
        #expect(!model.tokenizer.isMultilingual)
        #expect(model.tokenizer.vocabularySize == model.dimensions.vocabularySize)
        #expect(model.tokenizer.special.timestampBegin + 1501 == model.tokenizer.vocabularySize)
        #expect(!model.alignmentHeads.isEmpty)
    }

    /// Tokens as Hugging Face's `tokenizers` gives them from the same file.
    @Test(arguments: [
        (" The ill idea is very quick.", [366, 264, 339, 264, 67, 68, 64, 388, 565, 488, 647, 13]),
        (
            " Don't call Zoë at 10:45, please!",
            [285, 328, 455, 825, 307, 78, 127, 104, 390, 309, 15, 25, 19, 20, 11, 271, 857, 0]
        ),
        (
            " naïve café — 你好",
            [
                269, 64, 127, 107, 350, 258, 64, 69, 127, 102, 220, 158, 222, 242, 220, 160, 121, 254, 161, 98, 121,
            ]
        ),
    ])
    func writesTextAsHuggingFaceDoes(text: String, tokens: [Int]) throws {
        let tokenizer = try Tokenizer.load(directory: folder)
        #expect(tokenizer.encode(text) == tokens)
        #expect(tokenizer.decode(tokens) == text)
    }

    /// What decoding suppresses must not be part of words; in so small a vocabulary a space alone might be.
    @Test func wordsNeedNoSuppressedToken() throws {
        let tokenizer = try Tokenizer.load(directory: folder)
        let suppressed = Set(tokenizer.nonSpeechTokens)
        for first in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" {
            for word in [" \(first)", " \(first)ill", " \(first)dent", "-\(first)"] {
                #expect(suppressed.isDisjoint(with: tokenizer.encode(word)), "\(word)")
            }
        }
    }
}
