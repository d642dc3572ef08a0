import StrictJSON

/// Brings a public model into a folder of the store.
public struct ModelDownload: Sendable {
    /// A piece of news about a running download.
    public struct Progress: Sendable {
        /// The file on its way.
        public let file: String
        /// Bytes that are here, those of an earlier attempt included.
        public let received: Int
        /// Bytes of the whole file, when the server says so.
        public let total: Int?
    }

    /// What a download has brought.
    public struct Summary: Sendable {
        /// The model's folder.
        public let path: String
        /// Bytes of all files.
        public let size: Int
        /// The files in the order of their arrival, and what vouches for each.
        public let files: [(name: String, evidence: DigestEvidence)]
    }

    /// The public hub; its addresses are `{base}/{repository}/resolve/{revision}/{file}`.
    public static let defaultBaseURL = "https://huggingface.co"

    /// Address of the hub or a mirror that lays files out as the hub does.
    public var baseURL: String
    /// How often a broken transfer is continued before the command gives up.
    public var retries: Int

    public init(baseURL: String = defaultBaseURL, retries: Int = 5) {
        self.baseURL = baseURL
        self.retries = retries
    }

    /// Downloads `entry` into `directory/NAME`, by way of `directory/NAME.part`, which a later call continues.
    ///
    /// Every file is checked: against the catalogue's digest, else the digest in the server's headers, else the mirror's
    /// `SHA256SUMS`; where there is none the digest is recorded, and ``DigestEvidence/firstUse`` says so.
    /// Throws `store.already_installed` unless `replacing`, and everything that can go wrong on the way.
    public func run(
        _ entry: CatalogueEntry, into directory: String, replacing: Bool = false,
        progress: @escaping (Progress) -> Void = { _ in }, shouldStop: @escaping () -> Bool = { false }
    ) throws(ModelStoreError) -> Summary {
        guard FileName.isAcceptable(entry.name) else {
            throw ModelStoreError(.nameInvalid, "'\(entry.name)' cannot be the name of a folder")
        }
        let target = "\(directory)/\(entry.name)"
        if FileSystem.kind(of: target) != nil, !replacing {
            throw ModelStoreError(
                .alreadyInstalled,
                "'\(target)' is there already; `--force` downloads it anew, `hearsay models verify` checks it")
        }
        let staging = target + ".part"
        let address = address(of: entry)
        try Self.prepare(staging, for: address)
        var session = try Session(
            address: address, entry: entry, staging: staging, retries: retries, progress: progress,
            shouldStop: shouldStop)
        do {
            try session.fetchAll()
        } catch  where error.code == .unreachable {
            throw offlineAdvice(entry, target, error)
        }
        try session.record.save(directory: staging)
        FileSystem.remove("\(staging)/\(Self.sourceName)")
        try FileSystem.replace(target, with: staging)
        FileSystem.synchronizeDirectory(directory)
        return Summary(path: target, size: session.size, files: session.files)
    }

    /// Holds the address that the files in an unfinished download's folder come from.
    private static let sourceName = "SOURCE"

    /// Makes the folder of an unfinished download, or empties it when its files come from another address: what one
    /// server sent is no part of what another one has.
    private static func prepare(_ staging: String, for address: String) throws(ModelStoreError) {
        let source = "\(staging)/\(sourceName)"
        if let earlier = try FileSystem.read(source, limit: 1 << 16), earlier == Array(address.utf8) { return }
        try FileSystem.removeTree(staging)
        try FileSystem.makeDirectory(staging)
        try FileSystem.write(Array(address.utf8), to: source)
    }

    private func address(of entry: CatalogueEntry) -> String {
        var base = baseURL[...]
        while base.hasSuffix("/") { base.removeLast() }
        return "\(base)/\(entry.repository)/resolve/\(entry.revision)"
    }

    private func offlineAdvice(
        _ entry: CatalogueEntry, _ target: String, _ error: ModelStoreError
    ) -> ModelStoreError {
        ModelStoreError(
            error.code,
            """
            \(error.message)
            Without a network: on another machine fetch config.json, generation_config.json, preprocessor_config.json, \
            tokenizer.json and model.safetensors of \(address(of: entry)), and copy them to \(target). \
            A whisper.cpp file works as well: --model FILE.bin. A mirror is named with --base-url or HEARSAY_MODEL_URL.
            """, cause: error.cause)
    }
}

/// One model's download while it runs.
private struct Session {
    let address: String
    let entry: CatalogueEntry
    let staging: String
    let retries: Int
    let progress: (ModelDownload.Progress) -> Void
    let shouldStop: () -> Bool

    private let client = HTTPClient()
    private let mirror: MirrorDigests
    /// What earlier calls have completed.
    private let earlier: DigestRecord
    private(set) var record: DigestRecord
    private(set) var size = 0
    private(set) var files: [(name: String, evidence: DigestEvidence)] = []

    init(
        address: String, entry: CatalogueEntry, staging: String, retries: Int,
        progress: @escaping (ModelDownload.Progress) -> Void, shouldStop: @escaping () -> Bool
    ) throws(ModelStoreError) {
        self.address = address
        self.entry = entry
        self.staging = staging
        self.retries = retries
        self.progress = progress
        self.shouldStop = shouldStop
        mirror = MirrorDigests(client: client, url: "\(address)/\(DigestRecord.fileName)", shouldStop: shouldStop)
        earlier = try DigestRecord.load(directory: staging) ?? DigestRecord()
        record = earlier
    }

    /// The small files first: a wrong name or a refusal shows before gigabytes have passed.
    mutating func fetchAll() throws(ModelStoreError) {
        guard try fetch("config.json") else {
            throw ModelStoreError(
                .httpStatus, "\(address)/config.json does not exist (status 404): is the name of the model right?")
        }
        for optional in ["generation_config.json", "preprocessor_config.json"] { _ = try fetch(optional) }
        if try !fetch("tokenizer.json") {
            for required in ["vocab.json", "merges.txt"] { try require(required) }
            _ = try fetch("added_tokens.json")
        }
        if try !fetch("model.safetensors") {
            let index = "model.safetensors.index.json"
            try require(index)
            for shard in try shards(of: index) { try require(shard) }
        }
    }

    private mutating func require(_ name: String) throws(ModelStoreError) {
        guard try fetch(name) else {
            throw ModelStoreError(
                .httpStatus, "\(address)/\(name) does not exist (status 404): not a model that loads here")
        }
    }

    /// Fetches one file; false when the server has none. What an earlier call completed is only read again.
    private mutating func fetch(_ name: String) throws(ModelStoreError) -> Bool {
        let path = "\(staging)/\(name)"
        if let complete = FileSystem.fileSize(path), let known = earlier.digests[name] {
            var digest = Digest()
            try digest.update(contentsOf: path, shouldStop: shouldStop)
            if digest.finalize() == known {
                try note(name, DownloadedFile(digest: known, size: complete, evidence: .earlier))
                return true
            }
        }
        let mirror = mirror
        let progress = progress
        let download = FileDownload(
            client: client, url: "\(address)/\(name)", directory: staging, name: name, expected: entry.digests[name],
            mirrorDigest: { () throws(ModelStoreError) in try mirror.digest(of: name) },
            progress: { received, total in
                progress(ModelDownload.Progress(file: name, received: received, total: total))
            }, shouldStop: shouldStop)
        guard let file = try download.run(retries: retries) else { return false }
        try note(name, file)
        return true
    }

    private mutating func note(_ name: String, _ file: DownloadedFile) throws(ModelStoreError) {
        record.digests[name] = file.digest
        size += file.size
        files.append((name, file.evidence))
        try record.save(directory: staging)
    }

    /// The shards that an index names. The names come from the network: only plain names of weight files pass.
    private func shards(of index: String) throws(ModelStoreError) -> [String] {
        let bytes = try FileSystem.read("\(staging)/\(index)", limit: 16 << 20) ?? []
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw ModelStoreError(.indexInvalid, "\(address)/\(index) is not acceptable JSON", cause: error)
        }
        guard let map = value["weight_map"]?.object else {
            throw ModelStoreError(.indexInvalid, "\(address)/\(index) has no object 'weight_map'")
        }
        var names: Set<String> = []
        for member in map.members {
            guard let name = member.value.string, FileName.isAcceptable(name), name.hasSuffix(".safetensors") else {
                throw ModelStoreError(
                    .indexInvalid, "\(address)/\(index) places '\(member.key)' in something that is no name of a shard")
            }
            names.insert(name)
        }
        return names.sorted()
    }
}

/// The mirror's `SHA256SUMS`, fetched when first asked for.
private final class MirrorDigests {
    private let client: HTTPClient
    private let url: String
    private let shouldStop: () -> Bool
    private var record: DigestRecord?

    init(client: HTTPClient, url: String, shouldStop: @escaping () -> Bool) {
        self.client = client
        self.url = url
        self.shouldStop = shouldStop
    }

    /// The listed digest of `name`; nil when the mirror lists none.
    func digest(of name: String) throws(ModelStoreError) -> String? {
        if record == nil { record = try fetch() }
        return record?.digests[name]
    }

    private func fetch() throws(ModelStoreError) -> DigestRecord {
        var text: [UInt8] = []
        let url = url
        let head = try client.get(
            url,
            onBody: { _, bytes throws(ModelStoreError) in
                guard text.count + bytes.count <= 1 << 20 else {
                    throw ModelStoreError(.indexInvalid, "\(url) is longer than a list of digests can be")
                }
                text.append(contentsOf: bytes)
            }, shouldStop: shouldStop)
        return head.status == 200 ? DigestRecord(parsing: String(decoding: text, as: UTF8.self)) : DigestRecord()
    }
}
