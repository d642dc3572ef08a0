internal import WeightFiles

extension CodecStreamFile {
    /// Most bytes of a file that is read: ten days at 6 kbit/s.
    static let sizeLimit = 1 << 29

    /// The codes of `samples` samples that `codec` made.
    ///
    /// - Throws: `codec.input_invalid` when the frames are not as many as the samples fill.
    public init(_ codes: CodecCodes, samples: Int, codec: NeuralCodec) throws(CodecError) {
        try self.init(
            codes, samples: samples, sampleRate: codec.sampleRate, hopLength: codec.hopLength,
            codesPerStage: codec.codesPerStage, fingerprint: codec.fingerprint)
    }

    /// Whether `codec` made these codes.
    public func suits(_ codec: NeuralCodec) -> Bool {
        fingerprint == codec.fingerprint && sampleRate == codec.sampleRate && hopLength == codec.hopLength
            && codesPerStage == codec.codesPerStage && codes.stages == codec.stages
    }

    /// Reads the file at `path`.
    ///
    /// - Throws: `codec.unreadable`, `codec.stream_invalid`.
    public static func read(_ path: String) throws(CodecError) -> CodecStreamFile {
        guard let bytes = try CodecFile.read(path, limit: sizeLimit) else {
            throw CodecError(.unreadable, "\(path) does not exist")
        }
        let result: Result<CodecStreamFile, CodecError> = bytes.withUnsafeBytes { bytes in
            Result { () throws(CodecError) in try CodecStreamFile(parsing: bytes) }
        }
        do {
            return try result.get()
        } catch {
            throw CodecError(error.code, "\(path): \(error.message)")
        }
    }

    /// Writes the file at `path`, whole or not at all.
    ///
    /// - Throws: `codec.unwritable`.
    public func write(_ path: String) throws(CodecError) {
        do {
            let file = try AtomicFile(path: path)
            let written: Result<Void, WeightFileError> = bytes().withUnsafeBytes { bytes in
                Result { () throws(WeightFileError) in try file.write(bytes) }
            }
            try written.get()
            try file.commit()
        } catch {
            throw CodecError(.unwritable, "the codes cannot be written to \(path)", cause: error)
        }
    }
}
