import Foundation
import TestSupport
import Testing

/// What the recogniser that comes along writes, by the program as people run it.
@Suite(.enabled(if: Program.path != nil, "the program is not built"))
struct EmbeddedRecogniserTests {
    private static let clips = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/clips")

    private func transcribe(_ file: String) throws -> String {
        let folder = try TemporaryFolder()
        let result = try Program.run(
            ["transcribe", "--local", "--model", "hearsay-en", "--format", "txt", file], in: folder)
        #expect(result.status == 0, "\(result.errors)")
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Sentences by hearsay's own voice that no training has read.
    @Test(arguments: [
        ("airport.opus", "Let's go to the airport in March."),
        ("brother.opus", "You were with your brother."),
        ("kitchen.opus", "Turn off the light in the kitchen."),
    ])
    func clipsAreWrittenWordForWord(clip: String, text: String) throws {
        #expect(try transcribe(Self.clips.appending(path: clip).path) == text)
    }

    private static let jfk = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "../shared/golden/jfk.flac").standardizedFileURL

    /// A recorded speaker whom no training has heard: as many words astray as the model's card says, no more.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: jfk.path), "../shared/golden/jfk.flac is absent"))
    func anUnknownSpeakersWordsAreAstrayAsOftenAsTheCardSays() throws {
        let said =
            "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
            .split(separator: " ").map(String.init)
        let heard = try transcribe(Self.jfk.path).lowercased().split { !$0.isLetter && $0 != "'" }.map(String.init)
        let errors = Self.edits(from: said, to: heard)
        #expect(errors <= Self.statedErrors, "\(errors) of \(said.count): \(heard.joined(separator: " "))")
    }

    /// Of the clip's 22 words; stated in `Models/hearsay-en/README.md`.
    private static let statedErrors = 17

    /// Words that must be put in, left out or changed.
    private static func edits(from a: [String], to b: [String]) -> Int {
        var row = Array(0...b.count)
        for (i, word) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let changed = diagonal + (word == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(changed, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
