import Pipelines
import Recognition
import StrictJSON

/// A whole file to text, with everything that makes the amount of work depend on the text switched off.
enum FileMeasure {
    static func run(_ path: String, model: WhisperModel, threads: Int, windows: Int) throws -> Answer {
        var options = TranscriptionOptions()
        options.language = "en"
        options.temperatures = [0]
        options.compressionRatioThreshold = nil
        options.logProbabilityThreshold = nil
        options.noSpeechThreshold = nil
        options.withoutTimestamps = true
        options.conditionOnPreviousText = false
        options.batchSize = windows
        var job = TranscriptionJob(.file(path: path), model: .opened(model), options: options)
        job.threads = threads
        let (timing, transcript) = try time { try job.transcribe() }
        let tokens = transcript.segments.reduce(0) { $0 + $1.tokens.count }
        return timing.answer + [("tokens", .integer(Int64(tokens))), ("seconds", .number(transcript.duration))]
    }
}
