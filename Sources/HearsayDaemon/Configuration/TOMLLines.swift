/// On which line of a TOML text each key stands: the parser tells it for faults of syntax only.
///
/// Knows tables and keys at the start of a line, which is how people write them; a key that is found nowhere has no line.
struct TOMLLines {
    private var lines: [String: Int] = [:]

    init(_ text: String) {
        var table: [String] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.first == "[" {
                table = Self.path(line.dropFirst().prefix { $0 != "]" })
                note(table, index + 1)
            } else if let end = line.firstIndex(of: "="), line.first != "#" {
                note(table + Self.path(line[..<end]), index + 1)
            }
        }
    }

    /// Counted from 1.
    func line(of name: String) -> Int? { lines[name] }

    private mutating func note(_ path: [String], _ line: Int) {
        let name = path.joined(separator: ".")
        if lines[name] == nil { lines[name] = line }
    }

    private static func path(_ text: Substring) -> [String] {
        text.split(separator: ".").map { part in
            String(part.filter { $0 != " " && $0 != "\t" && $0 != "\"" && $0 != "'" && $0 != "\r" })
        }
    }
}
