import AudioIO
import ModelStore
import Pipelines
import Recognition
import VoiceActivity

/// One run of `hearsay dictate`.
struct DictationRun: Sendable {
    private let command: DictateCommand

    init(command: DictateCommand) {
        self.command = command
    }

    /// Listens until the user interrupts, or until the utterance that was asked for is over.
    func run(_ sinks: DictationSinks) async throws {
        let session = DictationSession(command.microphone.options, endsAfterUtterance: command.once)
        HearsayCommand.interruption.onRequest { session.stop() }
        try await Dictation.run(session, { try makeDictation() }) { event in
            try sinks.take(event)
        }
    }

    private func makeDictation() throws -> Dictation {
        let environment = Environment.current
        let executable = ModelLibrary.executablePath()
        let library = ModelLibrary(environment: environment, executable: executable)
        let model = try WhisperModel.open(library.resolve(command.model).path)
        if let warning = model.warning { Message.note(warning) }
        var options = TranscriptionOptions()
        options.language = model.tokenizer.isMultilingual ? command.recognition.code : nil
        options.hotwords = command.recognition.hotwords
        let decoder = try UtteranceDecoder(model: model, options: options, threads: command.threads)
        let activity = try VoiceActivityModel.embedded(
            in: ModelLibrary.sharedFolders(environment: environment, executable: executable))
        var dictation = command.recognition.options(isMultilingual: model.tokenizer.isMultilingual)
        dictation.wordTimes = command.output.json
        return Dictation(decoder: decoder, activity: activity, options: dictation)
    }
}
