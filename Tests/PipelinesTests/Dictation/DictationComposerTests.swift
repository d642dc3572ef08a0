import Recognition
import Testing

@testable import Pipelines

@Suite struct DictationComposerTests {
    private func words(_ text: String) -> [HypothesisWord] { UtteranceHypothesis(text).words }

    /// What is written when each utterance's words come one by one.
    private func written(_ utterances: [String], language: String = "en") -> [String] {
        var composer = DictationComposer(commands: SpokenCommands(language: language))
        var texts: [String] = []
        for utterance in utterances {
            texts.append("")
            var edits = words(utterance).flatMap { composer.append([$0]) }
            edits += composer.finish()
            for edit in edits {
                switch edit {
                case .insert(let text): texts[texts.count - 1] += text
                case .erase(let text):
                    if texts[texts.count - 1].isEmpty {
                        if let index = texts.lastIndex(of: text) { texts[index] = "" }
                    } else {
                        #expect(texts[texts.count - 1].hasSuffix(text))
                        texts[texts.count - 1].removeLast(text.count)
                    }
                }
            }
        }
        return texts
    }

    @Test(arguments: [
        (["Hello there ."], ["Hello there ."]),
        (["one new line two"], ["one\ntwo"]),
        (["one New Line. two"], ["one\ntwo"]),
        (["one new line . Two"], ["one\nTwo"]),
        (["one newline two"], ["one\ntwo"]),
        (["one new paragraph two"], ["one\n\ntwo"]),
        (["a new house"], ["a new house"]),
        (["a new new line b"], ["a new\nb"]),
        (["something new"], ["something new"]),
        (["new line"], ["\n"]),
        (["one two scratch that three"], ["three"]),
        (["one two", "scratch that"], ["", ""]),
        (["one", "two", "scratch that", "scratch that"], ["", "", "", ""]),
        (["one", "scratch that two"], ["", "two"]),
        (["scratch that"], [""]),
        (["scratch"], ["scratch"]),
    ])
    func doesWhatIsSaid(utterances: [String], texts: [String]) {
        #expect(written(utterances) == texts)
    }

    @Test(arguments: [
        ("de", "eins neue Zeile zwei", "eins\nzwei"), ("fr", "un à la ligne deux", "un\ndeux"),
        ("es", "uno nuevo párrafo dos", "uno\n\ndos"), ("xx", "one new line two", "one new line two"),
    ])
    func knowsTheCommandsOfLanguages(language: String, said: String, text: String) {
        #expect(written([said], language: language) == [text])
    }

    @Test func holdsBackOnlyWhatMayBeACommand() {
        var composer = DictationComposer(commands: SpokenCommands(language: "en"))
        #expect(composer.append(words("one new")) == [.insert("one")])
        #expect(composer.heldText == " new")
        #expect(composer.append(words("car")) == [.insert(" new"), .insert(" car")])
        #expect(composer.heldText.isEmpty)
    }

    @Test func takesCommandsOfItsOwn() {
        var commands = SpokenCommands()
        commands.add("full stop next", .newLine)
        commands.add("full", .newParagraph)
        commands.add(" ", .scratch)
        var composer = DictationComposer(commands: commands)
        // The longer phrase fails at its last word, and the shorter one is done.
        #expect(composer.append(words("Full stop here")) == [.insert("\n\n"), .insert("stop"), .insert(" here")])
        commands.remove(.newParagraph)
        #expect(commands.phrases.count == 1)
    }

    @Test func lettersOnlyReachTheKeyboard() {
        var composer = DictationComposer(commands: SpokenCommands())
        let word = HypothesisWord(text: " a\u{1B}\n\tb\u{7F}", tokens: [1])
        #expect(composer.append([word]) == [.insert("ab")])
    }
}
