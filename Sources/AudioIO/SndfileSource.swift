import AudioCore
import CSndfile
import Glibc

/// The bytes of a file as libsndfile's virtual input.
///
/// Going through callbacks rather than a descriptor keeps the descriptor's own offset untouched, tells a failing disk
/// from the end of the file, and lets a cancelled task leave a long header scan (an MP3's length is found by reading it).
final class SndfileSource {
    let file: AudioFileHandle
    private(set) var failure: AudioError?
    private var offset: sf_count_t = 0
    private let patch: WAVSizePatch?

    init(_ file: AudioFileHandle) {
        self.file = file
        patch = WAVSizePatch(file)
    }

    /// What the callbacks get as user data; valid for as long as this object lives.
    var context: UnsafeMutableRawPointer {
        Unmanaged.passUnretained(self).toOpaque()
    }

    static var callbacks: SF_VIRTUAL_IO {
        SF_VIRTUAL_IO(
            get_filelen: { SndfileSource.of($0).map { sf_count_t($0.file.size) } ?? 0 },
            seek: { SndfileSource.of($2)?.seek(by: $0, from: $1) ?? -1 },
            read: { SndfileSource.of($2)?.read($0, $1) ?? 0 },
            write: { _, _, _ in 0 },
            tell: { SndfileSource.of($0)?.offset ?? 0 })
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> SndfileSource? {
        context.map { Unmanaged<SndfileSource>.fromOpaque($0).takeUnretainedValue() }
    }

    private func seek(by distance: sf_count_t, from origin: Int32) -> sf_count_t {
        let base: sf_count_t =
            switch origin {
            case SEEK_CUR: offset
            case SEEK_END: sf_count_t(file.size)
            default: 0
            }
        // Headers lie about sizes, so the sum may be anything.
        let (target, overflow) = base.addingReportingOverflow(distance)
        guard !overflow, target >= 0 else { return -1 }
        offset = target
        return target
    }

    private func read(_ bytes: UnsafeMutableRawPointer?, _ count: sf_count_t) -> sf_count_t {
        guard count > 0, failure == nil else { return 0 }
        guard !Task.isCancelled else {
            failure = AudioError(.cancelled, "Reading \(file.name) was cancelled.")
            return 0
        }
        var done = 0
        while done < count {
            let got = pread(file.descriptor, bytes?.advanced(by: done), Int(count) - done, off_t(offset))
            if got < 0 && errno == EINTR { continue }
            if got < 0 {
                failure = AudioError(.readFailed, "Could not read \(file.name): \(SystemError.text(errno)).")
            }
            guard got > 0 else { break }
            if let bytes, let patch {
                patch.apply(to: UnsafeMutableRawBufferPointer(start: bytes + done, count: got), at: Int(offset))
            }
            done += got
            offset += sf_count_t(got)
        }
        return sf_count_t(done)
    }
}
