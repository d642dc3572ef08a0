import AudioIO
import Pipelines
import Recognition
import StrictJSON

/// Events as JSON objects, one a line, on standard output.
struct DictationJSONLines: DictationSink, Sendable {
    mutating func take(_ event: DictationSessionEvent) throws {
        if let line = Self.line(event) { try StandardStream.output.write(line + "\n") }
    }

    mutating func fail(_ failure: Failure) throws {
        let line = Self.object("error") {
            $0.member("code", failure.code)
            $0.member("message", failure.message)
        }
        try StandardStream.output.write(line + "\n")
    }

    /// The line of an event; nil for levels, which come ten times a second.
    static func line(_ event: DictationSessionEvent) -> String? {
        switch event {
        case .level: nil
        case .status(let status): object("status") { $0.write(status) }
        case .warning(let text): object("warning") { $0.member("message", text) }
        case .dictation(let event): line(event)
        }
    }

    private static func line(_ event: DictationEvent) -> String {
        switch event {
        case .speechStarted(let seconds): object("speech-started") { $0.member("time", seconds) }
        case .speechEnded(let seconds): object("speech-ended") { $0.member("time", seconds) }
        case .committed(let text): object("committed") { $0.member("text", text) }
        case .erased(let text): object("erased") { $0.member("text", text) }
        case .partial(let committed, let tentative):
            object("partial") {
                $0.member("committed", committed)
                $0.member("tentative", tentative)
            }
        case .final(let utterance): object("final") { $0.write(utterance) }
        }
    }

    private static func object(_ event: String, _ members: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("event", event)
        members(&writer)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ status: CaptureStatus) {
        member("status", status.word)
        if case .waitingForDevice(let reason) = status { member("reason", reason) }
    }

    fileprivate mutating func write(_ utterance: DictatedText) {
        member("text", utterance.text)
        member("language", utterance.language)
        member("start", utterance.start)
        member("end", utterance.end)
        guard let words = utterance.words else { return }
        key("words")
        beginArray()
        for word in words {
            beginObject()
            member("word", word.text)
            member("start", word.start)
            member("end", word.end)
            member("probability", word.probability)
            endObject()
        }
        endArray()
    }
}

/// What the dictation is at, for bars that read one JSON object a line: the keys of waybar's and i3blocks' protocols.
struct StatusLines: DictationSink, Sendable {
    private var last = ""

    mutating func take(_ event: DictationSessionEvent) throws {
        guard let line = Self.line(event), line != last else { return }
        last = line
        try StandardStream.output.write(line + "\n")
    }

    mutating func fail(_ failure: Failure) throws {
        try StandardStream.output.write(Self.state("failed", "✕", failure.message) + "\n")
    }

    static func line(_ event: DictationSessionEvent) -> String? {
        switch event {
        case .status(.opening): state("opening", "…", "The microphone is being opened")
        case .status(.listening): state("listening", "●", "Listening")
        case .status(.waitingForDevice(let reason)): state("waiting", "○", "Waiting for the microphone: \(reason)")
        case .status(.stopped): state("stopped", "", "Not listening")
        case .dictation(.speechStarted): state("speaking", "◉", "Speech")
        case .dictation(.partial(let committed, let tentative)): state("speaking", "◉", committed + tentative)
        case .dictation(.final(let utterance)): state("listening", "●", utterance.text)
        default: nil
        }
    }

    private static func state(_ name: String, _ text: String, _ tooltip: String) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        // i3blocks shows full_text, waybar text; each passes over what it does not know.
        writer.member("text", text)
        writer.member("full_text", text)
        writer.member("alt", name)
        writer.member("class", name)
        writer.member("tooltip", tooltip)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
