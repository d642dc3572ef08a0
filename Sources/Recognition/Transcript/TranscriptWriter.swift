/// A form in which a transcript is written.
public enum TranscriptFormat: String, Sendable, CaseIterable, Codable {
    /// One line of text for each segment.
    case txt
    /// WebVTT subtitles.
    case vtt
    /// SubRip subtitles.
    case srt
    /// Tab-separated values: start and end in whole milliseconds, and the text.
    case tsv
    /// The reference's result as JSON: text, segments, language.
    case json
    /// The `verbose_json` of OpenAI's API: see `OpenAIVerboseJSON`.
    case verboseJSON = "verbose_json"

    /// Extension of a file that holds this form, without the dot.
    public var fileExtension: String {
        self == .verboseJSON ? "json" : rawValue
    }
}

/// Writes transcripts as the reference's writers do, byte for byte (`whisper.utils.get_writer`).
///
/// Times that are negative or not a number, which the reference refuses, are written as zero in subtitles.
public struct TranscriptWriter: Sendable {
    public var format: TranscriptFormat
    /// Layout of subtitles (`srt`, `vtt`); without effect in the other forms.
    public var subtitles: SubtitleOptions

    public init(_ format: TranscriptFormat, subtitles: SubtitleOptions = SubtitleOptions()) {
        self.format = format
        self.subtitles = subtitles
    }

    /// The whole file, in UTF-8.
    public func callAsFunction(_ transcript: Transcript) -> String {
        switch format {
        case .txt: plainText(transcript)
        case .vtt: webVTT(transcript)
        case .srt: subRip(transcript)
        case .tsv: tabSeparated(transcript)
        case .json: ReferenceJSON.text(of: transcript)
        case .verboseJSON: OpenAIVerboseJSON(transcript).text
        }
    }

    private func plainText(_ transcript: Transcript) -> String {
        transcript.segments.map { ReferenceText.strip($0.text) + "\n" }.joined()
    }

    private func webVTT(_ transcript: Transcript) -> String {
        let cues = SubtitleCues(options: subtitles, style: .webVTT)(transcript)
        return "WEBVTT\n\n" + cues.map { "\($0.start) --> \($0.end)\n\($0.text)\n\n" }.joined()
    }

    private func subRip(_ transcript: Transcript) -> String {
        let cues = SubtitleCues(options: subtitles, style: .subRip)(transcript)
        return cues.enumerated().map { "\($0 + 1)\n\($1.start) --> \($1.end)\n\($1.text)\n\n" }.joined()
    }

    private func tabSeparated(_ transcript: Transcript) -> String {
        let rows = transcript.segments.map { segment in
            let text = ReferenceText.replacing("\t", with: " ", in: ReferenceText.strip(segment.text))
            let start = TimestampStyle.milliseconds(segment.start)
            let end = TimestampStyle.milliseconds(segment.end)
            return "\(start)\t\(end)\t\(text)\n"
        }
        return "start\tend\ttext\n" + rows.joined()
    }
}
