/// A message as the SSML that hearsayd is given.
struct MessageText {
    let settings: MessageSettings

    /// The text of SPEAK: SSML, or what passes for it.
    func message(_ text: String) -> String {
        let hasMarkup = text.drop(while: \.isWhitespace).hasPrefix("<speak")
        let markup = hasMarkup ? text : "<speak>\(Self.escaped(text))</speak>"
        if settings.isSpelling { return rewritten(markup) { text, output in output += spelled(text) } }
        guard settings.punctuation != .none else { return markup }
        return rewritten(markup, named)
    }

    /// One character, or its name.
    func character(_ text: String) -> String {
        guard text.count == 1 else { return "<speak>\(Self.escaped(text))</speak>" }
        return "<speak>\(spelled(text))</speak>"
    }

    /// A key with what is held down meanwhile, such as `control_shift_a`.
    func key(_ name: String) -> String {
        if name == "_" { return character(name) }
        let parts = name.split(separator: "_").map { part in
            part.count == 1 ? spelled(String(part)) : Self.escaped(String(part).replacing("-", with: " "))
        }
        return "<speak>\(parts.joined(separator: " "))</speak>"
    }

    /// There are no sounds for icons: their names are said.
    func icon(_ name: String) -> String {
        "<speak>\(Self.escaped(String(name.map { $0 == "-" || $0 == "_" ? " " : $0 })))</speak>"
    }

    // MARK: Characters by name

    private static let some: Set<Character> = Set("@#$%^&*+=/\\<>|~_{}[]")
    private static let most: Set<Character> = some.union("()\"`;:-")
    /// These shape how a sentence is spoken; their names do not replace them.
    private static let pauses: Set<Character> = Set(".,;:!?")

    private func isNamed(_ character: Character) -> Bool {
        switch settings.punctuation {
        case .none: false
        case .some: Self.some.contains(character)
        case .most: Self.most.contains(character)
        case .all: character.isPunctuation || character.isSymbol
        }
    }

    /// Text in which the punctuation that is to be heard has been replaced by its names.
    private func named(_ text: String, _ output: inout String) {
        let characters = Array(text)
        for (index, character) in characters.enumerated() {
            guard isNamed(character) else {
                output += Self.escaped(String(character))
                continue
            }
            output += " \(spelled(String(character)))"
            let isInside = index + 1 < characters.count && !characters[index + 1].isWhitespace
            output += Self.pauses.contains(character) && !isInside ? String(character) : " "
        }
    }

    /// Letter by letter.
    private func spelled(_ text: String) -> String {
        guard !text.allSatisfy(\.isWhitespace) else { return text }
        var output = ""
        if text.count == 1, text != text.lowercased(), settings.capitals != .none, speaksEnglish { output = "capital " }
        return output + "<say-as interpret-as=\"characters\">\(Self.escaped(text))</say-as>"
    }

    private var speaksEnglish: Bool { settings.language.map { $0.lowercased().hasPrefix("en") } ?? true }

    // MARK: Markup

    /// Markup whose elements stay and whose text is replaced.
    private func rewritten(_ markup: String, _ replace: (String, inout String) -> Void) -> String {
        var output = ""
        var rest = markup[...]
        while !rest.isEmpty {
            let text = rest.prefix { $0 != "<" }
            if !text.isEmpty { replace(Self.unescaped(text), &output) }
            rest = rest[text.endIndex...]
            let tag = rest.prefix { $0 != ">" }
            rest = rest[tag.endIndex...]
            output += tag + rest.prefix(1)
            rest = rest.dropFirst()
        }
        return output
    }

    private static let entities: [(name: String, character: String)] = [
        ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&"),
    ]

    static func escaped(_ text: String) -> String {
        var output = ""
        for character in text {
            switch character {
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "&": output += "&amp;"
            default: output.append(character)
            }
        }
        return output
    }

    private static func unescaped(_ text: Substring) -> String {
        // The ampersand comes last, so that what it escaped stays escaped.
        entities.reduce(String(text)) { $0.replacing($1.name, with: $1.character) }
    }
}
