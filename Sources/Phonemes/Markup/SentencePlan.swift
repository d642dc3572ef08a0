/// A sentence before its phonemes are known: its pieces in order.
struct SentencePlan: Equatable {
    enum Part: Equatable {
        /// To be normalised.
        case text(String, Prosody)
        case words(String, Prosody)
        case phonemes([Phoneme], Prosody)
        case pause(Double)
        case mark(String)
    }

    var parts: [Part] = []
    /// For people.
    var text = ""
    /// Seconds that the author wants behind it; nil for the usual pause.
    var pauseAfter: Double?
}

extension MarkedText.Block {
    /// Whether it has anything that could be spoken.
    var hasText: Bool {
        items.contains { item in
            switch item {
            case .text(let text, _), .words(let text, _): !text.allSatisfy(\.isWhitespace)
            case .phonemes: true
            case .pause, .mark: false
            }
        }
    }

    /// The block's sentences. Pauses between two of them belong to the first, marks to the second.
    func plans(_ splitter: SentenceSplitter) -> [SentencePlan] {
        let layout = BlockLayout(items)
        let whole = layout.text.utf8.count
        var ranges: [Range<Int>] =
            isSentence && whole <= SentenceSplitter.longestSentence
            ? [0..<whole]
            : splitter.split(layout.text).map { layout.offsets(of: $0) }.filter { !$0.isEmpty }
        if ranges.isEmpty { ranges = [0..<whole] }
        var plans = ranges.map { range in
            SentencePlan(text: layout.text(in: range).split(whereSeparator: \.isWhitespace).joined(separator: " "))
        }
        var current = 0
        for piece in layout.pieces {
            switch piece.item {
            case .mark, .pause:
                // Between two sentences lies the white space that neither of them has.
                while current + 1 < ranges.count, piece.start >= ranges[current].upperBound { current += 1 }
                let isBefore = piece.start <= ranges[current].lowerBound
                if case .pause(let seconds) = piece.item {
                    if isBefore, current > 0 {
                        plans[current - 1].pauseAfter = (plans[current - 1].pauseAfter ?? 0) + seconds
                    } else if piece.start >= ranges[current].upperBound {
                        plans[current].pauseAfter = (plans[current].pauseAfter ?? 0) + seconds
                    } else {
                        plans[current].parts.append(.pause(seconds))
                    }
                } else if case .mark(let name) = piece.item {
                    plans[current].parts.append(.mark(name))
                }
            case .phonemes(let phonemes, _, let prosody):
                while current + 1 < ranges.count, piece.start >= ranges[current].upperBound { current += 1 }
                plans[current].parts.append(.phonemes(phonemes, prosody))
            case .text(_, let prosody), .words(_, let prosody):
                for index in current..<ranges.count {
                    let overlap = ranges[index].clamped(to: piece.start..<piece.end)
                    if piece.end <= ranges[index].lowerBound { break }
                    current = index
                    guard !overlap.isEmpty else { continue }
                    let text = layout.text(in: overlap)
                    if case .words = piece.item {
                        plans[index].parts.append(.words(text, prosody))
                    } else {
                        plans[index].parts.append(.text(text, prosody))
                    }
                }
            }
        }
        return plans
    }
}

/// The text of a block in one piece, and which item each byte of it comes from.
private struct BlockLayout {
    struct Piece {
        var item: MarkedText.Item
        var start: Int
        var end: Int
    }

    private(set) var text = ""
    private(set) var pieces: [Piece] = []

    init(_ items: [MarkedText.Item]) {
        for item in items {
            let start = text.utf8.count
            switch item {
            case .text(let part, _), .words(let part, _): text += part
            case .phonemes(_, text: let shown, _): text += Self.word(for: shown)
            case .pause, .mark: break
            }
            pieces.append(Piece(item: item, start: start, end: text.utf8.count))
        }
        text.makeContiguousUTF8()
    }

    /// A word in which no sentence can end, whatever phonemes stand for.
    private static func word(for shown: String) -> String {
        let letters = String(shown.prefix(100).filter { $0.isLetter || $0.isNumber || $0 == " " })
        return letters.allSatisfy(\.isWhitespace) ? "word" : letters
    }

    func offsets(of part: Substring) -> Range<Int> {
        let start = text.utf8.distance(from: text.startIndex, to: part.startIndex)
        return start..<start + part.utf8.count
    }

    func text(in range: Range<Int>) -> String {
        let start = text.utf8.index(text.startIndex, offsetBy: range.lowerBound)
        let end = text.utf8.index(start, offsetBy: range.count)
        return String(text[start..<end])
    }
}
