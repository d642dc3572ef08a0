package import Tensors
internal import WeightFiles

/// A Whisper model: immutable, memory-mapped weights with their tokenizer, shared by everything that transcribes.
///
/// Opens what people have: a folder in Hugging Face's layout (`config.json`, `model.safetensors` or its shards,
/// tokenizer files) or one whisper.cpp `ggml-*.bin`.
public final class WhisperModel: Sendable {
    /// The file beside a model's weights that holds its language model, if it has one.
    public static let languageModelFile = "language-model.safetensors"

    /// Where the model was opened.
    public let path: String
    public let dimensions: ModelDimensions
    public let tokenizer: Tokenizer
    /// Decoder heads whose cross-attention follows the audio: what word timestamps are made from.
    public let alignmentHeads: [AlignmentHead]
    /// The encoder takes windows shorter than 30 s without padding, because it was trained so.
    public let variableLength: Bool
    /// What people should know before they rely on its texts: its folder holds a file `PREVIEW`.
    public let warning: String?
    /// What votes on each token beside the decoder; nil for models that have a decoder only.
    let joint: JointDecoding?
    private let spellingHead: SpellingHead?

    let encoder: AudioEncoder
    let decoder: TextDecoder
    private let source: any WeightSource
    private let encoderWeights: MappedWeights
    private let decoderWeights: MappedWeights

    /// Opens a model folder or a ggml file.
    ///
    /// - Throws: `model.*` or `tokenizer.*`, naming the file and the field.
    public static func open(_ path: String) throws(RecognitionError) -> WhisperModel {
        if FileKind.isDirectory(path) { return try WhisperModel(directory: path) }
        return try WhisperModel(ggmlFile: path)
    }

    private convenience init(directory: String) throws(RecognitionError) {
        let configuration = try ModelConfiguration(directory: directory)
        let weights: SafetensorsIndex
        do {
            weights = try SafetensorsIndex(directory: directory)
        } catch {
            throw RecognitionError(.modelUnreadable, "cannot open the weights in \(directory)", cause: error)
        }
        try self.init(
            path: directory, dimensions: configuration.dimensions,
            tokenizer: try Tokenizer.load(directory: directory), weights: weights, configuration: configuration)
    }

    private convenience init(ggmlFile path: String) throws(RecognitionError) {
        let file: GGMLFile
        do {
            file = try GGMLFile(path: path)
        } catch {
            throw RecognitionError(
                .modelUnreadable, "cannot open \(path) as a whisper.cpp model (a model folder works too)", cause: error)
        }
        let dimensions = ModelDimensions(file.hyperparameters)
        try dimensions.validate(source: path)
        try self.init(
            path: path, dimensions: dimensions,
            tokenizer: try Tokenizer(
                ggmlVocabulary: file.vocabulary, vocabularySize: dimensions.vocabularySize, file: path),
            weights: file)
    }

    private init(
        path: String, dimensions: ModelDimensions, tokenizer: Tokenizer, weights: any WeightSource,
        configuration: ModelConfiguration? = nil
    ) throws(RecognitionError) {
        guard tokenizer.vocabularySize <= dimensions.vocabularySize else {
            throw RecognitionError(
                .modelConfigurationInvalid,
                "\(path): the tokenizer has \(tokenizer.vocabularySize) tokens, the model \(dimensions.vocabularySize)")
        }
        self.path = path
        self.dimensions = dimensions
        self.tokenizer = tokenizer
        let heads = configuration?.alignmentHeads ?? []
        alignmentHeads = heads.isEmpty ? AlignmentHead.standard(for: dimensions) : heads
        variableLength = configuration?.variableLength ?? false
        warning =
            FileKind.exists(path + "/PREVIEW")
            ? "\(path) is a preview that mistakes many words; `hearsay models pull base` downloads a better one" : nil
        source = weights
        encoderWeights = MappedWeights(weights, part: "encoder.")
        decoderWeights = MappedWeights(weights, part: "decoder.")
        let catalogue = WeightCatalogue(weights)
        if let found = configuration?.joint {
            joint = try JointDecoding(found, directory: path, tokenizer: tokenizer)
            spellingHead = try SpellingHead(catalogue, width: dimensions.audioState, alphabet: found.alphabet)
        } else {
            (joint, spellingHead) = (nil, nil)
        }
        encoder = try AudioEncoder(catalogue, dimensions)
        decoder = try TextDecoder(catalogue, dimensions)
    }

    /// Throws when a weight file was changed on disk since the model was opened; asked before each piece of work,
    /// because reading a page that is gone would end the process.
    public func verifyUnchanged() throws(RecognitionError) {
        do {
            try source.verifyUnchanged()
            try joint?.language?.verifyUnchanged()
        } catch {
            throw RecognitionError(
                .modelUnreadable, "\(path) was changed while it was in use; open it again", cause: error)
        }
    }
}

/// What one inference thread works with: the threads that share out each operation, and memory that is kept between
/// windows. Weights are elsewhere (``WhisperModel``).
package final class InferenceContext {
    package let pool: ThreadPool
    fileprivate let workspace = EncoderWorkspace()

    package init(threads: Int) throws(RecognitionError) {
        guard let pool = ThreadPool(threads: threads) else {
            throw RecognitionError(.resourceExhausted, "the system refuses \(threads) threads; ask for fewer")
        }
        self.pool = pool
    }
}

/// One window of audio as the decoder sees it: cross-attention keys and values of every decoder layer.
package final class EncodedWindow: Sendable {
    /// Encoder positions, 20 ms each.
    package let positions: Int
    let memory: [CrossMemory]
    /// What the spelling head heard, if the model has one.
    let spelling: Spelling?

    fileprivate init(positions: Int, memory: [CrossMemory], spelling: Spelling?) {
        self.positions = positions
        self.memory = memory
        self.spelling = spelling
    }
}

extension WhisperModel {
    /// Encodes one window.
    ///
    /// - Parameter mel: normalised log-mel frames `[frames, melBins]`, at most ``ModelDimensions/windowFrames``. Fewer
    ///   are followed by zeros up to a whole window, as the reference's `pad_or_trim` does, unless the model was trained
    ///   on windows of any length.
    /// - Throws: `model.tensor_invalid` when the features are not finite, which broken weights cause.
    package func encode(
        mel: UnsafeBufferPointer<Float>, in context: InferenceContext
    ) throws(RecognitionError) -> EncodedWindow {
        decoderWeights.release()
        defer {
            encoderWeights.release()
            context.workspace.discard()
        }
        let window: EncodedWindow? = withFeatures(mel: mel, in: context) { features, positions in
            let all = UnsafeBufferPointer(start: features, count: positions * dimensions.audioState)
            guard Reduction.isFinite(all) else { return nil }
            return EncodedWindow(
                positions: positions,
                memory: decoder.remember(
                    features: features, positions: positions,
                    scratch: context.workspace.scratch(2 * positions * dimensions.textState), on: context.pool),
                spelling: spellingHead?.spell(features, positions: positions, on: context.pool))
        }
        guard let window else { throw RecognitionError.notFinite("the encoder's output") }
        return window
    }

    /// Runs the encoder and hands its output `[positions, audioState]` to `body`.
    package func withFeatures<Result>(
        mel: UnsafeBufferPointer<Float>, in context: InferenceContext,
        _ body: (UnsafePointer<Float>, _ positions: Int) throws -> Result
    ) rethrows -> Result {
        let given = min(mel.count / dimensions.melBins, dimensions.windowFrames)
        let frames = variableLength ? max(1, given) : dimensions.windowFrames
        let window = FloatBuffer(count: frames * dimensions.melBins)
        let copied = given * dimensions.melBins
        if copied > 0, let base = mel.baseAddress { window.pointer.update(from: base, count: copied) }
        window.zero(from: copied, count: window.count - copied)
        let features = encoder.encode(
            mel: window.pointer, frames: frames, workspace: context.workspace, on: context.pool)
        return try body(features, dimensions.positions(frames: frames))
    }
}

extension RecognitionError {
    /// Weights that hold NaN or infinity, or that do not belong together.
    static func notFinite(_ what: String) -> RecognitionError {
        RecognitionError(
            .modelTensorInvalid,
            "\(what) is not finite: the model's weights are damaged; check them with `hearsay models verify`")
    }
}

extension RecognitionError.Code {
    /// The system has no more threads or memory to give.
    public static let resourceExhausted = Self(rawValue: "recognition.resource_exhausted")
}
