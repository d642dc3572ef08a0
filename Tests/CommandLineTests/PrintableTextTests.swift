import Foundation
import JobStore
import Pipelines
import StrictJSON
import TestSupport
import Testing

@testable import hearsay

/// What strangers name their files does nothing to a terminal.
@Suite struct PrintableTextTests {
    @Test func whatATerminalActsOnIsSpeltOut() {
        #expect("a\u{1B}[31mb\u{9B}c\u{7F}".onOneLine == "a\\u{1B}[31mb\\u{9B}c\\u{7F}")
        #expect("two\nlines\t".onOneLine == "two\\u{A}lines\\u{9}")
        #expect("two\nlines\t\r".printable == "two\nlines\t\\u{D}")
        #expect("abc\u{202E}vaw".onOneLine == "abc\\u{202E}vaw")
        #expect("Größe 日本 👩‍👩‍👧".onOneLine == "Größe 日本 👩‍👩‍👧")
    }

    @Test(.enabled(if: Program.path != nil, "the program is not built"))
    func tablesAndMessagesKeepTheirLines() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a\u{1B}[2J\nb.wav", [1, 2, 3])
        let local = ["--state-dir", folder.path]
        let added = try Program.run(["jobs", "add", path] + local, in: folder)
        let listed = try Program.run(["jobs", "list"] + local, in: folder)
        let shown = try Program.run(["jobs", "show", "1"] + local, in: folder)
        let heard = try Program.run(["transcribe", "--local", path], in: folder)
        #expect(added.status == 0 && listed.status == 0 && shown.status == 0 && heard.status != 0)
        for text in [added.output, listed.output, shown.output, heard.errors] {
            #expect(!text.contains("\u{1B}") && text.contains("\\u{1B}"), "\(text.debugDescription)")
        }
        #expect(listed.output.count { $0 == "\n" } == 1)
    }
}
