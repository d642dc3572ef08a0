/// Finds out where the letters of a sentence's clauses come from.
///
/// A clause has its sentence's letters in their order, but some are left out: quotation marks, brackets, spaces. So each
/// letter is looked for from where the last one was found.
struct ClauseAligner {
    /// A part of a clause that is said in one way.
    struct Piece {
        var text: String
        /// Byte offset of its first letter in the sentence.
        var offset: Int
        var run: NormalizedSentence.Run
        /// A space stands before it.
        var isNewWord: Bool
    }

    /// Letters that a clause may leave out at once.
    private static let farthest = 256

    private let sentence: NormalizedSentence
    private let scalars: [Unicode.Scalar]
    private let offsets: [Int]
    /// Where a new piece begins, if a letter does.
    private let cuts: [Int]
    private var next = 0

    init(_ sentence: NormalizedSentence) {
        self.sentence = sentence
        scalars = Array(sentence.text.unicodeScalars)
        var offset = 0
        var offsets: [Int] = []
        for scalar in scalars {
            offsets.append(offset)
            offset += UTF8.width(scalar)
        }
        self.offsets = offsets
        cuts = Set(sentence.runs.map(\.end) + sentence.events.map(\.offset)).sorted()
    }

    mutating func pieces(of clause: String) -> [Piece] {
        var pieces: [Piece] = []
        var cut = -1
        var isSpaced = true
        for scalar in clause.unicodeScalars {
            guard !scalar.properties.isWhitespace else {
                isSpaced = true
                continue
            }
            let offset = locate(scalar)
            let number = cuts.partitioningIndex { $0 > offset }
            if number != cut || pieces.isEmpty {
                guard let run = sentence.runs.first(where: { $0.end > offset }) ?? sentence.runs.last else { continue }
                pieces.append(Piece(text: "", offset: offset, run: run, isNewWord: isSpaced || spaceBefore(offset)))
                cut = number
            } else if isSpaced {
                pieces[pieces.count - 1].text.unicodeScalars.append(" ")
            }
            pieces[pieces.count - 1].text.unicodeScalars.append(scalar)
            isSpaced = false
        }
        return pieces
    }

    /// The byte offset of the next such letter; of the letter that is next if there is none.
    private mutating func locate(_ scalar: Unicode.Scalar) -> Int {
        if let found = scalars[next...].prefix(Self.farthest).firstIndex(of: scalar) {
            next = found + 1
            return offsets[found]
        }
        return next < offsets.count ? offsets[next] : offsets.last ?? 0
    }

    /// Punctuation that was left out separates words, too.
    private func spaceBefore(_ offset: Int) -> Bool {
        guard let index = offsets[..<min(next, offsets.count)].lastIndex(of: offset), index > 0 else { return true }
        return !scalars[index - 1].properties.isAlphabetic && scalars[index - 1].properties.numericType == nil
    }
}

extension Array {
    /// The first index whose element satisfies `predicate`, where all before do not and all behind do.
    fileprivate func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
