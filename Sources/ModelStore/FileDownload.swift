/// Where the certainty about a downloaded file's digest comes from.
public enum DigestEvidence: Sendable, Equatable {
    /// The catalogue that comes with this program.
    case catalogue
    /// A header of the server's answer.
    case header
    /// The mirror's `SHA256SUMS`.
    case mirror
    /// Nothing to compare with: the digest was computed and recorded at the first download.
    case firstUse
    /// An earlier attempt, which had completed this file.
    case earlier
}

/// What is known of a file that has arrived.
struct DownloadedFile: Sendable {
    var digest: String
    var size: Int
    var evidence: DigestEvidence
}

/// Brings one remote file into a folder: into `name.part` first, which a later attempt continues, and under its own name
/// once its size and digest are right.
final class FileDownload {
    private let client: HTTPClient
    private let url: String
    private let name: String
    private let target: String
    private let expected: (digest: String, evidence: DigestEvidence)?
    private let mirrorDigest: () throws(ModelStoreError) -> String?
    private let progress: (_ received: Int, _ total: Int?) -> Void
    private let shouldStop: () -> Bool

    private var part: String { target + ".part" }
    /// Holds the validator of the content in `part`.
    private var validatorPath: String { target + ".part.validator" }

    private var received = 0
    private var total: Int?
    private var digest = Digest()

    /// `mirrorDigest` is asked only when neither the catalogue nor the answer's headers hold a digest.
    init(
        client: HTTPClient, url: String, directory: String, name: String,
        expected: String?, mirrorDigest: @escaping () throws(ModelStoreError) -> String?,
        progress: @escaping (_ received: Int, _ total: Int?) -> Void, shouldStop: @escaping () -> Bool
    ) {
        self.client = client
        self.url = url
        self.name = name
        self.target = "\(directory)/\(name)"
        self.expected = expected.map { ($0, .catalogue) }
        self.mirrorDigest = mirrorDigest
        self.progress = progress
        self.shouldStop = shouldStop
    }

    /// Downloads the file; nil when the server has none (404).
    ///
    /// A transfer that breaks off is continued at once, as long as each attempt brings something and `retries` are left.
    /// Throws `store.interrupted` after that, `store.digest_mismatch` (the bad file is removed), `store.http_status`,
    /// `store.no_space` and what ``HTTPClient`` throws.
    func run(retries: Int) throws(ModelStoreError) -> DownloadedFile? {
        var retries = retries
        while true {
            let before = FileSystem.fileSize(part) ?? 0
            do throws(ModelStoreError) {
                return try attempt()
            } catch {
                guard error.code == .interrupted, retries > 0, received > before else { throw error }
                retries -= 1
            }
        }
    }

    private func attempt() throws(ModelStoreError) -> DownloadedFile? {
        let file = try AppendingFile(opening: part)
        let headers = try resumeHeaders(file)
        var begun = false
        let head = try client.get(
            url, headers: headers,
            onBody: { [self] head, bytes throws(ModelStoreError) in
                if !begun {
                    try begin(head, file)
                    begun = true
                }
                try file.append(bytes)
                digest.update(bytes)
                received += bytes.count
                progress(received, total)
            }, shouldStop: shouldStop)
        switch head.status {
        case 200, 206:
            if !begun { try begin(head, file) }
        case 416 where head.range?.total == received && received > 0:
            total = received
        case 416:
            // The remote file has become shorter than what is here: begin again.
            try restart(file)
            throw ModelStoreError(.interrupted, "\(url) has changed on the server; run the command again")
        case 404:
            discard()
            return nil
        default:
            if received == 0 { discard() }
            throw ModelStoreError(.httpStatus, Self.explain(head.status, url))
        }
        if let total, received != total {
            throw ModelStoreError(
                .interrupted, "\(url) broke off after \(received) of \(total) bytes; run the command again")
        }
        try file.synchronize()
        return try accept(head)
    }

    /// Decides whether what is in `part` can be continued, and reads it into the digest if so.
    private func resumeHeaders(_ file: AppendingFile) throws(ModelStoreError) -> [String] {
        digest = Digest()
        received = 0
        let validator = try FileSystem.read(validatorPath, limit: 1024).map { String(decoding: $0, as: UTF8.self) }
        guard let size = FileSystem.fileSize(part), size > 0, let validator, Self.isHeaderValue(validator) else {
            try restart(file)
            return []
        }
        try digest.update(contentsOf: part, shouldStop: shouldStop)
        received = size
        return ["Range: bytes=\(size)-", "If-Range: \(validator)"]
    }

    /// The answer's headers are here, its body is about to come.
    private func begin(_ head: HTTPResponseHead, _ file: AppendingFile) throws(ModelStoreError) {
        if head.status == 206, let range = head.range {
            guard range.first == received else {
                try restart(file)
                throw ModelStoreError(
                    .transport, "\(url): the server sent another part of the file than the one asked for")
            }
            total = range.total
        } else {
            // The whole file: the server knows no ranges, or the file has changed since.
            if received > 0 { try restart(file) }
            total = head.contentLength
            if let validator = head.validator, Self.isHeaderValue(validator) {
                try FileSystem.write(Array(validator.utf8), to: validatorPath)
            }
        }
        try checkSpace()
    }

    private func checkSpace() throws(ModelStoreError) {
        guard let total, let free = FileSystem.freeSpace(in: FilePath.parent(of: target)) else { return }
        let needed = total - received
        guard needed <= free else {
            throw ModelStoreError(
                .noSpace,
                "\(name) needs \(needed >> 20) MiB more, the disk of '\(FilePath.parent(of: target))' has \(free >> 20) MiB left"
            )
        }
    }

    private func accept(_ head: HTTPResponseHead) throws(ModelStoreError) -> DownloadedFile {
        let actual = digest.finalize()
        var expected = expected
        if expected == nil,
            let tag = [head.linkedEntityTag, head.entityTag].compactMap({ $0 }).compactMap(Digest.parse).first
        {
            expected = (tag, .header)
        }
        if expected == nil, let listed = try mirrorDigest() {
            expected = (listed, .mirror)
        }
        if let expected, expected.digest != actual {
            discard()
            throw ModelStoreError(
                .digestMismatch,
                "\(name) from \(url) has the SHA-256 \(actual), but \(expected.digest) was promised; it was removed, try again"
            )
        }
        try FileSystem.rename(part, target)
        FileSystem.remove(validatorPath)
        return DownloadedFile(digest: actual, size: received, evidence: expected?.evidence ?? .firstUse)
    }

    private func restart(_ file: AppendingFile) throws(ModelStoreError) {
        try file.truncate()
        FileSystem.remove(validatorPath)
        received = 0
        digest = Digest()
    }

    private func discard() {
        FileSystem.remove(part)
        FileSystem.remove(validatorPath)
    }

    /// Whether a stored text may stand in a request header: printable, in one line.
    private static func isHeaderValue(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 512 && text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
    }

    private static func explain(_ status: Int, _ url: String) -> String {
        switch status {
        case 401, 403:
            "the server refused access to \(url) (status \(status)): the model may be private, or the address wrong"
        case 429: "the server has had too many requests (status 429 for \(url)); try again later"
        case 500...: "the server failed (status \(status) for \(url)); try again later"
        default: "unexpected status \(status) for \(url)"
        }
    }
}

/// Paths as text.
enum FilePath {
    /// Everything before the last slash; `.` when there is none.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
