/// A model in whisper.cpp's format: hyperparameters, mel filters, vocabulary and tensors, one after the other.
///
/// Opening checks every field, and that the tensors are those of the model that the hyperparameters describe; it reads
/// all fields but no weights. Source: `whisper_model_load` of whisper.cpp.
public struct GGMLFile: WeightSource {
    /// The first four bytes, as a little-endian number: "ggml".
    public static let magic: Int32 = 0x6767_6d6c
    /// Longest name of a tensor, in bytes.
    public static let maximumNameLength = 256

    public let hyperparameters: GGMLHyperparameters
    /// The tokens that the file spells out.
    public let vocabulary: GGMLVocabulary
    /// The tensors' names in the order of the file.
    public let names: [String]
    private let file: MappedFile
    private let entries: [String: GGMLTensorHeader]

    /// Opens the file at `path`. Throws `model.file.*` or `model.ggml.*`.
    public init(path: String) throws(WeightFileError) {
        try self.init(file: try MappedFile(path: path))
    }

    /// Reads a file that is mapped already. Throws `model.ggml.*`.
    public init(file: MappedFile) throws(WeightFileError) {
        var cursor = GGMLCursor(file)
        guard try cursor.int32("the magic number") == Self.magic else {
            throw cursor.error(.ggmlMagic, "the file does not begin with ggml's magic number 0x67676d6c")
        }
        self.file = file
        hyperparameters = try GGMLHyperparameters(&cursor)
        try Self.checkMelFilters(&cursor, bins: hyperparameters.nMels)
        vocabulary = try GGMLVocabulary(&cursor, limit: hyperparameters.nVocab)
        (names, entries) = try Self.tensors(&cursor, GGMLLayout(hyperparameters))
    }

    public var path: String { file.path }

    public subscript(name: String) -> WeightTensor? {
        guard let entry = entries[name] else { return nil }
        return WeightTensor(
            name: name, shape: entry.shape, type: entry.type, elementCount: entry.elementCount, range: entry.range,
            file: file)
    }

    public func verifyUnchanged() throws(WeightFileError) { try file.verifyUnchanged() }

    private static func tensors(
        _ cursor: inout GGMLCursor, _ layout: GGMLLayout
    ) throws(WeightFileError) -> (names: [String], entries: [String: GGMLTensorHeader]) {
        var names: [String] = []
        var entries: [String: GGMLTensorHeader] = [:]
        while cursor.remaining > 0, names.count < layout.names.count {
            let start = cursor.offset
            let header = try GGMLTensorHeader(&cursor)
            guard let needed = layout.shapes[header.name] else {
                throw WeightFileError(
                    .ggmlName, cursor.file.path, "the model has no tensor \"\(header.name)\"", offset: start)
            }
            guard layout.accepts(header.shape, for: header.name) else {
                throw WeightFileError(
                    .ggmlShape, cursor.file.path,
                    "the tensor \(header.name) has shape \(header.shape), and the model needs \(needed)", offset: start)
            }
            guard entries.updateValue(header, forKey: header.name) == nil else {
                throw WeightFileError(
                    .ggmlDuplicate, cursor.file.path, "the tensor \(header.name) stands twice", offset: start)
            }
            names.append(header.name)
        }
        if let missing = layout.names.first(where: { entries[$0] == nil }) {
            throw WeightFileError(
                .ggmlMissing, cursor.file.path, "the file ends without the tensor \(missing)", offset: cursor.offset)
        }
        guard cursor.remaining == 0 else {
            throw cursor.error(.ggmlTrailing, "\(cursor.remaining) bytes follow the last tensor", back: 0)
        }
        return (names, entries)
    }

    /// Reads over the filterbank `[bins, 201]`, which the spectrogram computes for itself: all models were trained with
    /// the same one. Its numbers are looked at only because a file with NaN there is damaged.
    private static func checkMelFilters(_ cursor: inout GGMLCursor, bins: Int) throws(WeightFileError) {
        let nMel = Int(try cursor.int32("the mel filters' n_mel"))
        guard nMel == bins else {
            throw cursor.error(.ggmlMelFilters, "the mel filters' n_mel is \(nMel) (n_mels = \(bins) needed)")
        }
        let nFFT = Int(try cursor.int32("the mel filters' n_fft"))
        guard nFFT == 201 else { throw cursor.error(.ggmlMelFilters, "the mel filters' n_fft is \(nFFT) (201 needed)") }
        let range = try cursor.skip(nMel * nFFT * 4, "the mel filters")
        for offset in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
            let bits = cursor.file.bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            guard Float(bitPattern: UInt32(littleEndian: bits)).isFinite else {
                throw WeightFileError(
                    .ggmlMelFilters, cursor.file.path, "the mel filters hold NaN or infinity", offset: offset)
            }
        }
    }
}
