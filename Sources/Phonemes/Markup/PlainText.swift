/// Text without markup, or with markup that cannot be read.
enum PlainText {
    /// Paragraphs, which empty lines separate.
    static func paragraphs(of text: String) -> [Substring] {
        var paragraphs: [Substring] = []
        var start = text.startIndex
        var lineIsEmpty = false
        for index in text.indices {
            let character = text[index]
            if character.isNewline {
                let next = text.index(after: index)
                if lineIsEmpty {
                    if start < index { paragraphs.append(text[start..<index]) }
                    start = next
                }
                lineIsEmpty = true
            } else if !character.isWhitespace {
                lineIsEmpty = false
            }
        }
        if start < text.endIndex { paragraphs.append(text[start...]) }
        return paragraphs.filter { !$0.allSatisfy(\.isWhitespace) }
    }

    /// What is left of markup when all that looks like a tag is taken out and the five entities of XML are replaced.
    static func withoutTags(_ text: String) -> String {
        let scalars = text.unicodeScalars
        var result = String.UnicodeScalarView()
        var next = scalars.startIndex
        while next < scalars.endIndex {
            if scalars[next] == "<", let end = endOfTag(scalars, next) {
                // Words on both sides of a tag are two.
                result.append(" ")
                next = end
            } else if scalars[next] == "&", let (scalar, end) = entity(scalars, next) {
                result.append(scalar)
                next = end
            } else {
                result.append(scalars[next])
                next = scalars.index(after: next)
            }
        }
        return String(result)
    }

    /// Scalars of a tag; what is longer is text.
    private static let longestTag = 1_000

    private static func endOfTag(_ scalars: String.UnicodeScalarView, _ start: String.Index) -> String.Index? {
        let inside = scalars[start...].dropFirst()
        guard let first = inside.first, first == "/" || first == "!" || first == "?" || first.properties.isAlphabetic,
            let end = inside.prefix(longestTag).firstIndex(where: { $0 == ">" || $0 == "<" }), scalars[end] == ">"
        else { return nil }
        return scalars.index(after: end)
    }

    private static let entities: [(name: String, scalar: Unicode.Scalar)] = [
        ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"),
    ]

    private static func entity(
        _ scalars: String.UnicodeScalarView, _ start: String.Index
    ) -> (Unicode.Scalar, String.Index)? {
        for (name, scalar) in entities where scalars[start...].starts(with: name.unicodeScalars) {
            return (scalar, scalars.index(start, offsetBy: name.unicodeScalars.count))
        }
        return nil
    }
}
