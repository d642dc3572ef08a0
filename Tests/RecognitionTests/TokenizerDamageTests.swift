import Foundation
import TestSupport
import Testing

@testable import Recognition

/// Files that are not what they should be: an error that names file, place and field, never a trap.
@Suite struct TokenizerDamageTests {
    private static func json(
        added: String = #"[{"id":2,"content":"<|x|>"}]"#, type: String = #""BPE""#,
        vocabulary: String = #"{"a":0,"b":1}"#,
        merges: String = "[]", preTokenizer: String = #"{"type":"ByteLevel"}"#
    ) -> String {
        #"{"added_tokens":\#(added),"pre_tokenizer":\#(preTokenizer),"#
            + #""model":{"type":\#(type),"vocab":\#(vocabulary),"merges":\#(merges)}}"#
    }

    private static func error(_ files: [String: String]) -> RecognitionError? {
        #expect(throws: RecognitionError.self) { try TokenizerFixture.load(files) }
    }

    @Test(arguments: [
        ("", "tokenizer.malformed", "byte 0"),
        ("{", "tokenizer.malformed", "byte 1"),
        ("[]", "tokenizer.malformed", "byte 0"),
        ("{}", "tokenizer.unsupported", "model.vocab"),
        (json() + "x", "tokenizer.malformed", "byte 139"),
        (json(type: "7"), "tokenizer.malformed", "model.type"),
        (json(type: #""Unigram""#), "tokenizer.unsupported", "Unigram"),
        (json(preTokenizer: "null"), "tokenizer.unsupported", "ByteLevel"),
        (json(preTokenizer: #"{"type":"Metaspace"}"#), "tokenizer.unsupported", "ByteLevel"),
        (json(vocabulary: "[]"), "tokenizer.malformed", "model.vocab"),
        (json(vocabulary: #"{"a":"0"}"#), "tokenizer.malformed", "model.vocab"),
        (json(vocabulary: #"{"a":0.0}"#), "tokenizer.malformed", "model.vocab"),
        (json(vocabulary: #"{"a":1e3}"#), "tokenizer.malformed", "model.vocab"),
        (json(vocabulary: #"{"a":null}"#), "tokenizer.malformed", "model.vocab"),
        (json(vocabulary: #"{"a":-1}"#), "tokenizer.malformed", "-1"),
        (json(vocabulary: #"{"a":2147483648}"#), "tokenizer.malformed", "2147483648"),
        (json(vocabulary: #"{"a":2147483647}"#), "tokenizer.malformed", "2147483647"),
        (json(vocabulary: #"{"a":99999999999999999999}"#), "tokenizer.malformed", "model.vocab"),
        (json(vocabulary: #"{"a":0,"b":0}"#), "tokenizer.vocabulary_invalid", "the id 0"),
        (json(vocabulary: #"{"a":0,"a":1}"#), "tokenizer.vocabulary_invalid", "\"a\" has two ids"),
        (json(vocabulary: #"{"a":0,"b":3}"#), "tokenizer.vocabulary_invalid", "the id 1"),
        (json(vocabulary: #"{"a":0,"b":2147483646}"#), "tokenizer.vocabulary_invalid", "the id 1"),
        (json(vocabulary: #"{"a":1,"b":3}"#), "tokenizer.vocabulary_invalid", "the id 0"),
        (json(vocabulary: "{}"), "tokenizer.vocabulary_invalid", "the id 0"),
        (json(added: "{}"), "tokenizer.malformed", "byte 16"),
        (json(added: "[7]"), "tokenizer.malformed", "added_tokens[0]"),
        (json(added: #"[{"id":2}]"#), "tokenizer.malformed", "added_tokens[0]"),
        (json(added: #"[{"content":"x"}]"#), "tokenizer.malformed", "added_tokens[0]"),
        (json(added: #"[{"id":2,"content":7}]"#), "tokenizer.malformed", "added_tokens[0]"),
        (json(added: #"[{"id":2,"id":2,"content":"x"}]"#), "tokenizer.malformed", "twice"),
        (json(added: #"[{"id":2,"content":"x"},{"id":2,"content":"y"}]"#), "tokenizer.vocabulary_invalid", "the id 2"),
        (json(added: #"[{"id":2,"content":"x"},{"id":3,"content":"x"}]"#), "tokenizer.vocabulary_invalid", "two ids"),
        (json(added: #"[{"id":-2,"content":"x"}]"#), "tokenizer.malformed", "-2"),
        (json(added: #"[{"id":2,"content":"\ud800"}]"#), "tokenizer.malformed", "added_tokens[0]"),
        (json(merges: "{}"), "tokenizer.malformed", "model.merges"),
        (json(merges: "[7]"), "tokenizer.malformed", "model.merges[0]"),
        (json(merges: #"["ab"]"#), "tokenizer.malformed", "model.merges[0]"),
        (json(merges: #"["a b c"]"#), "tokenizer.malformed", "model.merges[0]"),
        (json(merges: #"[" b"]"#), "tokenizer.malformed", "model.merges[0]"),
        (json(merges: #"["a "]"#), "tokenizer.malformed", "model.merges[0]"),
        (json(merges: #"[["a"]]"#), "tokenizer.malformed", "model.merges[0]"),
        (json(merges: #"[["a","b","c"]]"#), "tokenizer.malformed", "model.merges[0]"),
        (json(merges: #"[["a",""]]"#), "tokenizer.malformed", "model.merges[0]"),
        (json(merges: #"[["a",7]]"#), "tokenizer.malformed", "model.merges[0]"),
        (json(merges: #"[["a","b"]]"#), "tokenizer.special_token_missing", "<|notimestamps|>"),
        (json(), "tokenizer.special_token_missing", "<|notimestamps|>"),
    ])
    func namesTheFault(_ text: String, _ code: String, _ place: String) {
        let error = Self.error(["tokenizer.json": text])
        #expect(error?.code.rawValue == code)
        #expect(error?.message.contains(place) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("tokenizer.json") == true)
    }

    @Test func mergesMustJoinTokensToATokenOnce() throws {
        // A copy of the listed vocabulary with one merge changed.
        let text = try TokenizerFixture.text("listed/tokenizer.json")
        let start = try #require(text.range(of: #""merges":[""#)).upperBound
        let end = try #require(text[start...].range(of: #"""#)).lowerBound
        let first = String(text[start..<end])
        for (merge, place) in [
            ("Ġ qq", "merges[0]: \"qq\""), ("qq a", "merges[0]: \"qq\""), ("q \u{133}", "merges[0]"),
        ] {
            let damaged = text.replacingCharacters(in: start..<end, with: merge)
            let error = Self.error(["tokenizer.json": damaged])
            #expect(error?.code == .mergeInvalid)
            #expect(error?.message.contains(place) == true, "\(error?.message ?? "")")
        }
        let twice = text.replacingCharacters(in: start..<end, with: first + #"",""# + first)
        #expect(Self.error(["tokenizer.json": twice])?.code == .mergeInvalid)
    }

    @Test func olderFilesNameTheFault() throws {
        let vocabulary = try TokenizerFixture.text("ranked/vocab.json")
        let merges = try TokenizerFixture.text("ranked/merges.txt")
        let added = try TokenizerFixture.text("ranked/added_tokens.json")
        #expect(Self.error([:])?.code == .tokenizerUnreadable)
        #expect(Self.error(["vocab.json": vocabulary])?.message.contains("merges.txt") == true)
        #expect(Self.error(["merges.txt": merges])?.message.contains("vocab.json") == true)
        let short = Self.error([
            "vocab.json": vocabulary, "merges.txt": merges + "lonely\n", "added_tokens.json": added,
        ])
        #expect(short?.code == .tokenizerMalformed)
        #expect(short?.message.contains("at byte \(merges.utf8.count)") == true)
        let cut = Self.error(["vocab.json": vocabulary, "merges.txt": merges, "added_tokens.json": "{\"<|x|>\":"])
        #expect(cut?.code == .tokenizerMalformed && cut?.message.contains("added_tokens.json") == true)
        let windows = try TokenizerFixture.load([
            "vocab.json": vocabulary, "merges.txt": merges.replacing("\n", with: "\r\n"), "added_tokens.json": added,
        ])
        #expect(windows.encode(" the committee") == (try TokenizerFixture.ranked()).encode(" the committee"))
    }

    @Test func everyTruncationIsAnError() throws {
        let text = try TokenizerFixture.bytes("ranked/tokenizer.json")
        for length in stride(from: 0, to: text.count, by: 97) {
            let error = #expect(throws: RecognitionError.self) {
                try Array(text[..<length]).withUnsafeBytes { try Tokenizer(tokenizerJSON: $0, file: "tokenizer.json") }
            }
            #expect(error?.code == .tokenizerMalformed)
        }
    }

    @Test func whatIsNoFileIsRefused() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(at: folder.url("tokenizer.json"), withIntermediateDirectories: false)
        let directory = #expect(throws: RecognitionError.self) { try Tokenizer.load(directory: folder.path) }
        #expect(directory?.code == .tokenizerUnreadable)
        try FileManager.default.removeItem(at: folder.url("tokenizer.json"))
        #expect(mkfifo(folder.url("tokenizer.json").path, 0o600) == 0)
        let pipe = #expect(throws: RecognitionError.self) { try Tokenizer.load(directory: folder.path) }
        #expect(pipe?.code == .tokenizerUnreadable)
        let missing = #expect(throws: RecognitionError.self) { try Tokenizer.load(directory: "/nonexistent") }
        #expect(missing?.code == .tokenizerUnreadable)
    }
}
