import AudioCore
import CSndfile
import Glibc

/// Encodes through libsndfile into bytes that are handed on at once.
final class SndfileStreamWriter: SampleTarget {
    let sampleRate: Int
    private let send: ([UInt8]) throws(AudioError) -> Void
    private let output: SndfileOutput
    private var encoder: SndfileEncoder

    /// Milliseconds after which a page of Ogg is complete, so that its sound is not waited for longer.
    private static let pageLatency = 200.0

    /// - Parameter format: as libsndfile counts them.
    /// - Throws: ``AudioError/Code/outputFormatUnknown``.
    init(
        _ format: Int32, name: String, sampleRate: Int, send: @escaping ([UInt8]) throws(AudioError) -> Void
    ) throws(AudioError) {
        self.sampleRate = sampleRate
        self.send = send
        let output = SndfileOutput()
        self.output = output
        encoder = try SndfileEncoder(format, name: name, sampleRate: sampleRate, to: output) { info in
            var callbacks = SndfileOutput.callbacks
            return sf_open_virtual(&callbacks, Int32(SFM_WRITE), &info, output.context)
        } refusal: {
            AudioError(.outputFormatUnknown, "This machine's libsndfile cannot write \(name): \($0).")
        }
        encoder.setPageLatency(milliseconds: Self.pageLatency)
        // The count of frames comes too late for the header, and players take the first frame's size for every other's.
        if format & Int32(SF_FORMAT_TYPEMASK) == Int32(SF_FORMAT_MPEG) { encoder.setConstantBitRate() }
    }

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        try encoder.write(samples)
        try sendNew()
    }

    func finish() throws(AudioError) {
        if try encoder.finish() { try sendNew() }
    }

    private func sendNew() throws(AudioError) {
        let bytes = output.takeNew()
        if !bytes.isEmpty { try send(bytes) }
    }
}

/// A file to libsndfile, of which only the end is kept: what has been handed on cannot be changed any more.
///
/// libsndfile goes back at the end to complete headers (a FLAC's length, an MP3's count of frames). That is taken without
/// an error and has no effect: the headers keep saying that the length is unknown.
private final class SndfileOutput {
    private var offset = 0
    private var length = 0
    private var new: [UInt8] = []

    /// What the callbacks get as user data; valid for as long as this object lives.
    var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    static var callbacks: SF_VIRTUAL_IO {
        SF_VIRTUAL_IO(
            get_filelen: { SndfileOutput.of($0).map { sf_count_t($0.length) } ?? 0 },
            seek: { SndfileOutput.of($2)?.seek(by: $0, from: $1) ?? -1 },
            read: { _, _, _ in 0 },
            write: { SndfileOutput.of($2)?.write($0, $1) ?? 0 },
            tell: { SndfileOutput.of($0).map { sf_count_t($0.offset) } ?? 0 })
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> SndfileOutput? {
        context.map { Unmanaged<SndfileOutput>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The bytes since the last call.
    func takeNew() -> [UInt8] {
        defer { new = [] }
        return new
    }

    private func seek(by distance: sf_count_t, from origin: Int32) -> sf_count_t {
        let base =
            switch origin {
            case SEEK_CUR: offset
            case SEEK_END: length
            default: 0
            }
        let target = base + Int(distance)
        // Nothing is ever written behind the end.
        guard (0...length).contains(target) else { return -1 }
        offset = target
        return sf_count_t(target)
    }

    private func write(_ bytes: UnsafeRawPointer?, _ count: sf_count_t) -> sf_count_t {
        guard let bytes, count > 0 else { return 0 }
        let block = UnsafeRawBufferPointer(start: bytes, count: Int(count))
        new += block.dropFirst(length - offset)
        offset += block.count
        length = max(length, offset)
        return count
    }
}
