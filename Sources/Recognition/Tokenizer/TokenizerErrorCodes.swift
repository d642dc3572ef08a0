extension RecognitionError.Code {
    /// A tokenizer's file is missing, cannot be read, or is larger than a tokenizer may be.
    public static let tokenizerUnreadable = Self(rawValue: "tokenizer.unreadable")
    /// A tokenizer's file is not what its format says; the message names file, byte offset and field.
    public static let tokenizerMalformed = Self(rawValue: "tokenizer.malformed")
    /// A tokenizer of another kind than byte-level BPE.
    public static let tokenizerUnsupported = Self(rawValue: "tokenizer.unsupported")
    /// Token ids with a hole, an id or a token given twice, or an id out of range.
    public static let vocabularyInvalid = Self(rawValue: "tokenizer.vocabulary_invalid")
    /// The vocabulary lacks a token that steers the decoder.
    public static let specialTokenMissing = Self(rawValue: "tokenizer.special_token_missing")
    /// A merge names a token that is not in the vocabulary.
    public static let mergeInvalid = Self(rawValue: "tokenizer.merge_invalid")
}
