/// A header's value with its parameters, such as `form-data; name="file"; filename="a.wav"` (RFC 9110, 5.6.6).
struct HeaderParameters {
    /// In lower case, such as `form-data`.
    let value: String
    /// By names in lower case; the first of each.
    private var parameters: [String: String] = [:]

    /// Reads what it can: what is no parameter is passed over.
    init(_ text: String) {
        var rest = Substring(text)
        value = Self.trimmed(rest.prefix { $0 != ";" }).lowercased()
        rest = rest.drop { $0 != ";" }
        while rest.first == ";" {
            rest = rest.dropFirst()
            let name = Self.trimmed(rest.prefix { $0 != "=" && $0 != ";" }).lowercased()
            rest = rest.drop { $0 != "=" && $0 != ";" }
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            let content = Self.takeContent(&rest)
            if parameters[name] == nil { parameters[name] = content }
            rest = rest.drop { $0 != ";" }
        }
    }

    subscript(name: String) -> String? { parameters[name] }

    /// A token, or a text in quotation marks, in which a backslash makes the next character plain.
    private static func takeContent(_ rest: inout Substring) -> String {
        guard rest.first == "\"" else {
            let token = rest.prefix { $0 != ";" }
            rest = rest[token.endIndex...]
            return trimmed(token)
        }
        rest = rest.dropFirst()
        var content = ""
        while let character = rest.popFirst(), character != "\"" {
            if character == "\\", let next = rest.popFirst() {
                content.append(next)
            } else {
                content.append(character)
            }
        }
        return content
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0 == " " || $0 == "\t" }
        let end = start.lastIndex { $0 != " " && $0 != "\t" }
        return end.map { String(start[...$0]) } ?? ""
    }
}
