import AudioIO
import Pipelines
import Synchronization

/// Somewhere that dictated text goes, or that is told about it.
protocol DictationSink {
    mutating func take(_ event: DictationSessionEvent) throws
    /// The dictation has ended by an error, which standard error tells of too.
    mutating func fail(_ failure: Failure) throws
}

extension DictationSink {
    mutating func fail(_ failure: Failure) {}
}

/// All places that one dictation's text goes to.
final class DictationSinks: Sendable {
    private let sinks: Mutex<[any DictationSink & Sendable]>

    /// - Throws: `dictate.no_typing_tool` or `dictate.no_clipboard`, before anybody has begun to speak.
    init(_ command: DictateCommand) throws {
        let output = command.output
        if output.type { try Typist().check() }
        if output.clipboard { try Clipboard().check() }
        var sinks: [any DictationSink & Sendable] = []
        if output.type { sinks.append(TypedText(Typist())) }
        if output.clipboard { sinks.append(ClipboardText()) }
        if output.json {
            sinks.append(DictationJSONLines())
        } else if output.statusLine {
            sinks.append(StatusLines())
        } else if !output.type, !output.clipboard {
            sinks.append(PlainLines(showsPartials: !command.quiet && StandardStream.error.isTerminal))
        }
        if !command.quiet { sinks.append(Remarks()) }
        self.sinks = Mutex(sinks)
    }

    func take(_ event: DictationSessionEvent) throws {
        try sinks.withLock { sinks in
            for index in sinks.indices { try sinks[index].take(event) }
        }
    }

    func fail(_ failure: Failure) throws {
        try sinks.withLock { sinks in
            for index in sinks.indices { try sinks[index].fail(failure) }
        }
    }
}

/// Each utterance as a line on standard output; on a terminal, what it looks like so far below it.
struct PlainLines: DictationSink, Sendable {
    let showsPartials: Bool
    private var isShowing = false

    init(showsPartials: Bool) {
        self.showsPartials = showsPartials
    }

    mutating func take(_ event: DictationSessionEvent) throws {
        guard case .dictation(let event) = event else { return }
        switch event {
        case .partial(let committed, let tentative):
            guard showsPartials else { return }
            let text = (committed + tentative).split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
            try StandardStream.error.write("\r\u{1B}[K\(text.suffix(max(1, StandardStream.error.columns - 1)))")
            isShowing = true
        case .final(let utterance):
            if isShowing { try StandardStream.error.write("\r\u{1B}[K") }
            isShowing = false
            if !utterance.text.isEmpty { try StandardStream.output.write(utterance.text + "\n") }
        default: break
        }
    }
}

/// What people should know about the microphone, on standard error.
struct Remarks: DictationSink, Sendable {
    mutating func take(_ event: DictationSessionEvent) throws {
        switch event {
        case .status(.listening): Message.note("listening")
        case .status(.waitingForDevice(let reason)): Message.note("waiting for the microphone: \(reason)")
        case .warning(let text): Message.note(text)
        default: break
        }
    }
}

/// Typed into the focused window as it becomes certain.
struct TypedText: DictationSink, Sendable {
    private var typist: Typist
    /// What is left of what was typed, as far as it can be taken back.
    private var typed = ""
    private var isUtteranceStart = true

    private static let longestMemory = 10_000

    init(_ typist: Typist) {
        self.typist = typist
    }

    mutating func take(_ event: DictationSessionEvent) throws {
        guard case .dictation(let event) = event else { return }
        switch event {
        case .committed(let text):
            let needsSpace =
                isUtteranceStart && !(typed.last?.isWhitespace ?? true) && text.first?.isWhitespace == false
            isUtteranceStart = false
            try typist.type(needsSpace ? " " + text : text)
            typed = String((typed + (needsSpace ? " " : "") + text).suffix(Self.longestMemory))
        case .erased(let text):
            // What was said before may have had a space put between.
            let hasSpace = typed.hasSuffix(" " + text) && typed.count > text.count
            guard typed.hasSuffix(text) else { return }
            let count = text.count + (hasSpace && !text.hasPrefix(" ") ? 1 : 0)
            try typist.erase(count)
            typed.removeLast(count)
            isUtteranceStart = true
        case .final: isUtteranceStart = true
        default: break
        }
    }
}

/// On the clipboard after each utterance: everything that was said.
struct ClipboardText: DictationSink, Sendable {
    private var texts: [String] = []
    private let clipboard: Clipboard

    init(folders: [String] = DesktopProgram.searchPath) {
        clipboard = Clipboard(folders: folders)
    }

    mutating func take(_ event: DictationSessionEvent) throws {
        guard case .dictation(let event) = event else { return }
        switch event {
        case .erased(let text):
            if let index = texts.lastIndex(of: text) { texts.remove(at: index) }
        case .final(let utterance):
            if !utterance.text.isEmpty { texts.append(utterance.text) }
            try clipboard.copy(texts.joined(separator: " "))
        default: break
        }
    }
}
