/// The letters that a spelling head tells apart; class 0 is the blank between them.
struct SpellingAlphabet: Sendable, Equatable {
    private let classes: [Unicode.Scalar: UInt8]
    /// The class of a space between words, if there is one.
    let space: UInt8?
    /// Number of classes, the blank included.
    var count: Int { classes.count + 1 }

    /// Returns nil unless there are 1 to 254 different letters.
    init?(letters: String) {
        var classes: [Unicode.Scalar: UInt8] = [:]
        for letter in letters.unicodeScalars {
            guard classes.count < 254, classes.updateValue(UInt8(classes.count + 1), forKey: letter) == nil else {
                return nil
            }
        }
        guard !classes.isEmpty else { return nil }
        self.classes = classes
        space = classes[" "]
    }

    /// The classes of a text's letters, without regard to case; nil stands for anything else, which separates words.
    func classes(of text: String) -> [UInt8?] {
        text.lowercased().unicodeScalars.map {
            let found = classes[$0]
            return found == space ? nil : found
        }
    }
}
