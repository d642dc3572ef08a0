internal import AudioCore
internal import AudioIO
package import Pipelines
package import Recognition
internal import StrictJSON

typealias JSONContext = JSONObject

/// A transcription as the daemon runs it: a shared model, turns given up at every window.
package struct TranscriptionRequest: Sendable {
    let context: DaemonContext
    let source: TranscriptionJob.Source
    let model: String?
    let options: TranscriptionOptions
    /// Whether only the parts with speech are transcribed.
    var skipsSilence = false

    /// - Parameter model: a model's name; nil for the default one.
    package init(
        context: DaemonContext, source: TranscriptionJob.Source, model: String?, options: TranscriptionOptions
    ) {
        self.context = context
        self.source = source
        self.model = model
        self.options = options
    }

    /// Runs on the calling thread, which holds `turn`.
    package func run(_ turn: Turn, onEvent: (TranscriptionJobEvent) throws -> Void) throws -> Transcript {
        let began = ContinuousClock.now
        let transcript = try transcribe(turn, onEvent: onEvent)
        Statistics.countHeard(seconds: transcript.duration, in: .now - began)
        return transcript
    }

    /// The code of the language that a tag such as `en-US` means; nil to detect it.
    ///
    /// - Throws: `RecognitionError` `languageUnsupported`.
    package static func language(_ tag: String?) throws(RecognitionError) -> String? {
        guard let tag, !tag.isEmpty, tag != "auto" else { return nil }
        let base = tag.prefix { $0 != "-" && $0 != "_" }
        guard let language = Language(tag) ?? Language(String(base)) else {
            throw RecognitionError(
                .languageUnsupported, "\"\(tag.prefix(40))\" is not a language that Whisper models know")
        }
        return language.code
    }

    private func transcribe(_ turn: Turn, onEvent: (TranscriptionJobEvent) throws -> Void) throws -> Transcript {
        let loan = try context.host.recognizer(model)
        var job = TranscriptionJob(source, model: .opened(loan.value), options: options)
        job.threads = context.host.threads
        job.decoder = ConfinedAudioDecoder()
        job.maximumSeconds = Double(context.configuration.limits.audioSeconds)
        if skipsSilence { job.voiceActivity = context.voiceActivityModel }
        return try withExtendedLifetime(loan) {
            try job.transcribe { event in
                try onEvent(event)
                if case .recognition(.windowDone) = event { try turn.yield(atBoundary: true) }
            }
        }
    }
}
