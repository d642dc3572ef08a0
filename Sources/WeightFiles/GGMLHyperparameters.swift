/// The eleven numbers that begin a whisper.cpp model, named as there.
public struct GGMLHyperparameters: Sendable, Equatable {
    /// Tokens in the model's vocabulary, those included that the file does not spell out.
    public var nVocab: Int
    /// Encoder positions.
    public var nAudioCtx: Int
    /// Width of the encoder.
    public var nAudioState: Int
    public var nAudioHead: Int
    public var nAudioLayer: Int
    /// Decoder positions.
    public var nTextCtx: Int
    /// Width of the decoder.
    public var nTextState: Int
    public var nTextHead: Int
    public var nTextLayer: Int
    /// Mel bins.
    public var nMels: Int
    /// ggml's file type, without the version of its quantisation formats; each tensor has a type of its own.
    public var ftype: Int
    /// Version of ggml's quantisation formats: `ftype / 1000` as the file has it.
    public var quantizationVersion: Int

    /// Reads and checks the numbers, each against its own range and the others.
    init(_ cursor: inout GGMLCursor) throws(WeightFileError) {
        nVocab = try Self.read(&cursor, "n_vocab", 1...1_048_576)
        nAudioCtx = try Self.read(&cursor, "n_audio_ctx", 1...32_768)
        nAudioState = try Self.read(&cursor, "n_audio_state", 1...16_384)
        nAudioHead = try Self.read(&cursor, "n_audio_head", 1...1024, dividing: ("n_audio_state", nAudioState))
        nAudioLayer = try Self.read(&cursor, "n_audio_layer", 1...256)
        nTextCtx = try Self.read(&cursor, "n_text_ctx", 1...32_768)
        nTextState = try Self.read(&cursor, "n_text_state", 1...16_384)
        guard nTextState == nAudioState else {
            throw cursor.error(
                .ggmlHyperparameter,
                "n_text_state is \(nTextState), and n_audio_state is \(nAudioState); both must agree")
        }
        nTextHead = try Self.read(&cursor, "n_text_head", 1...1024, dividing: ("n_text_state", nTextState))
        nTextLayer = try Self.read(&cursor, "n_text_layer", 1...256)
        nMels = try Self.read(&cursor, "n_mels", 80...128)
        guard nMels == 80 || nMels == 128 else {
            throw cursor.error(.ggmlHyperparameter, "n_mels is \(nMels) (80 or 128 allowed)")
        }
        let fileType = try Self.read(&cursor, "ftype", 0...Int(Int32.max))
        // GGML_QNT_VERSION_FACTOR of ggml.h.
        ftype = fileType % 1000
        quantizationVersion = fileType / 1000
        guard Self.fileTypes.contains(ftype) else {
            throw cursor.error(
                .ggmlHyperparameter,
                "ftype is \(fileType) (modulo 1000, one of \(Self.fileTypes) allowed: f32, f16, q4_0 … q8_0)")
        }
    }

    /// `enum ggml_ftype` of the types that are read here.
    private static let fileTypes = [0, 1, 2, 3, 7, 8, 9]

    private static func read(
        _ cursor: inout GGMLCursor, _ field: String, _ allowed: ClosedRange<Int>
    ) throws(WeightFileError) -> Int {
        let value = Int(try cursor.int32(field))
        guard allowed.contains(value) else {
            throw cursor.error(
                .ggmlHyperparameter,
                "\(field) is \(value) (\(allowed.lowerBound)…\(allowed.upperBound) allowed)")
        }
        return value
    }

    private static func read(
        _ cursor: inout GGMLCursor, _ field: String, _ allowed: ClosedRange<Int>, dividing whole: (name: String, Int)
    ) throws(WeightFileError) -> Int {
        let value = try read(&cursor, field, allowed)
        guard whole.1 % value == 0 else {
            throw cursor.error(
                .ggmlHyperparameter, "\(field) is \(value), which does not divide \(whole.name) = \(whole.1)")
        }
        return value
    }
}
