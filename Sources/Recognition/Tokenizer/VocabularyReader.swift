import StrictJSON

/// What the files of a tokenizer say, before it is checked as a whole.
struct VocabularySource {
    var tokens: TokenTableBuilder
    /// nil: the ids are the ranks.
    var merges: MergeList?
    /// `ignore_merges`: a word that is a token is not merged from its bytes.
    var wholeWordsFirst = false
}

/// Reads the parts that `tokenizer.json`, `vocab.json` and `added_tokens.json` share, with errors that name the file,
/// the byte offset and the field.
struct VocabularyReader {
    private let file: String
    private var reader: JSONReader
    /// Bytes of the file.
    private let size: Int
    /// Where in the file the reader is, for errors.
    var field = ""
    /// Text of a string with escapes.
    private var scratch: [UInt8] = []

    init(_ bytes: UnsafeRawBufferPointer, file: String) {
        self.file = file
        size = bytes.count
        reader = JSONReader(bytes)
    }

    /// Runs a step of the JSON reader.
    mutating func json<Value>(
        _ step: (inout JSONReader) throws(JSONError) -> Value
    ) throws(RecognitionError) -> Value {
        do {
            return try step(&reader)
        } catch {
            throw malformed("\(error.message)", at: error.offset, cause: error)
        }
    }

    func malformed(_ what: String, at offset: Int? = nil, cause: JSONError? = nil) -> RecognitionError {
        RecognitionError(
            .tokenizerMalformed,
            "\(file): \(field.isEmpty ? "" : field + ": ")\(what) at byte \(offset ?? reader.offset)",
            cause: cause)
    }

    // MARK: Tokens

    /// Reads an object of tokens and their ids, in the byte-level alphabet.
    mutating func readVocabulary(into tokens: inout TokenTableBuilder) throws(RecognitionError) {
        try json { reader throws(JSONError) in try reader.beginObject() }
        while let key = try json({ reader throws(JSONError) in try reader.nextMember() }) {
            let start = tokens.bytes.count
            appendByteLevel(key, to: &tokens.bytes)
            tokens.add(id: try readID(), from: start, isSpecial: false)
        }
    }

    /// Reads `added_tokens.json`: an object of names, which stand for themselves, and ids.
    mutating func readAddedTokens(into tokens: inout TokenTableBuilder) throws(RecognitionError) {
        try json { reader throws(JSONError) in try reader.beginObject() }
        while let key = try json({ reader throws(JSONError) in try reader.nextMember() }) {
            let start = tokens.bytes.count
            key.append(to: &tokens.bytes)
            tokens.add(id: try readID(), from: start, isSpecial: true)
        }
    }

    /// Reads the array `added_tokens` of `tokenizer.json`: objects with `id` and `content`.
    mutating func readAddedTokenList(into tokens: inout TokenTableBuilder) throws(RecognitionError) {
        try json { reader throws(JSONError) in try reader.beginArray() }
        var count = 0
        while try json({ reader throws(JSONError) in try reader.nextElement() }) {
            field = "added_tokens[\(count)]"
            count += 1
            var id: Int32?
            let start = tokens.bytes.count
            var hasContent = false
            try json { reader throws(JSONError) in try reader.beginObject() }
            while let key = try json({ reader throws(JSONError) in try reader.nextMember() }) {
                if key == "id", id == nil {
                    id = try readID()
                } else if key == "content", !hasContent {
                    hasContent = true
                    try json { reader throws(JSONError) in try reader.readString() }.append(to: &tokens.bytes)
                } else if key == "id" || key == "content" {
                    throw malformed("the field stands twice")
                } else {
                    try json { reader throws(JSONError) in try reader.skipValue() }
                }
            }
            guard let id, hasContent else { throw malformed("id or content is missing") }
            tokens.add(id: id, from: start, isSpecial: true)
        }
    }

    private mutating func readID() throws(RecognitionError) -> Int32 {
        let id = try json { reader throws(JSONError) in try reader.readInteger() }
        // The highest Int32 itself is left out, so that a token can still be added after any.
        guard id >= 0, id < Int32.max else {
            throw malformed("the token id \(id) is not in 0..<\(Int32.max)")
        }
        return Int32(id)
    }

    // MARK: Merges

    /// Reads the array `merges`: pairs `["a", "b"]` or, in older files, strings `"a b"`.
    mutating func readMerges() throws(RecognitionError) -> MergeList {
        var merges = MergeList(sizeHint: size / 4)
        let field = field
        try json { reader throws(JSONError) in try reader.beginArray() }
        while try json({ reader throws(JSONError) in try reader.nextElement() }) {
            do {
                try readMerge(into: &merges)
            } catch {
                // The number of the merge is only put into words when it is needed.
                self.field = "\(field)[\(merges.count)]"
                throw malformed(error.message, at: error.offset, cause: error)
            }
        }
        return merges
    }

    private mutating func readMerge(into merges: inout MergeList) throws(JSONError) {
        let start = reader.offset
        if try reader.peek() == .string {
            let string = try reader.readString()
            guard appendMerge(string, to: &merges) else {
                throw JSONError(
                    code: .type, offset: start, message: "a merge that is not two parts with a space between")
            }
            return
        }
        try reader.beginArray()
        var leftEnd = 0
        var parts = 0
        while try reader.nextElement() {
            let part = try reader.readString()
            guard !part.raw.isEmpty else { continue }
            appendByteLevel(part, to: &merges.bytes)
            parts += 1
            if parts == 1 { leftEnd = merges.bytes.count }
        }
        guard parts == 2 else {
            throw JSONError(code: .type, offset: start, message: "a merge that has not two parts")
        }
        merges.add(leftEnd: leftEnd)
    }

    private mutating func appendMerge(_ string: JSONString, to merges: inout MergeList) -> Bool {
        scratch.removeAll(keepingCapacity: true)
        string.append(to: &scratch)
        return scratch.withUnsafeBytes { merges.append(line: $0) }
    }

    private mutating func appendByteLevel(_ string: JSONString, to output: inout [UInt8]) {
        guard string.isEscaped else {
            ByteLevelAlphabet.append(string.raw, to: &output)
            return
        }
        scratch.removeAll(keepingCapacity: true)
        string.append(to: &scratch)
        scratch.withUnsafeBytes { ByteLevelAlphabet.append($0, to: &output) }
    }
}

extension MergeList {
    /// Appends a merge in the form `a b`; false if it is not two parts with one space between.
    mutating func append(line: UnsafeRawBufferPointer) -> Bool {
        guard let space = line.firstIndex(of: 0x20), space > 0, space + 1 < line.count,
            !line[(space + 1)...].contains(0x20)
        else { return false }
        ByteLevelAlphabet.append(UnsafeRawBufferPointer(rebasing: line[..<space]), to: &bytes)
        let leftEnd = bytes.count
        ByteLevelAlphabet.append(UnsafeRawBufferPointer(rebasing: line[(space + 1)...]), to: &bytes)
        add(leftEnd: leftEnd)
        return true
    }
}
