import Crypto
import Glibc

/// SHA-256 of what passes by, as 64 lowercase hexadecimal digits.
struct Digest {
    private var state = SHA256()

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        state.update(bufferPointer: bytes)
    }

    /// Continues with the content of a file. `shouldStop` is asked for each MiB.
    mutating func update(
        contentsOf path: String, progress: (Int) -> Void = { _ in }, shouldStop: () -> Bool = { false }
    ) throws(ModelStoreError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileSystem.failure("open", path) }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileSystem.failure("read", path) }
            if count == 0 { return }
            update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            progress(count)
            if shouldStop() { throw ModelStoreError(.cancelled, "stopped while reading '\(path)'") }
        }
    }

    func finalize() -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in state.finalize() {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `text` in lower case when it is a SHA-256 in hexadecimal digits, else nil.
    static func parse(_ text: some StringProtocol) -> String? {
        text.utf8.count == 64 && text.allSatisfy { $0.isASCII && $0.isHexDigit } ? text.lowercased() : nil
    }
}

/// The digests of a model's files, kept beside them as `SHA256SUMS`, so that `sha256sum -c SHA256SUMS` checks them too.
public struct DigestRecord: Sendable, Equatable {
    public static let fileName = "SHA256SUMS"

    /// Digest (64 lowercase hexadecimal digits) by file name.
    public var digests: [String: String]

    public init(digests: [String: String] = [:]) {
        self.digests = digests
    }

    /// Reads the form that `sha256sum` writes. Lines of another form and names that lead out of the folder are passed over.
    init(parsing text: String) {
        digests = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let fields = line.split(separator: " ", maxSplits: 1)
            guard fields.count == 2, let digest = Digest.parse(fields[0]) else { continue }
            // The second character of the separator tells text (a space) from binary (an asterisk).
            let name = String(fields[1].drop { $0 == " " || $0 == "*" })
            if FileName.isAcceptable(name) { digests[name] = digest }
        }
    }

    /// The record of a model folder; nil when it has none.
    static func load(directory: String) throws(ModelStoreError) -> DigestRecord? {
        guard let bytes = try FileSystem.read("\(directory)/\(fileName)", limit: 1 << 20) else { return nil }
        return DigestRecord(parsing: String(decoding: bytes, as: UTF8.self))
    }

    func save(directory: String) throws(ModelStoreError) {
        let lines = digests.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)\n" }
        try FileSystem.write(Array(lines.joined().utf8), to: "\(directory)/\(Self.fileName)")
    }
}
