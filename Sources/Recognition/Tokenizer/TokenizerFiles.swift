import StrictJSON

extension VocabularySource {
    /// Reads the tokenizer of a model directory in Hugging Face's layout.
    ///
    /// - Throws: `tokenizer.unreadable`, `tokenizer.malformed`, `tokenizer.unsupported`, `tokenizer.vocabulary_invalid`.
    static func load(directory: String) throws(RecognitionError) -> (source: VocabularySource, file: String) {
        let path = directory + "/tokenizer.json"
        if let bytes = try ModelFolderFile.tokenizer.read(path) {
            return (try parsing(bytes) { json throws(RecognitionError) in try .init(tokenizerJSON: json, path) }, path)
        }
        return (try VocabularySource(filesIn: directory), directory + "/vocab.json")
    }

    /// Runs a parser over bytes; the standard library's `withUnsafeBytes` cannot pass on a typed error.
    private static func parsing<Value>(
        _ bytes: [UInt8], _ parse: (UnsafeRawBufferPointer) throws(RecognitionError) -> Value
    ) throws(RecognitionError) -> Value {
        let result: Result<Value, RecognitionError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(RecognitionError) in try parse(buffer) }
        }
        return try result.get()
    }

    // MARK: tokenizer.json

    /// Reads `tokenizer.json`.
    init(tokenizerJSON bytes: UnsafeRawBufferPointer, _ path: String) throws(RecognitionError) {
        var parser = VocabularyReader(bytes, file: path)
        tokens = TokenTableBuilder(file: path, sizeHint: bytes.count / 4)
        var hasModel = false
        var isByteLevel = false
        try parser.json { reader throws(JSONError) in try reader.beginObject() }
        while let key = try parser.json({ reader throws(JSONError) in try reader.nextMember() }) {
            switch key {
            case "added_tokens":
                try parser.readAddedTokenList(into: &tokens)
            case "model":
                if hasModel { throw parser.malformed("the field model stands twice") }
                hasModel = true
                try readModel(&parser)
            case "pre_tokenizer":
                parser.field = "pre_tokenizer"
                let value = try parser.json { reader throws(JSONError) in try JSONValue(reading: &reader) }
                isByteLevel = value["type"]?.string == "ByteLevel"
            default:
                try parser.json { reader throws(JSONError) in try reader.skipValue() }
            }
            parser.field = ""
        }
        try parser.json { reader throws(JSONError) in try reader.finish() }
        guard hasModel, merges != nil, isByteLevel else {
            throw RecognitionError(
                .tokenizerUnsupported,
                "\(path): the tokenizer is not byte-level BPE "
                    + "(model.vocab, model.merges and a pre_tokenizer of type ByteLevel are needed)")
        }
    }

    private mutating func readModel(_ parser: inout VocabularyReader) throws(RecognitionError) {
        parser.field = "model"
        var hasVocabulary = false
        try parser.json { reader throws(JSONError) in try reader.beginObject() }
        while let key = try parser.json({ reader throws(JSONError) in try reader.nextMember() }) {
            switch key {
            case "type":
                parser.field = "model.type"
                let type = try parser.json { reader throws(JSONError) in String(try reader.readString()) }
                guard type == "BPE" else {
                    throw RecognitionError(
                        .tokenizerUnsupported, "\(tokens.file): model.type is \"\(type)\", only \"BPE\" is known")
                }
            case "vocab":
                parser.field = "model.vocab"
                if hasVocabulary { throw parser.malformed("the field stands twice") }
                hasVocabulary = true
                try parser.readVocabulary(into: &tokens)
            case "merges":
                parser.field = "model.merges"
                if merges != nil { throw parser.malformed("the field stands twice") }
                merges = try parser.readMerges()
            case "ignore_merges":
                parser.field = "model.ignore_merges"
                wholeWordsFirst = try parser.json { reader throws(JSONError) in try reader.readBool() }
            default:
                try parser.json { reader throws(JSONError) in try reader.skipValue() }
            }
            parser.field = "model"
        }
        if !hasVocabulary { throw parser.malformed("vocab is missing") }
    }

    // MARK: vocab.json, merges.txt, added_tokens.json

    private init(filesIn directory: String) throws(RecognitionError) {
        func required(_ name: String) throws(RecognitionError) -> [UInt8] {
            if let bytes = try ModelFolderFile.tokenizer.read(directory + "/" + name) { return bytes }
            throw RecognitionError(
                .tokenizerUnreadable,
                "\(directory) has no \(name): a model directory needs tokenizer.json, or vocab.json and merges.txt")
        }
        try self.init(
            vocabulary: try required("vocab.json"), merges: try required("merges.txt"),
            addedTokens: try ModelFolderFile.tokenizer.read(directory + "/added_tokens.json"), directory: directory)
    }

    /// Reads the contents of `vocab.json`, `merges.txt` and, if there is one, `added_tokens.json`; `directory` is for
    /// errors.
    init(
        vocabulary: [UInt8], merges mergeLines: [UInt8], addedTokens: [UInt8]?, directory: String
    ) throws(RecognitionError) {
        let path = directory + "/vocab.json"
        var tokens = TokenTableBuilder(file: path, sizeHint: vocabulary.count / 2)
        try Self.parsing(vocabulary) { bytes throws(RecognitionError) in
            var parser = VocabularyReader(bytes, file: path)
            try parser.readVocabulary(into: &tokens)
            try parser.json { reader throws(JSONError) in try reader.finish() }
        }
        if let addedTokens {
            let addedPath = directory + "/added_tokens.json"
            try Self.parsing(addedTokens) { bytes throws(RecognitionError) in
                var parser = VocabularyReader(bytes, file: addedPath)
                try parser.readAddedTokens(into: &tokens)
                try parser.json { reader throws(JSONError) in try reader.finish() }
            }
        }
        self.tokens = tokens
        merges = try Self.parsing(mergeLines) { bytes throws(RecognitionError) in
            try MergeList(lines: bytes, file: directory + "/merges.txt")
        }
    }
}

extension MergeList {
    /// Reads `merges.txt`: a line `#version: …` and then a merge `a b` on each line.
    init(lines: UnsafeRawBufferPointer, file: String) throws(RecognitionError) {
        var start = 0
        while start < lines.count {
            let end = lines[start...].firstIndex(of: UInt8(ascii: "\n")) ?? lines.count
            var line = UnsafeRawBufferPointer(rebasing: lines[start..<end])
            if line.last == UInt8(ascii: "\r") { line = UnsafeRawBufferPointer(rebasing: line.dropLast()) }
            // Only the version line is a comment: `# #` is a merge of GPT-2.
            if !line.isEmpty, !line.starts(with: "#version".utf8), !append(line: line) {
                throw RecognitionError(
                    .tokenizerMalformed,
                    "\(file): merge \(count) at byte \(start) is not two parts with one space between")
            }
            start = end + 1
        }
    }
}
