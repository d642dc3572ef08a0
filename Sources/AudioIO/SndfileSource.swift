import AudioCore
import CSndfile
import Glibc

/// The bytes of a file as libsndfile's virtual input.
///
/// Going through callbacks rather than a descriptor keeps the descriptor's own offset untouched, tells a failing disk
/// from the end of the file, and lets a cancelled task leave a long header scan (an MP3's length is found by reading
/// it).
final class SndfileSource {
    let file: AudioFileHandle
    private(set) var failure: AudioError?
    private var offset: sf_count_t = 0
    /// What stands in for the beginning of the file; nil where it is given as it is.
    private let standIn: StandInHeader?

    /// The part of the file that libsndfile sees as a file.
    private let part: Range<Int>

    /// - Parameter part: the bytes to show, nil for the whole file.
    /// - Throws: ``AudioError/Code/formatDamaged`` for a WAV file without format or data.
    init(_ file: AudioFileHandle, part: Range<Int>? = nil) throws(AudioError) {
        self.file = file
        self.part = part ?? 0..<file.size
        standIn = part == nil ? try WAVContainer.header(for: file) ?? MPEGStream.header(for: file) : nil
    }

    /// Bytes that libsndfile may read.
    private var size: Int { standIn?.size ?? part.count }

    /// What the callbacks get as user data; valid for as long as this object lives.
    var context: UnsafeMutableRawPointer {
        Unmanaged.passUnretained(self).toOpaque()
    }

    static var callbacks: SF_VIRTUAL_IO {
        SF_VIRTUAL_IO(
            get_filelen: { SndfileSource.of($0).map { sf_count_t($0.size) } ?? 0 },
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
            case SEEK_END: sf_count_t(size)
            default: 0
            }
        // Headers lie about sizes, so the sum may be anything.
        let (target, overflow) = base.addingReportingOverflow(distance)
        guard !overflow, target >= 0 else { return -1 }
        offset = target
        return target
    }

    private func read(_ bytes: UnsafeMutableRawPointer?, _ count: sf_count_t) -> sf_count_t {
        guard let bytes, count > 0, failure == nil else { return 0 }
        guard !Task.isCancelled else {
            failure = AudioError(.cancelled, "Reading \(file.name) was cancelled.")
            return 0
        }
        let block = UnsafeMutableRawBufferPointer(start: bytes, count: min(Int(count), max(0, size - Int(offset))))
        var done = 0
        while done < block.count {
            let got = read(UnsafeMutableRawBufferPointer(rebasing: block[done...]))
            guard got > 0 else { break }
            done += got
            offset += sf_count_t(got)
        }
        return sf_count_t(done)
    }

    /// Reads what comes next of the header that stands in for the file's own, or of the file; 0 at its end.
    private func read(_ block: UnsafeMutableRawBufferPointer) -> Int {
        var position = part.lowerBound + Int(offset)
        if let standIn {
            if position < standIn.header.count {
                let part = standIn.header[position...].prefix(block.count)
                block.copyBytes(from: part)
                return part.count
            }
            position += standIn.data.lowerBound - standIn.header.count
        }
        while true {
            let got = pread(file.descriptor, block.baseAddress, block.count, off_t(position))
            if got >= 0 { return got }
            guard errno == EINTR else {
                failure = AudioError(.readFailed, "Could not read \(file.name): \(SystemError.text(errno)).")
                return 0
            }
        }
    }
}
