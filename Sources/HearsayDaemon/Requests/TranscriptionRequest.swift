internal import AudioCore
internal import AudioIO
internal import Pipelines
internal import Recognition
internal import StrictJSON

typealias JSONContext = JSONObject

/// A transcription as the daemon runs it: a shared model, turns given up at every window.
struct TranscriptionRequest: Sendable {
    let context: DaemonContext
    let source: TranscriptionJob.Source
    /// A model's name; nil for the default one.
    let model: String?
    let options: TranscriptionOptions
    /// Whether only the parts with speech are transcribed.
    var skipsSilence = false

    /// Runs on the calling thread, which holds `turn`.
    func run(_ turn: Turn, onEvent: (TranscriptionJobEvent) throws -> Void) throws -> Transcript {
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
