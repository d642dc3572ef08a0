internal import AudioIO
internal import Pipelines
internal import Recognition
internal import StrictJSON
internal import WireProtocol

extension DictationReport {
    /// What is told of an event; nil for levels, which come ten times a second.
    init?(_ event: DictationSessionEvent) {
        switch event {
        case .level: return nil
        case .status(let status): self = Self.of(status)
        case .warning(let text): self.init(data: ["event": .string("warning"), "message": .string(text)])
        case .dictation(let event): self.init(data: Self.object(of: event))
        }
    }

    static func status(_ name: String) -> DictationReport {
        DictationReport(data: ["event": .string("status"), "status": .string(name)])
    }

    private static func of(_ status: CaptureStatus) -> DictationReport {
        switch status {
        case .opening: return .status("opening")
        case .listening: return .status("listening")
        case .stopped: return .status("stopped")
        case .waitingForDevice(let reason):
            var report = DictationReport.status("waiting-for-device")
            report.data["reason"] = .string(reason)
            return report
        }
    }

    private static func object(of event: DictationEvent) -> JSONObject {
        switch event {
        case .speechStarted(let seconds): ["event": .string("speech-started"), "time": .number(seconds)]
        case .speechEnded(let seconds): ["event": .string("speech-ended"), "time": .number(seconds)]
        case .committed(let text): ["event": .string("committed"), "text": .string(text)]
        case .erased(let text): ["event": .string("erased"), "text": .string(text)]
        case .partial(let committed, let tentative):
            [
                "event": .string("partial"), "committed": .string(committed), "tentative": .string(tentative),
            ]
        case .final(let utterance):
            object(of: utterance)
        }
    }

    private static func object(of utterance: DictatedText) -> JSONObject {
        var object: JSONObject = [
            "event": .string("final"), "text": .string(utterance.text), "language": .string(utterance.language),
            "start": .number(utterance.start), "end": .number(utterance.end),
        ]
        guard let words = utterance.words else { return object }
        object["words"] = .array(
            words.map { word in
                .object([
                    "word": .string(word.text), "start": .number(word.start), "end": .number(word.end),
                    "probability": .number(Double(word.probability)),
                ])
            })
        return object
    }
}
