/// What a check of an installed model's files against its record has shown.
public struct ModelVerification: Sendable, Equatable {
    /// The state of one recorded file.
    public enum FileState: Sendable, Equatable {
        case intact
        case missing
        /// The file's digest now.
        case changed(String)
    }

    /// The recorded files by name, in order; empty when the model has no record.
    public let files: [(name: String, state: FileState)]
    /// Whether there is a record (`SHA256SUMS`): copied models have none.
    public let hasRecord: Bool

    /// Whether every recorded file is as it was.
    public var isIntact: Bool { files.allSatisfy { $0.state == .intact } }

    public static func == (a: ModelVerification, b: ModelVerification) -> Bool {
        a.hasRecord == b.hasRecord && a.files.elementsEqual(b.files) { $0.name == $1.name && $0.state == $1.state }
    }

    /// Computes the digests of all recorded files of `model` anew. `progress` receives the bytes read since the last call.
    ///
    /// Throws `store.file_system` and `store.cancelled`; a wrong digest is a result, not an error.
    public init(
        of model: InstalledModel, progress: (Int) -> Void = { _ in }, shouldStop: () -> Bool = { false }
    ) throws(ModelStoreError) {
        guard model.form == .folder, let record = try DigestRecord.load(directory: model.path) else {
            files = []
            hasRecord = false
            return
        }
        var files: [(name: String, state: FileState)] = []
        for (name, expected) in record.digests.sorted(by: { $0.key < $1.key }) {
            let path = "\(model.path)/\(name)"
            guard FileSystem.isFile(path) else {
                files.append((name, .missing))
                continue
            }
            var digest = Digest()
            try digest.update(contentsOf: path, progress: progress, shouldStop: shouldStop)
            let actual = digest.finalize()
            files.append((name, actual == expected ? .intact : .changed(actual)))
        }
        self.files = files
        hasRecord = true
    }
}
