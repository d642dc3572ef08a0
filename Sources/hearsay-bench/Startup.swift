import Glibc
import Recognition
import Spectral
import StrictJSON

/// From the start of a process to its first token, then a whole file, for the memory that all this takes.
enum Startup {
    static func run(_ arguments: Arguments) throws -> Answer {
        let (answer, model) = try firstToken(arguments)
        let file = try FileMeasure.run(arguments.audio(), model: model, threads: arguments.threads, windows: 1)
        return answer + file.map { ("file_\($0.0)", $0.1) } + ProcessMemory.answer()
    }

    private static func firstToken(_ arguments: Arguments) throws -> (Answer, WhisperModel) {
        let entered = milliseconds(CLOCK_MONOTONIC)
        let begun = getenv("HEARSAY_BENCH_START").flatMap { Double(String(cString: $0)) }.map { $0 / 1e6 } ?? entered
        let samples = try FrontEnd.samples(of: arguments.audio(), seconds: 30)
        let (ready, processor) = (milliseconds(CLOCK_MONOTONIC), milliseconds(CLOCK_PROCESS_CPUTIME_ID))
        let model = try WhisperModel.open(arguments.model())
        let opened = milliseconds(CLOCK_MONOTONIC)
        let spectrogram = LogMelSpectrogram(melBins: model.dimensions.melBins)
        let mel = samples.withUnsafeBufferPointer { spectrogram($0) }
        let measures = try EngineMeasures(model: model, threads: arguments.threads, mel: mel)
        try measures.listen(windows: 1)
        let encoded = milliseconds(CLOCK_MONOTONIC)
        let token = try measures.firstToken()
        let decoded = milliseconds(CLOCK_MONOTONIC)
        let answer: Answer = [
            ("process_ms", .number(decoded - begun)), ("open_ms", .number(opened - ready)),
            ("encode_ms", .number(encoded - opened)), ("decode_ms", .number(decoded - encoded)),
            ("ms", .number(decoded - ready)),
            ("cpu_ms", .number(milliseconds(CLOCK_PROCESS_CPUTIME_ID) - processor)), ("token", .integer(Int64(token))),
        ]
        return (answer, model)
    }
}
