import Recognition

/// Turns committed words into text: spoken commands become what they mean, everything else stays as it was said.
///
/// A word that may begin a command is held back until the next one decides.
struct DictationComposer: Sendable {
    /// A change to what has been given out.
    enum Edit: Sendable, Equatable {
        /// Text that is appended.
        case insert(String)
        /// Text at the end that is taken back, because the speaker said so.
        case erase(String)
    }

    var commands: SpokenCommands
    /// Text of the utterance so far.
    private(set) var text = ""
    private var held: [HypothesisWord] = []
    /// A line has just begun: no space, and no full stop that belonged to the command.
    private var isAtLineStart = false
    /// Texts of utterances that can still be taken back.
    private var earlier: [String] = []

    /// Utterances that can be taken back one after the other.
    private static let mostEarlier = 100

    init(commands: SpokenCommands) {
        self.commands = commands
    }

    /// Text of the words that are held back.
    var heldText: String { held.map(\.text).joined() }

    /// Takes words that have been committed.
    mutating func append(_ words: some Sequence<HypothesisWord>) -> [Edit] {
        var edits: [Edit] = []
        for word in words {
            held.append(word)
            settle(into: &edits)
        }
        return edits
    }

    /// Ends the utterance: what is held back is no command, unless it is a whole one.
    mutating func finish() -> [Edit] {
        var edits: [Edit] = []
        while !held.isEmpty {
            if let command = commands.phrases[bareHeld] { run(command, into: &edits) } else { release(into: &edits) }
        }
        if !text.isEmpty { earlier.append(text) }
        if earlier.count > Self.mostEarlier { earlier.removeFirst() }
        text = ""
        isAtLineStart = false
        return edits
    }

    private var bareHeld: [String] { held.map { SpokenCommands.bare($0.text) } }

    /// Gives out what the held words have turned out to be.
    private mutating func settle(into edits: inout [Edit]) {
        while !held.isEmpty {
            let words = bareHeld
            if commands.isBeginning(words) { return }
            if let command = commands.phrases[words] {
                run(command, into: &edits)
            } else if let (command, count) = longestCommand(words) {
                let rest = held[count...]
                held = Array(held[..<count])
                run(command, into: &edits)
                held = Array(rest)
            } else {
                release(into: &edits)
            }
        }
    }

    /// A command that the held words begin with, when they go on otherwise than a longer one.
    private func longestCommand(_ words: [String]) -> (SpokenCommands.Command, Int)? {
        for count in stride(from: words.count - 1, to: 0, by: -1) {
            if let command = commands.phrases[Array(words[..<count])] { return (command, count) }
        }
        return nil
    }

    /// Gives the first held word out as it is.
    private mutating func release(into edits: inout [Edit]) {
        let word = held.removeFirst()
        if isAtLineStart, word.isPunctuation { return }
        var written = word.text
        if text.isEmpty || isAtLineStart { written = String(written.drop { $0 == " " }) }
        isAtLineStart = false
        guard !written.isEmpty else { return }
        // What was decoded must not act where it is typed.
        written.unicodeScalars.removeAll { $0.properties.generalCategory == .control }
        text += written
        edits.append(.insert(written))
    }

    private mutating func run(_ command: SpokenCommands.Command, into edits: inout [Edit]) {
        held = []
        switch command {
        case .newLine, .newParagraph:
            text += command.text
            edits.append(.insert(command.text))
            isAtLineStart = true
        case .scratch:
            let erased = text.isEmpty ? earlier.popLast() ?? "" : text
            text = ""
            // The full stop after the command goes with it.
            isAtLineStart = true
            if !erased.isEmpty { edits.append(.erase(erased)) }
        }
    }
}
