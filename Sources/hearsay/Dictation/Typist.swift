/// Types into the focused window by whichever program can.
struct Typist: Sendable {
    /// Programs that type, in the order in which they are tried.
    enum Tool: String, CaseIterable, Sendable {
        case wtype, ydotool, dotool, xdotool

        /// Arguments and input that type a text.
        func typing(_ text: String) -> (arguments: [String], input: String) {
            switch self {
            case .wtype: (["-"], text)
            case .ydotool: (["type", "--key-delay", "2", "--file", "-"], text)
            case .dotool: ([], Self.dotoolScript(text))
            case .xdotool: (["type", "--clearmodifiers", "--delay", "1", "--file", "-"], text)
            }
        }

        /// Arguments and input that press the backspace key.
        func erasing(_ count: Int) -> (arguments: [String], input: String) {
            switch self {
            case .wtype: (Array(repeating: ["-k", "BackSpace"], count: count).flatMap(\.self), "")
            case .ydotool: (["key"] + Array(repeating: ["14:1", "14:0"], count: count).flatMap(\.self), "")
            case .dotool: ([], String(repeating: "key backspace\n", count: count))
            case .xdotool: (["key", "--clearmodifiers", "--repeat", "\(count)", "BackSpace"], "")
            }
        }

        /// A line of its own for each line of text, which ends its command.
        private static func dotoolScript(_ text: String) -> String {
            text.split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.isEmpty ? "" : "type \($0)\n" }.joined(separator: "key enter\n")
        }
    }

    /// Where programs are looked for.
    private let folders: [String]
    /// The one that worked last.
    private var tool: Tool?

    init(folders: [String] = DesktopProgram.searchPath) {
        self.folders = folders
    }

    /// Keys pressed by one run of a program.
    private static let mostErased = 200

    /// Looks for a program that types, before there is anything to type.
    ///
    /// - Throws: `dictate.no_typing_tool`.
    func check() throws(Failure) {
        let isThere = Tool.allCases.contains { DesktopProgram(name: $0.rawValue, folders: folders).exists }
        if !isThere { throw Self.failure("is installed; install") }
    }

    private static func failure(_ what: String) -> Failure {
        Failure(
            .output, code: "dictate.no_typing_tool",
            "none of wtype, ydotool, dotool and xdotool \(what) the one for your desktop")
    }

    /// - Throws: `dictate.no_typing_tool`.
    mutating func type(_ text: String) throws(Failure) {
        guard !text.isEmpty else { return }
        try run { $0.typing(text) }
    }

    /// Takes back the last `count` characters.
    ///
    /// - Throws: `dictate.no_typing_tool`.
    mutating func erase(_ count: Int) throws(Failure) {
        var left = count
        while left > 0 {
            let part = min(left, Self.mostErased)
            try run { $0.erasing(part) }
            left -= part
        }
    }

    private mutating func run(_ command: (Tool) -> (arguments: [String], input: String)) throws(Failure) {
        // Once one has worked, another would type twice what the first typed in part.
        for candidate in tool.map({ [$0] }) ?? Tool.allCases {
            let (arguments, input) = command(candidate)
            if DesktopProgram(name: candidate.rawValue, folders: folders).run(arguments, input: input) == .done {
                tool = candidate
                return
            }
        }
        guard let tool else { throw Self.failure("could type; install") }
        throw Failure(.output, code: "dictate.no_typing_tool", "\(tool.rawValue) could not type any more")
    }
}
