/// Cuts one sentence at its punctuation marks.
struct ClauseReader {
    /// What a character of the sentence is.
    private enum Part {
        /// A part of a word.
        case word(Unicode.Scalar)
        /// Not said.
        case nothing
        /// A mark that ends at the offset.
        case mark(ClauseTerminator, end: Int)
    }

    private let scalars: [Unicode.Scalar]
    private let rules: StopRules
    /// The semicolon asks a question.
    private let greek: Bool

    private var clauses: [Clause] = []
    private var words = String.UnicodeScalarView()
    private var length = 0
    private var isSpoken = false

    init(_ scalars: [Unicode.Scalar], rules: StopRules, greek: Bool) {
        self.scalars = scalars
        self.rules = rules
        self.greek = greek
    }

    mutating func read() -> [Clause] {
        var index = 0
        while index < scalars.count {
            switch part(at: index) {
            case .word(let scalar): append(scalar)
            case .nothing: break
            case .mark(let terminator, let end):
                close(terminator)
                index = end
                continue
            }
            index += 1
        }
        if isSpoken { close(.none) }
        return clauses
    }

    // MARK: Clauses

    private mutating func append(_ scalar: Unicode.Scalar) {
        guard scalar.isBlank else {
            words.append(scalar)
            length += 1
            isSpoken = isSpoken || SentenceSplitter.isSpoken(scalar)
            return
        }
        guard let last = words.last, last != " " else { return }
        if length >= SentenceSplitter.longestClause {
            close(.comma)
        } else {
            words.append(" ")
            length += 1
        }
    }

    /// Ends the clause; where nothing was said since the one before, that takes the mark if it is the stronger one.
    private mutating func close(_ terminator: ClauseTerminator) {
        defer {
            words = String.UnicodeScalarView()
            length = 0
            isSpoken = false
        }
        guard isSpoken else {
            guard let last = clauses.last, terminator.strength > last.terminator.strength else { return }
            clauses[clauses.count - 1].terminator = terminator
            return
        }
        while words.last == " " { words.removeLast() }
        clauses.append(Clause(text: String(words), terminator: terminator))
    }

    // MARK: Marks

    private func scalar(_ index: Int) -> Unicode.Scalar {
        scalars.indices.contains(index) ? scalars[index] : " "
    }

    private func isBetween(_ index: Int, _ test: (Unicode.Scalar) -> Bool) -> Bool {
        test(scalar(index - 1)) && test(scalar(index + 1))
    }

    private func part(at index: Int) -> Part {
        let scalar = scalars[index]
        switch scalar {
        case ",", "\u{60C}", "\u{3001}", "\u{FF0C}":
            return isBetween(index, \.isDigit) ? .word(scalar) : .mark(.comma, end: index + 1)
        case ";", "\u{61B}", "\u{FF1B}":
            return .mark(greek ? .question : .semicolon, end: index + 1)
        case ":", "\u{FF1A}":
            let inside = isBetween(index) { $0.isLetter || $0.isDigit }
            return inside ? .word(scalar) : .mark(.colon, end: index + 1)
        case "-":
            return isBetween(index, \.isBlank) ? .mark(.dash, end: index + 1) : .word("-")
        case "\u{2013}":
            let inside = isBetween(index) { $0.isLetter || $0.isDigit }
            return inside ? .word(scalar) : .mark(.dash, end: index + 1)
        case "\u{2014}", "\u{2015}":
            return .mark(.dash, end: index + 1)
        case "(", ")", "[", "]", "{", "}", "\u{FF08}", "\u{FF09}":
            return .mark(.comma, end: index + 1)
        case "\"", "\u{201C}", "\u{201D}", "\u{201E}", "\u{AB}", "\u{BB}", "\u{300C}", "\u{300D}", "\u{BF}", "\u{A1}":
            return .nothing
        case "'", "\u{2018}", "\u{2019}":
            return isApostrophe(index) ? .word(scalar) : .nothing
        default:
            return SentenceScanner.isTerminator(scalar) ? terminator(at: index) : .word(scalar)
        }
    }

    private static let clipped: Set<String> = [
        "tis", "twas", "em", "cause", "til", "bout", "n", "round", "cuz", "twere", "neath", "s", "t", "d", "ll", "re",
        "ve",
    ]

    /// Inside a word, or in place of the beginning of one.
    private func isApostrophe(_ index: Int) -> Bool {
        if scalar(index - 1).isLetter { return scalar(index + 1).isLetter }
        var end = index + 1
        while end < scalars.count, end - index < 8, scalars[end].isLetter { end += 1 }
        return Self.clipped.contains(String(scalars: scalars[index + 1..<end]).lowercased())
    }

    /// A run of stops, question and exclamation marks.
    private func terminator(at index: Int) -> Part {
        var end = index
        var asks = false
        var exclaims = false
        while end < scalars.count, SentenceScanner.isTerminator(scalars[end]) {
            switch scalars[end] {
            case "?", "\u{FF1F}", "\u{61F}": asks = true
            case "!", "\u{FF01}": exclaims = true
            default: break
            }
            end += 1
        }
        if asks || exclaims { return .mark(asks ? .question : .exclamation, end: end) }
        if end - index > 1 || scalars[index] == "\u{2026}" { return .mark(.ellipsis, end: end) }
        if SentenceScanner.isWideTerminator(scalars[index]) { return .mark(.period, end: end) }
        var next = end
        while next < scalars.count, SentenceScanner.isCloser(scalars[next]) { next += 1 }
        if next == scalars.count { return .mark(.period, end: end) }
        // A stop inside a word or a number, or of an abbreviation, which goes.
        if scalar(end) == "," || scalar(end) == ";" { return .nothing }
        if scalar(end).isLetter || scalar(end).isDigit { return .word(".") }
        return isAbbreviation(index) ? .nothing : .mark(.period, end: end)
    }

    private func isAbbreviation(_ stop: Int) -> Bool {
        var next = stop + 1
        while next < scalars.count, scalars[next].isBlank, next - stop < SentenceScanner.mostBlanks { next += 1 }
        var start = stop
        while start > 0, stop - start < SentenceScanner.longestWord,
            scalars[start - 1].isLetter || scalars[start - 1] == "."
        {
            start -= 1
        }
        let word = String(scalars: scalars[start..<stop])
        let context = StopRules.Context(
            before: word, beginsSentence: false, afterCapital: false, afterNumber: false, next: scalar(next))
        switch rules.abbreviationVerdict(context) {
        case .continues, .dependsOnNextWord: return true
        case .ends, nil: return false
        }
    }
}

extension ClauseTerminator {
    /// Which of two marks side by side counts: the longer pause, and a question above all.
    fileprivate var strength: Int {
        switch self {
        case .none: 0
        case .comma: 1
        case .dash: 2
        case .colon: 3
        case .semicolon: 4
        case .ellipsis: 5
        case .period: 6
        case .exclamation: 7
        case .question: 8
        }
    }
}
