extension String {
    /// The text without characters that a terminal would act on, or that would end the line: those become `\\u{1B}`.
    var onOneLine: String { escaping { _ in false } }

    /// As ``onOneLine``; lines stay lines.
    var printable: String { escaping { $0 == "\n" || $0 == "\t" } }

    private func escaping(except isKept: (Unicode.Scalar) -> Bool) -> String {
        guard unicodeScalars.contains(where: { $0.isActedOn && !isKept($0) }) else { return self }
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if scalar.isActedOn, !isKept(scalar) {
                result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }
}

extension Unicode.Scalar {
    /// Control characters, line and paragraph separators, and what turns the direction of writing around.
    fileprivate var isActedOn: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
        default: false
        }
    }
}
