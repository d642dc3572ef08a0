/// How words are laid out in subtitles. All of it needs word times; without them a segment is a cue.
public struct SubtitleOptions: Sendable, Equatable, Codable {
    /// Most characters (Unicode scalars) of a line, before which it is broken; nil: no limit.
    public var maxLineWidth: Int?
    /// Most lines of a cue. Has an effect only together with `maxLineWidth`: cues then no longer end where segments do.
    public var maxLineCount: Int?
    /// Most words of a line. Has an effect only without `maxLineWidth` and `maxLineCount`.
    public var maxWordsPerLine: Int?
    /// Whether each word becomes a cue of its own in which it is underlined.
    public var highlightsWords: Bool

    /// Limits below 1 are taken for none.
    public init(
        maxLineWidth: Int? = nil, maxLineCount: Int? = nil, maxWordsPerLine: Int? = nil, highlightsWords: Bool = false
    ) {
        func limit(_ value: Int?) -> Int? { value.flatMap { $0 < 1 ? nil : $0 } }
        self.maxLineWidth = limit(maxLineWidth)
        self.maxLineCount = limit(maxLineCount)
        self.maxWordsPerLine = limit(maxWordsPerLine)
        self.highlightsWords = highlightsWords
    }
}

/// What is on the screen from one time to another; the times are formatted already, since cues are told apart by them.
struct SubtitleCue: Equatable {
    var start: String
    var end: String
    var text: String
}

/// Turns a transcript into cues, as the reference's `SubtitlesWriter.iterate_result`.
struct SubtitleCues {
    var options: SubtitleOptions
    var style: TimestampStyle

    func callAsFunction(_ transcript: Transcript) -> [SubtitleCue] {
        var words: [[Word]] = []
        for segment in transcript.segments {
            guard let timed = segment.words else { return transcript.segments.map(cue) }
            words.append(timed)
        }
        let start = words.lazy.joined().first?.start ?? transcript.segments.first?.start ?? 0
        var layout = SubtitleLayout(options: options, start: start)
        for segment in words { layout.place(segment: segment) }
        return layout.finish().flatMap(options.highlightsWords ? highlighted : plain)
    }

    /// A segment without word times.
    private func cue(_ segment: Segment) -> SubtitleCue {
        SubtitleCue(
            start: style.format(segment.start), end: style.format(segment.end),
            text: ReferenceText.shorteningArrows(ReferenceText.strip(segment.text)))
    }

    private func plain(_ words: [Word]) -> [SubtitleCue] {
        guard let first = words.first, let last = words.last else { return [] }
        return [
            SubtitleCue(
                start: style.format(first.start), end: style.format(last.end), text: words.map(\.text).joined())
        ]
    }

    /// One cue for each word with that word underlined, and one with none underlined for each pause between words.
    private func highlighted(_ words: [Word]) -> [SubtitleCue] {
        guard let first = words.first else { return [] }
        let text = words.map(\.text).joined()
        var cues: [SubtitleCue] = []
        var last = style.format(first.start)
        for (index, word) in words.enumerated() {
            let start = style.format(word.start)
            let end = style.format(word.end)
            if last != start {
                cues.append(SubtitleCue(start: last, end: start, text: text))
            }
            let marked = words.enumerated().map { $0 == index ? Self.underlined($1.text) : $1.text }
            cues.append(SubtitleCue(start: start, end: end, text: marked.joined()))
            last = end
        }
        return cues
    }

    /// `re.sub(r"^(\s*)(.*)$", r"\1<u>\2</u>", word)`: a word of several lines stays as it is, and a line break at its
    /// end stays outside.
    static func underlined(_ word: String) -> String {
        let scalars = word.unicodeScalars
        let inner = scalars.firstIndex { !ReferenceText.isWhitespace($0) } ?? scalars.endIndex
        let lineEnd = scalars[inner...].firstIndex(of: "\n") ?? scalars.endIndex
        guard lineEnd == scalars.endIndex || scalars.index(after: lineEnd) == scalars.endIndex else { return word }
        return String(scalars[..<inner]) + "<u>" + String(scalars[inner..<lineEnd]) + "</u>"
            + String(scalars[lineEnd...])
    }
}

/// Breaks a stream of words into lines and lines into cues.
private struct SubtitleLayout {
    private let width: Int
    private let lineLimit: Int?
    private let wordsPerLine: Int
    /// Whether a cue ends where its segment does.
    private let preservesSegments: Bool

    private var cues: [[Word]] = []
    private var cue: [Word] = []
    private var lineLength = 0
    private var lineCount = 1
    private var previousStart: Double

    /// A pause longer than this, in seconds, ends a cue that may run over several segments.
    private static let longPause = 3.0
    /// The reference's stand-in for no limit.
    private static let unlimited = 1000

    init(options: SubtitleOptions, start: Double) {
        width = options.maxLineWidth ?? Self.unlimited
        lineLimit = options.maxLineCount
        wordsPerLine = options.maxWordsPerLine ?? Self.unlimited
        preservesSegments = options.maxLineCount == nil || options.maxLineWidth == nil
        previousStart = start
    }

    mutating func place(segment words: [Word]) {
        for (index, word) in words.enumerated() {
            place(word, opensChunk: index % wordsPerLine == 0)
        }
    }

    mutating func finish() -> [[Word]] {
        if !cue.isEmpty { cues.append(cue) }
        return cues
    }

    private mutating func place(_ word: Word, opensChunk: Bool) {
        let longPause = !preservesSegments && word.start - previousStart > Self.longPause
        let hasRoom = lineLength + ReferenceText.length(word.text) <= width
        let segmentBreak = opensChunk && !cue.isEmpty && preservesSegments
        if lineLength > 0, hasRoom, !longPause, !segmentBreak {
            lineLength += ReferenceText.length(word.text)
            cue.append(word)
        } else {
            let isFull = lineLimit.map { longPause || lineCount >= $0 } ?? false
            startLine(with: word, endsCue: segmentBreak || (isFull && !cue.isEmpty))
        }
        previousStart = word.start
    }

    private mutating func startLine(with word: Word, endsCue: Bool) {
        var opening = word
        opening.text = ReferenceText.strip(word.text)
        let length = ReferenceText.length(opening.text)
        if endsCue {
            cues.append(cue)
            cue = []
            lineCount = 1
        } else if lineLength > 0 {
            lineCount += 1
            opening.text = "\n" + opening.text
        }
        lineLength = length
        cue.append(opening)
    }
}
