import Recognition
import Spectral
import StrictJSON

/// Encoder and decoder of one opened model, operation by operation.
final class EngineMeasures {
    private let model: WhisperModel
    private let context: InferenceContext
    private let mel: [Float]
    private var session: TextDecoderSession?
    private var windows = 0

    init(model: WhisperModel, threads: Int, mel: LogMel) throws {
        self.model = model
        context = try InferenceContext(threads: threads)
        self.mel = mel.values
    }

    /// The encoder alone, without the cross-attention's keys and values.
    func encode() -> Answer {
        let (timing, feature) = mel.withUnsafeBufferPointer { mel in
            time { model.withFeatures(mel: mel, in: context) { features, _ in features[0] } }
        }
        return timing.answer + [("feature", .number(Double(feature)))]
    }

    /// Milliseconds per token after the prompt. Tokens are given, so that their choice is not measured; beams change
    /// places at every step, as a search makes them.
    func decode(_ request: Request) throws -> Answer {
        if windows != request.windows { try listen(windows: request.windows) }
        guard let session else { throw BenchError("nothing to decode") }
        let sequences = request.windows * request.beams
        let (start, _) = try time { try begin(session, request) }
        let (steps, _) = try time {
            for index in 0..<request.tokens {
                if request.beams > 1 {
                    session.select(
                        (0..<sequences).map { $0 / request.beams * request.beams + ($0 + index) % request.beams })
                }
                try session.step((0..<sequences).map { 1_000 + (index * 31 + $0 * 7) % 1_000 })
            }
        }
        let step = steps.wall / Double(request.tokens)
        return [
            ("ms", .number(step / Double(request.windows))), ("step_ms", .number(step)),
            ("cpu_ms", .number(steps.processor / Double(request.tokens * request.windows))),
            ("start_ms", .number(start.wall)),
        ]
    }

    /// Encodes copies of the window and computes their cross-attention keys and values.
    func listen(windows: Int) throws {
        let encoded = try mel.withUnsafeBufferPointer { mel in
            try (0..<windows).map { _ in try model.encode(mel: mel, in: context) }
        }
        session = TextDecoderSession(model: model, windows: encoded, pool: context.pool)
        self.windows = windows
    }

    /// The prompt and the first token of each window.
    func firstToken() throws -> Int {
        guard let session else { throw BenchError("nothing to decode") }
        try begin(session, Request(measure: "first"))
        let logits = session.logits(of: 0)
        return logits.indices.max { logits[$0] < logits[$1] } ?? 0
    }

    private func begin(_ session: TextDecoderSession, _ request: Request) throws {
        try session.begin((0..<request.windows).map { SequenceStart(window: $0, tokens: prompt) })
        if request.beams > 1 {
            session.select((0..<request.windows).flatMap { Array(repeating: $0, count: request.beams) })
        }
    }

    private var prompt: [Int] {
        let special = model.tokenizer.special
        guard model.tokenizer.isMultilingual, let language = special.languages.first else {
            return [special.startOfTranscript, special.noTimestamps]
        }
        return [special.startOfTranscript, language.token, special.transcribe, special.noTimestamps]
    }
}
