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
}
