/// Finds where sentences end in text of which the end may not have arrived yet.
///
/// Whether a mark ends a sentence depends only on a few characters around it, so the answer is the same however the
/// text arrives, and scanning is linear.
struct SentenceScanner {
    /// A sentence of a text, or that more text is needed to tell where it ends.
    enum Outcome: Equatable {
        case ends(Int)
        case undecided
    }

    /// Blanks, closing marks and letters looked at beyond a mark.
    static let mostBlanks = 16
    static let mostClosers = 8
    static let longestWord = 24

    let scalars: [Unicode.Scalar]
    /// No more text follows.
    let isFinal: Bool
    let rules: StopRules

    /// Offset of the first scalar after `start` that is no blank.
    func skipBlanks(_ start: Int) -> Int {
        var index = start
        while index < scalars.count, scalars[index].isBlank { index += 1 }
        return index
    }

    /// Where the sentence ends that begins at `start`, which holds no blank.
    func sentenceEnd(from start: Int) -> Outcome {
        var index = start
        while index < scalars.count {
            guard index - start < SentenceSplitter.longestSentence else { return .ends(cut(from: start)) }
            let scalar = scalars[index]
            if scalar == "\n" || scalar == "\u{2029}" {
                guard let breaks = breaksParagraph(at: index) else { return .undecided }
                if breaks { return .ends(index) }
            } else if Self.isTerminator(scalar) {
                guard let decision = decision(at: index, sentence: start) else { return .undecided }
                if decision.ends { return .ends(min(decision.next, start + SentenceSplitter.longestSentence)) }
                index = max(decision.next, index + 1)
                continue
            }
            index += 1
        }
        if scalars.count - start > SentenceSplitter.longestSentence { return .ends(cut(from: start)) }
        return isFinal ? .ends(scalars.count) : .undecided
    }

    static func isTerminator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case ".", "!", "?", "\u{2026}": true
        default: isWideTerminator(scalar)
        }
    }

    /// Marks that end a sentence without a space after them, and ones that nothing but a sentence ends with.
    static func isWideTerminator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\u{3002}", "\u{FF01}", "\u{FF1F}", "\u{FF61}", "\u{FF0E}", "\u{964}", "\u{965}", "\u{6D4}", "\u{61F}":
            true
        default: false
        }
    }

    static func isCloser(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\"", "'", ")", "]", "}", "\u{BB}", "\u{201D}", "\u{2019}", "\u{300D}", "\u{300F}", "\u{FF09}", "*", "_":
            true
        default: false
        }
    }

    private static func isOpener(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\"", "'", "(", "[", "{", "\u{AB}", "\u{201C}", "\u{2018}", "\u{201E}", "\u{BF}", "\u{A1}", "*", "_",
            "\u{2014}":
            true
        default: false
        }
    }

    // MARK: Paragraphs

    /// An empty line, or a line that begins a list or a heading, ends a sentence; nil where more text may tell.
    private func breaksParagraph(at index: Int) -> Bool? {
        if scalars[index] == "\u{2029}" { return true }
        var next = index + 1
        while next < scalars.count, next - index < Self.mostBlanks, scalars[next].isBlank {
            if scalars[next] == "\n" { return true }
            next += 1
        }
        guard next < scalars.count else { return isFinal ? false : nil }
        switch scalars[next] {
        case "\u{2022}", "\u{2023}", "\u{25E6}", "#": return true
        case "-", "*", "+": return next + 1 < scalars.count ? scalars[next + 1] == " " : isFinal ? false : nil
        default: return beginsEnumeration(at: next)
        }
    }

    /// "1. " or "12) ".
    private func beginsEnumeration(at index: Int) -> Bool? {
        var next = index
        while next < scalars.count, next - index < 3, scalars[next].isDigit { next += 1 }
        guard next > index else { return false }
        guard next + 1 < scalars.count else { return isFinal ? false : nil }
        return (scalars[next] == "." || scalars[next] == ")") && scalars[next + 1] == " "
    }

    // MARK: Marks

    private struct Decision {
        var ends: Bool
        /// Offset after the mark and what closes with it.
        var next: Int
    }

    /// Whether the run of marks at `index` ends the sentence that began at `start`; nil where more text may tell.
    private func decision(at index: Int, sentence start: Int) -> Decision? {
        var run = index
        while run < scalars.count, run - start < SentenceSplitter.longestSentence, Self.isTerminator(scalars[run]) {
            run += 1
        }
        var next = run
        while next < scalars.count, next - run < Self.mostClosers, Self.isCloser(scalars[next]) { next += 1 }
        guard next < scalars.count else { return isFinal ? Decision(ends: true, next: next) : nil }
        if Self.isWideTerminator(scalars[run - 1]) || scalars[next].isIdeographic {
            return Decision(ends: true, next: next)
        }
        guard scalars[next].isBlank else { return Decision(ends: false, next: run) }

        var blanks = next
        while blanks < scalars.count, blanks - next < Self.mostBlanks, scalars[blanks].isBlank { blanks += 1 }
        var newlines = 0
        for blank in scalars[next..<blanks] where blank == "\n" { newlines += 1 }
        if newlines > 1 || blanks - next == Self.mostBlanks { return Decision(ends: true, next: next) }
        guard blanks < scalars.count else { return isFinal ? Decision(ends: true, next: next) : nil }

        let closed = next > run
        guard let ends = endsBefore(blanks, mark: index..<run, closed: closed, sentence: start) else { return nil }
        return Decision(ends: ends, next: next)
    }

    private func endsBefore(_ following: Int, mark: Range<Int>, closed: Bool, sentence start: Int) -> Bool? {
        var letter = following
        while letter < scalars.count, letter - following < Self.mostClosers, Self.isOpener(scalars[letter]) {
            letter += 1
        }
        guard letter < scalars.count else { return isFinal ? true : nil }
        let next = scalars[letter]
        if next == "," || next == ";" { return false }
        let marks = scalars[mark]
        if marks.contains(where: { $0 == "!" || $0 == "?" }) { return !(closed && next.isLowercaseLetter) }
        if mark.count > 1 || marks.first == "\u{2026}" { return !next.isLowercaseLetter }

        var before = wordBefore(mark.lowerBound, sentence: start)
        var afterNumber = endsInNumber(before.start, sentence: start)
        // "6ft.", "a 10-ft. pole".
        let unit = before.word.unicodeScalars.drop { $0.isDigit || $0 == "." || $0 == "-" }
        if unit.startIndex > before.word.startIndex, MeasureUnit.takesStop.contains(String(unit)) {
            (before.word, afterNumber) = (String(unit), true)
        }
        let context = StopRules.Context(
            before: before.word, beginsSentence: before.start == start, afterCapital: before.afterCapital,
            afterNumber: afterNumber, next: next)
        switch rules.verdict(context) {
        case .ends: return true
        case .continues: return false
        case .dependsOnNextWord:
            guard let word = word(at: letter) else { return nil }
            return SentenceWords.starters.contains(word.lowercased())
        }
    }

    /// The letters, digits and inner stops before a full stop, and whether a capitalised word stands before them.
    private func wordBefore(_ stop: Int, sentence start: Int) -> (word: String, start: Int, afterCapital: Bool) {
        var first = stop
        while first > start, stop - first < Self.longestWord {
            let scalar = scalars[first - 1]
            guard scalar.isLetter || scalar.isDigit || scalar == "." || scalar == "'" || scalar == "-" else { break }
            first -= 1
        }
        var previous = first
        while previous > start, scalars[previous - 1].isBlank, first - previous < 2 { previous -= 1 }
        var head = previous
        while head > start, previous - head < Self.longestWord, scalars[head - 1].isLetter || scalars[head - 1] == "." {
            head -= 1
        }
        let afterCapital = head < previous && scalars[head].isUppercaseLetter
        return (String(scalars: scalars[first..<stop]), first, afterCapital)
    }

    /// A number stands right before `end`, or before the "sq." or "cu." of an area or a volume.
    private func endsInNumber(_ end: Int, sentence start: Int) -> Bool {
        var last = end
        while last > start, scalars[last - 1].isBlank, end - last < 2 { last -= 1 }
        guard last > start else { return false }
        if scalars[last - 1].isDigit || EnglishReader.vulgarFractions[scalars[last - 1]] != nil { return true }
        var first = last
        while first > start, last - first < 4, scalars[first - 1].isLetter || scalars[first - 1] == "." { first -= 1 }
        let word = String(scalars: scalars[first..<last])
        guard ["sq", "sq.", "cu", "cu."].contains(word) else { return false }
        while first > start, scalars[first - 1].isBlank, last - first < 6 { first -= 1 }
        return first > start && scalars[first - 1].isDigit
    }

    /// The whole word at `index`; nil where it may go on.
    private func word(at index: Int) -> String? {
        var end = index
        while end < scalars.count, end - index < Self.longestWord, scalars[end].isLetter || scalars[end] == "'" {
            end += 1
        }
        if end == scalars.count, !isFinal { return nil }
        return String(scalars: scalars[index..<end])
    }

    // MARK: Long sentences

    /// Where to cut a sentence that is too long: after a clause, else at a space, else anywhere.
    private func cut(from start: Int) -> Int {
        let end = start + SentenceSplitter.longestSentence
        let firstClauseEnd = start + SentenceSplitter.longestSentence / 3
        var space: Int?
        for index in stride(from: end - 1, to: start, by: -1) where scalars[index].isBlank {
            if space == nil { space = index }
            guard index > firstClauseEnd else { break }
            switch scalars[index - 1] {
            case ",", ";", ":", ")", "\u{2013}", "\u{2014}", "\u{3001}", "\u{FF0C}": return index
            default: continue
            }
        }
        if let space, space > start { return space }
        // Marks stay with their letter.
        var cut = end
        while cut > end - Self.mostBlanks, cut < scalars.count, scalars[cut].properties.isGraphemeExtend { cut -= 1 }
        return cut
    }
}
