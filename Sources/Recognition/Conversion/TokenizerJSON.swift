internal import StrictJSON

extension Tokenizer {
    /// The text of a `tokenizer.json` for this vocabulary, as Hugging Face's library writes it for Whisper.
    ///
    /// For vocabularies whose ids are ranks, as all of OpenAI's are; merges are found again from the tokens.
    /// - Throws: `tokenizer.unsupported` for a vocabulary with merges of its own.
    func tokenizerJSON() throws(RecognitionError) -> [UInt8] {
        guard case .tokenID = mergeRule else {
            throw RecognitionError(
                .tokenizerUnsupported, "a vocabulary whose merges are not its order cannot be written as tokenizer.json"
            )
        }
        let index = try TokenIndex(tokens, .text, file: "tokenizer.json")
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("version")
        writer.value("1.0")
        for key in ["truncation", "padding"] {
            writer.key(key)
            writer.null()
        }
        writer.key("added_tokens")
        writeAddedTokens(&writer)
        writer.key("normalizer")
        writer.null()
        writer.key("pre_tokenizer")
        writer.value(Self.byteLevel(addPrefixSpace: false))
        writer.key("post_processor")
        writer.null()
        writer.key("decoder")
        writer.value(Self.byteLevel(addPrefixSpace: true))
        writer.key("model")
        writeModel(&writer, MergeRecovery(tokens, index))
        writer.endObject()
        return writer.bytes
    }

    private static func byteLevel(addPrefixSpace: Bool) -> JSONValue {
        .object([
            "type": .string("ByteLevel"), "add_prefix_space": .bool(addPrefixSpace), "trim_offsets": .bool(true),
            "use_regex": .bool(true),
        ])
    }

    private func writeAddedTokens(_ writer: inout JSONWriter) {
        writer.beginArray()
        for id in 0..<vocabularySize where tokens.isSpecial[id] {
            // Timestamps are text to Hugging Face's tokenizer: they are kept when special tokens are skipped.
            let isTimestamp = id >= special.timestampBegin
            writer.value(
                .object([
                    "id": .integer(Int64(id)), "content": .string(String(decoding: tokens[id], as: UTF8.self)),
                    "single_word": .bool(false), "lstrip": .bool(false), "rstrip": .bool(false),
                    "normalized": .bool(false), "special": .bool(!isTimestamp),
                ]))
        }
        writer.endArray()
    }

    private func writeModel(_ writer: inout JSONWriter, _ recovery: MergeRecovery) {
        let settings: [(key: String, value: JSONValue)] = [
            ("type", .string("BPE")), ("dropout", .null), ("unk_token", .null),
            ("continuing_subword_prefix", .string("")),
            ("end_of_word_suffix", .string("")), ("fuse_unk", .bool(false)), ("byte_fallback", .bool(false)),
        ]
        writer.beginObject()
        for setting in settings {
            writer.key(setting.key)
            writer.value(setting.value)
        }
        writer.key("vocab")
        writer.beginObject()
        for id in 0..<vocabularySize where !tokens.isSpecial[id] {
            writer.key(ByteLevelAlphabet.text(of: tokens[id]))
            writer.value(id)
        }
        writer.endObject()
        writer.key("merges")
        writer.beginArray()
        for id in 0..<vocabularySize where !tokens.isSpecial[id] {
            guard let (left, right) = recovery.parts(of: id) else { continue }
            writer.beginArray()
            writer.value(ByteLevelAlphabet.text(of: left))
            writer.value(ByteLevelAlphabet.text(of: right))
            writer.endArray()
        }
        writer.endArray()
        writer.endObject()
    }
}

extension ByteLevelAlphabet {
    /// The characters that stand for bytes.
    static func text(of bytes: ArraySlice<UInt8>) -> String {
        var text = ""
        for byte in bytes { text.unicodeScalars.append(scalarOfByte[Int(byte)]) }
        return text
    }
}
