import AudioCore
import Glibc
import Watermark

extension FileProvenance {
    /// Signs a file that is whole but for its claim, in whose place the placeholder stands.
    ///
    /// - Parameters:
    ///   - descriptor: open for reading and writing.
    ///   - path: for messages.
    /// - Throws: ``AudioError/Code/writeFailed``.
    func sign(_ descriptor: Int32, path: String) throws(AudioError) {
        guard let key else { return }
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw PartFile.failed(path, "signed", errno) }
        let file = try AudioFileHandle(adopting: copy, name: path.debugDescription)
        let unsigned = AudioError(.writeFailed, "\(path.debugDescription) cannot be signed as synthetic.")
        guard let (_, place) = ClaimPlace.find({ file.bytes(at: $0, count: $1) }),
            let digest = try FileSound(file, claim: place).digest(),
            let claim = try? SyntheticClaim.signed(version: version, digest: digest, by: key)
        else { throw unsigned }
        let (bytes, offset) = Self.patch(file, Array(claim.text.utf8), at: place)
        guard pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count else {
            throw PartFile.failed(path, "signed", errno)
        }
    }

    /// What is to be written where, so that `text` stands at `place`.
    private static func patch(_ file: AudioFileHandle, _ text: [UInt8], at place: Int) -> (bytes: [UInt8], offset: Int)
    {
        var position = 0
        while var page = OggPage({ file.bytes(at: $0, count: $1) }, at: position) {
            if page.range.contains(place) {
                page.replace(at: place, with: text)
                return (page.bytes, position)
            }
            position = page.range.upperBound
        }
        return (text, place)
    }
}
