import StrictJSON

/// A transcript in the `verbose_json` form of OpenAI's transcription API:
/// `task`, `language` (the English name), `duration` (seconds), `text`, and by granularity `segments` and `words`.
///
/// Unlike the reference writer's file, this is strict JSON in UTF-8, it has `null` for what is no number, and text and
/// words come without the space that they are decoded with. Segments keep theirs, as in the API.
public struct OpenAIVerboseJSON: Sendable {
    /// What the API calls `timestamp_granularities`.
    public struct Granularities: OptionSet, Sendable {
        public let rawValue: Int

        public init(rawValue: Int) {
            self.rawValue = rawValue
        }

        /// The list `segments`; its entries have `words` with probabilities if words are asked for too, which is more
        /// than the API gives.
        public static let segment = Self(rawValue: 1)
        /// The list `words` of all segments.
        public static let word = Self(rawValue: 2)
    }

    private let transcript: Transcript
    private let granularities: Granularities

    /// - Parameter granularities: what to write; nil: segments, and words if the transcript has them.
    public init(_ transcript: Transcript, granularities: Granularities? = nil) {
        self.transcript = transcript
        let hasWords = transcript.segments.contains { $0.words != nil }
        self.granularities = granularities ?? (hasWords ? [.segment, .word] : .segment)
    }

    /// The JSON text on one line, without a line break at its end.
    public var text: String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// The JSON text in UTF-8.
    public var bytes: [UInt8] {
        var writer = JSONWriter(style: .spaced, nonFinite: .null)
        writer.beginObject()
        writer.member("task", transcript.task.rawValue)
        writer.member("language", Language(code: transcript.language)?.name ?? transcript.language)
        writer.member("duration", transcript.duration)
        writer.member("text", ReferenceText.strip(transcript.text))
        if granularities.contains(.segment) { writeSegments(to: &writer) }
        if granularities.contains(.word) { writeWords(to: &writer) }
        writer.endObject()
        return writer.bytes
    }

    private func writeSegments(to writer: inout JSONWriter) {
        writer.key("segments")
        writer.beginArray()
        for segment in transcript.segments {
            writer.value(segment, includesWords: granularities.contains(.word))
        }
        writer.endArray()
    }

    private func writeWords(to writer: inout JSONWriter) {
        writer.key("words")
        writer.beginArray()
        for word in transcript.segments.lazy.compactMap(\.words).joined() {
            writer.beginObject()
            writer.member("word", ReferenceText.strip(word.text))
            writer.member("start", word.start)
            writer.member("end", word.end)
            writer.endObject()
        }
        writer.endArray()
    }
}
