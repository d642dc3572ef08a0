/// Joins punctuation with the word that it belongs to: opening marks with the next word, closing ones with the
/// previous word. Words merged away stay in the list, empty.
struct PunctuationMerging: Sendable {
    /// Marks that belong to the next word, when they follow a space.
    var prepended = Self.defaultPrepended
    /// Marks that belong to the previous word.
    var appended = Self.defaultAppended

    static let defaultPrepended = "\"'“¿([{-"
    static let defaultAppended = "\"'.。,，!！?？:：”)]}、"

    func apply(to alignment: inout [WordTiming]) {
        guard alignment.count > 1 else { return }
        mergePrepended(&alignment)
        mergeAppended(&alignment)
    }

    private func mergePrepended(_ alignment: inout [WordTiming]) {
        var following = alignment.count - 1
        for index in alignment.indices.dropLast().reversed() {
            let word = alignment[index].word
            if word.unicodeScalars.first == " ", prepended.containsAsReference(ReferenceText.strip(word)) {
                alignment[following].word = word + alignment[following].word
                alignment[following].tokens = alignment[index].tokens + alignment[following].tokens
                alignment[index].word = ""
                alignment[index].tokens = []
            } else {
                following = index
            }
        }
    }

    private func mergeAppended(_ alignment: inout [WordTiming]) {
        var previous = 0
        for index in alignment.indices.dropFirst() {
            let word = alignment[index].word
            let endsWithSpace = alignment[previous].word.unicodeScalars.last == " "
            if !endsWithSpace, appended.containsAsReference(word) {
                alignment[previous].word += word
                alignment[previous].tokens += alignment[index].tokens
                alignment[index].word = ""
                alignment[index].tokens = []
            } else {
                previous = index
            }
        }
    }
}

extension String {
    /// Python's `part in self`, which the reference uses for lists of marks: the part occurs anywhere in the string,
    /// compared scalar by scalar. Nothing at all occurs everywhere.
    func containsAsReference(_ part: String) -> Bool {
        let scalars = Array(unicodeScalars)
        let part = Array(part.unicodeScalars)
        guard part.count <= scalars.count else { return false }
        return (0...scalars.count - part.count).contains { scalars[$0..<$0 + part.count].elementsEqual(part) }
    }
}
