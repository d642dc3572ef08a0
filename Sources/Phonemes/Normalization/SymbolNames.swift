/// What single characters are called.
enum SymbolNames {
    /// Said inside web addresses, file names and paths.
    static let inAddresses: [Unicode.Scalar: String] = [
        ".": "dot", "/": "slash", "-": "dash", "_": "underscore", ":": "colon", "?": "question mark", "=": "equals",
        "&": "and", "#": "hash", "%": "percent", "+": "plus", "@": "at", "~": "tilde", "\\": "backslash",
    ]

    /// Said in running text, where no rule knows better; characters that are not listed are not said.
    static let inText: [Unicode.Scalar: String] = [
        "&": "and", "@": "at", "%": "percent", "+": "plus", "=": "equals", "$": "dollar", "\u{20AC}": "euro",
        "\u{A3}": "pound", "\u{A5}": "yen", "\u{A2}": "cent", "\u{B0}": "degrees", "\u{D7}": "times",
        "\u{F7}": "divided by", "\u{B1}": "plus or minus", "\u{2212}": "minus", "\u{2248}": "approximately",
        "\u{2260}": "is not equal to", "\u{2264}": "less than or equal to", "\u{2265}": "greater than or equal to",
        "\u{221E}": "infinity", "\u{221A}": "square root of", "\u{2116}": "number", "\u{A7}": "section",
        "\u{B6}": "paragraph", "\u{2192}": "to", "\u{21D2}": "implies", "\u{2211}": "sum", "\u{222B}": "integral",
        "\u{2202}": "partial", "\u{2207}": "nabla", "\u{2261}": "is equivalent to", "\u{2208}": "in",
        "\u{2030}": "per mille", "\u{2103}": "degrees Celsius", "\u{2109}": "degrees Fahrenheit",
        "\u{2032}": "prime", "\u{2033}": "double prime", "/": "slash", "\\": "backslash", "\u{2126}": "ohm",
    ]

    /// Marks that shape pauses and stay in the text.
    static let punctuation: Set<Unicode.Scalar> = [
        ".", ",", ";", ":", "!", "?", "\u{2026}", "(", ")", "[", "]", "\"", "'", "-", "\u{2013}", "\u{2014}",
    ]

    /// Said when a text is spelled out.
    static let spelledOut: [Unicode.Scalar: String] = [
        " ": "space", "\n": "new line", ".": "dot", ",": "comma", ";": "semicolon", ":": "colon",
        "!": "exclamation mark", "?": "question mark", "'": "apostrophe", "\"": "quote", "-": "dash", "_": "underscore",
        "(": "left parenthesis", ")": "right parenthesis", "[": "left bracket", "]": "right bracket", "{": "left brace",
        "}": "right brace", "<": "less than", ">": "greater than", "/": "slash", "\\": "backslash", "|": "vertical bar",
        "@": "at", "#": "hash", "%": "percent", "^": "caret", "&": "and", "*": "star", "~": "tilde", "`": "backtick",
        "\u{2013}": "dash", "\u{2014}": "dash", "\u{2026}": "ellipsis",
    ]
}
