/// The engine as the long-form loops see it: encodes windows, decodes them at a temperature, aligns their words.
///
/// One object serves one transcription; tests script it.
protocol WindowRecognizer: AnyObject {
    /// Encodes windows; they are windows `0 ..< count` until the next call.
    func encode(_ windows: [SpeechWindow]) throws

    /// Decodes some of the encoded windows, each with its own prompt.
    func decode(_ requests: [DecodingRequest], temperature: Double) throws -> [DecodingResult]

    /// Times of the words of an encoded window's text, in seconds from the window's start.
    func alignWords(window: Int, textTokens: [Int]) throws -> [WordTiming]
}
