import StrictJSON

/// What `hearsay doctor` has found out about one thing.
struct Finding: Equatable {
    enum Verdict: String {
        case good
        /// Something works less well than it could, or some people miss it.
        case warning
        /// Something that hearsay needs is missing or broken.
        case problem
    }

    /// A stable, dotted name, such as `model.usual`.
    let name: String
    let verdict: Verdict
    /// What is so.
    let text: String
    /// What to do about it; nil where nothing needs to be done.
    let advice: String?

    static func good(_ name: String, _ text: String) -> Finding {
        Finding(name: name, verdict: .good, text: text, advice: nil)
    }

    static func warning(_ name: String, _ text: String, _ advice: String) -> Finding {
        Finding(name: name, verdict: .warning, text: text, advice: advice)
    }

    static func problem(_ name: String, _ text: String, _ advice: String) -> Finding {
        Finding(name: name, verdict: .problem, text: text, advice: advice)
    }

    /// Such as `good     voice.kathleen      opens, en-us`.
    func line(nameWidth: Int) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        let first = "\(padded(verdict.rawValue, 7))  \(padded(name, nameWidth))  \(text)\n"
        guard let advice else { return first }
        return first + String(repeating: " ", count: nameWidth + 11) + "→ \(advice)\n"
    }

    var json: JSONValue {
        .object([
            "name": .string(name), "verdict": .string(verdict.rawValue), "text": .string(text),
            "advice": advice.map { .string($0) } ?? .null,
        ])
    }
}
