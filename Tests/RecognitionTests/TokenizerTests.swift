import Foundation
import StrictJSON
import Testing

@testable import Recognition

/// Encoding and decoding against tiktoken, Hugging Face's tokenizers and OpenAI's implementation.
@Suite struct TokenizerTests {
    @Test func encodesAsTiktokenDoes() throws {
        let tokenizer = try TokenizerFixture.ranked()
        let rows = try TokenizerFixture.expected().member("texts").elements
        #expect(rows.count > 90)
        for row in rows {
            let text = try #require(row["text"]?.string)
            #expect(tokenizer.encode(text) == row["tokens"]?.integers, "\(text.debugDescription)")
        }
    }

    @Test func encodesByTheListOfMergesAsHuggingFaceDoes() throws {
        let tokenizer = try TokenizerFixture.listed()
        for row in try TokenizerFixture.expected().member("texts").elements {
            let text = try #require(row["text"]?.string)
            #expect(tokenizer.encode(text) == row["listed"]?.integers, "\(text.debugDescription)")
        }
    }

    @Test func cutsTextIntoTheWordsOfThePattern() throws {
        for row in try TokenizerFixture.expected().member("texts").elements {
            let text = try #require(row["text"]?.string)
            let words = Array(text.utf8).withUnsafeBytes { bytes in
                var result: [String] = []
                var cutter = PreTokenizer(bytes)
                while let word = cutter.next() { result.append(String(decoding: bytes[word], as: UTF8.self)) }
                return result
            }
            #expect(words.map(scalars) == row["words"]?.strings.map(scalars), "\(text.debugDescription)")
        }
    }

    @Test func theFilesOfOlderModelsSayTheSame() throws {
        var files: [String: String] = [:]
        for name in ["vocab.json", "merges.txt", "added_tokens.json"] {
            files[name] = try TokenizerFixture.text("ranked/" + name)
        }
        let older = try TokenizerFixture.load(files)
        let newer = try TokenizerFixture.ranked()
        #expect(older.special == newer.special)
        #expect(older.vocabularySize == newer.vocabularySize)
        for token in 0..<newer.vocabularySize { #expect(older.bytes(of: token) == newer.bytes(of: token)) }
        for row in try TokenizerFixture.expected().member("texts").elements {
            #expect(older.encode(try #require(row["text"]?.string)) == row["tokens"]?.integers)
        }
    }

    @Test func decodingUndoesEncoding() throws {
        for tokenizer in [try TokenizerFixture.ranked(), try TokenizerFixture.listed()] {
            for row in try TokenizerFixture.expected().member("texts").elements {
                let text = try #require(row["text"]?.string)
                #expect(scalars(tokenizer.decode(tokenizer.encode(text))) == scalars(text))
            }
        }
    }

    @Test func everyByteIsATokenAndComesBack() throws {
        let tokenizer = try TokenizerFixture.ranked()
        let singles = (0..<256).map { tokenizer.bytes(of: $0) }
        #expect(Set(singles.map(\.count)) == [1])
        #expect(Set(singles.flatMap { $0 }).count == 256)
        for value in 0..<256 {
            // Each byte as the last one of a character, so that it goes through the encoder.
            let text = String(Unicode.Scalar(UInt8(value)))
            #expect(tokenizer.encode(text).flatMap(tokenizer.bytes) == Array(text.utf8))
        }
    }

    @Test func brokenTextIsReplacedAsInPython() throws {
        let tokenizer = try TokenizerFixture.ranked()
        for row in try TokenizerFixture.expected().member("broken").elements {
            let tokens = try row.member("tokens").integers
            let text = try #require(row["text"]?.string)
            #expect(scalars(tokenizer.decode(tokens)) == scalars(text))
            var stream = StreamingTextDecoder(tokenizer)
            let streamed = tokens.map { stream.append($0) } + [stream.finish()]
            #expect(scalars(streamed.joined()) == scalars(text))
        }
    }

    @Test func streamingHoldsBackWhatIsNotACharacterYet() throws {
        let tokenizer = try TokenizerFixture.ranked()
        let tokens = "👧é!".utf8.compactMap { byte in (0..<256).first { tokenizer.bytes(of: $0) == [byte] } }
        var stream = StreamingTextDecoder(tokenizer)
        #expect(tokens.map { stream.append($0) } == ["", "", "", "👧", "", "é", "!"])
        #expect(stream.append(tokenizer.special.timestampBegin + 3) == "")
        #expect(stream.finish() == "")
        #expect(stream.append(tokens[0]) == "")
        #expect(stream.finish() == "\u{FFFD}")
        #expect(stream.finish() == "")
    }

    @Test func timestampsAreDroppedOrWritten() throws {
        let tokenizer = try TokenizerFixture.ranked()
        let timed = try TokenizerFixture.expected().member("timed")
        let tokens = try timed.member("tokens").integers
        #expect(tokenizer.decode(tokens) == timed["text"]?.string)
        #expect(tokenizer.decodeWithTimestamps(tokens) == timed["withTimestamps"]?.string)
        #expect(tokenizer.decode([-1, Int.min, Int.max, 1_000_000]) == "")
        #expect(tokenizer.bytes(of: -1).isEmpty && tokenizer.bytes(of: .max).isEmpty)
    }

    @Test func wordsAreTheReferences() throws {
        let tokenizer = try TokenizerFixture.ranked()
        let rows = try TokenizerFixture.expected().member("splits").elements
        #expect(rows.count > 80)
        for row in rows {
            let tokens = try row.member("tokens").integers
            let split = tokenizer.splitToWordTokens(tokens, language: row["language"]?.string)
            #expect(split.words.map(scalars) == row["words"]?.strings.map(scalars))
            #expect(split.tokens == row["split"]?.elements.map(\.integers))
        }
        let english = try #require(rows.first { $0["language"]?.string == "en" })
        let tokens = try english.member("tokens").integers
        #expect(tokenizer.splitToWordTokens(tokens, language: nil).words == english["words"]?.strings)
        #expect(tokenizer.splitToWordTokens([], language: nil).words.isEmpty)
    }

    @Test func nonSpeechTokensAreTheReferences() throws {
        let expected = try TokenizerFixture.expected().member("nonSpeech").integers
        #expect(try TokenizerFixture.ranked().nonSpeechTokens == expected)
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["a", " ", "\n", "!", "'", "é", "1"])
    func longRunsTakeNoQuadraticTime(_ unit: String) throws {
        let text = String(repeating: unit, count: 50_000)
        for tokenizer in [try TokenizerFixture.ranked(), try TokenizerFixture.listed()] {
            #expect(tokenizer.decode(tokenizer.encode(text)).utf8.elementsEqual(text.utf8))
        }
    }
}

/// Special tokens and languages.
@Suite struct SpecialTokenTests {
    @Test func areFoundByName() throws {
        let tokenizer = try TokenizerFixture.ranked()
        let ids = try TokenizerFixture.expected().member("special")
        let special = tokenizer.special
        #expect(special.endOfText == ids["<|endoftext|>"]?.integer)
        #expect(special.startOfTranscript == ids["<|startoftranscript|>"]?.integer)
        #expect(special.translate == ids["<|translate|>"]?.integer)
        #expect(special.transcribe == ids["<|transcribe|>"]?.integer)
        #expect(special.startOfLM == ids["<|startoflm|>"]?.integer)
        #expect(special.startOfPrev == ids["<|startofprev|>"]?.integer)
        #expect(special.noSpeech == ids["<|nospeech|>"]?.integer)
        #expect(special.noTimestamps == ids["<|notimestamps|>"]?.integer)
        #expect(special.timestampBegin == ids["<|0.00|>"]?.integer)
        #expect(special.languages.map(\.code) == ["en", "de", "ja", "zh"])
        #expect(special.languages.map(\.token) == ["en", "de", "ja", "zh"].compactMap { ids["<|\($0)|>"]?.integer })
        #expect(special.token(ofLanguage: "ja") == ids["<|ja|>"]?.integer)
        #expect(special.token(ofLanguage: "fr") == nil)
        #expect(tokenizer.isMultilingual)
        #expect(tokenizer.vocabularySize == ids.object?.members.compactMap(\.value.integer).max().map { $0 + 1 })
    }

    @Test func olderNamesAndMissingTimestampsAreKnown() throws {
        let tokenizer = try TokenizerFixture.listed()
        #expect(tokenizer.bytes(of: tokenizer.special.noSpeech) == Array("<|nocaptions|>".utf8))
        #expect(tokenizer.special.timestampBegin == tokenizer.special.noTimestamps + 1)
        #expect(tokenizer.vocabularySize == tokenizer.special.timestampBegin + 1501)
        #expect(tokenizer.decodeWithTimestamps([tokenizer.special.timestampBegin + 1500]) == "<|30.00|>")
        #expect(tokenizer.decodeWithTimestamps([tokenizer.special.timestampBegin + 54]) == "<|1.08|>")
    }

    @Test func theirNamesInTextAreText() throws {
        let tokenizer = try TokenizerFixture.ranked()
        for text in ["<|endoftext|>", "<|en|>", "<|0.00|>", "x<|notimestamps|>y"] {
            let tokens = tokenizer.encode(text)
            #expect(tokens.allSatisfy { $0 < tokenizer.special.endOfText })
            #expect(tokenizer.decode(tokens) == text)
        }
    }

    @Test func languagesAreTheReferences() throws {
        let expected = try TokenizerFixture.expected()
        let table = try expected.member("languages").elements.map(\.strings)
        #expect(Language.all.map { [$0.code, $0.name] } == table)
        for (name, code) in try #require(expected["aliases"]?.object).members {
            #expect(Language(name)?.code == code.string)
            #expect(Language(name.uppercased())?.code == code.string)
        }
        #expect(Language("en")?.name == "english" && Language(code: "yue")?.name == "cantonese")
        #expect(Language("klingon") == nil && Language(code: "English") == nil && Language("") == nil)
    }
}
