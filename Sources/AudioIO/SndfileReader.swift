import AudioCore
import CSndfile
import Synchronization

/// Streams a file through libsndfile.
final class SndfileReader: AudioReader {
    let format: AudioFormat
    let frameCount: Int?
    private(set) var damage: AudioError?

    private let source: SndfileSource
    private let handle: OpaquePointer
    private var framesRead = 0

    /// sf_open reports its failures through globals of the library.
    private static let opening = Mutex(())

    /// - Parameter part: the bytes of the file to read as a file, nil for all of them.
    /// - Throws: ``AudioError/Code/formatUnrecognised`` where libsndfile does not know the format,
    ///   ``AudioError/Code/formatDamaged`` where it does but cannot read it, and ``AudioFormat``'s errors.
    init(_ file: AudioFileHandle, part: Range<Int>? = nil) throws(AudioError) {
        let source = try SndfileSource(file, part: part)
        var info = SF_INFO()
        let opened = Self.open(source, &info)
        guard let handle = opened.handle else {
            throw source.failure ?? Self.refusal(file, opened.code, opened.text)
        }
        do {
            format = try AudioFormat(sampleRate: Int(info.samplerate), channels: Int(info.channels))
        } catch {
            sf_close(handle)
            throw AudioError(error.code, "\(file.name): \(error.message)", cause: error)
        }
        self.source = source
        self.handle = handle
        // Unknown lengths are given as the largest number, and some headers claim more than any file can hold.
        frameCount = (1..<1 << 48).contains(info.frames) ? Int(info.frames) : nil
    }

    deinit {
        sf_close(handle)
    }

    func read(into samples: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
        guard damage == nil else { return 0 }
        let frames = Int(sf_readf_float(handle, samples.baseAddress, sf_count_t(samples.count / format.channels)))
        if let failure = source.failure { throw failure }
        guard frames <= 0 else {
            framesRead += frames
            return frames
        }
        let code = sf_error(handle)
        guard code == 0 else {
            damage = AudioError(
                .formatDamaged, "\(source.file.name) is damaged after \(framesRead) frames: \(Self.text(code)).")
            if let damage, framesRead == 0 { throw damage }
            return 0
        }
        noteMissingFrames()
        return 0
    }

    /// A stream that ends well before the length in its header was cut off, or goes on in a way that the decoder does
    /// not follow, such as MP3 at another rate. Encoder padding makes small differences normal.
    private func noteMissingFrames() {
        guard let frameCount, framesRead + format.sampleRate / 5 < frameCount else { return }
        damage = AudioError(
            .formatDamaged,
            "\(source.file.name) ended after \(framesRead) of the \(frameCount) frames that its header promises.")
    }

    private static func open(
        _ source: SndfileSource, _ info: inout SF_INFO
    ) -> (handle: OpaquePointer?, code: Int32, text: String) {
        let opened = opening.withLock { _ in
            var callbacks = SndfileSource.callbacks
            let handle = sf_open_virtual(&callbacks, Int32(SFM_READ), &info, source.context)
            return (handle: UInt(bitPattern: handle), code: sf_error(nil), text: String(cString: sf_strerror(nil)))
        }
        return (OpaquePointer(bitPattern: opened.handle), opened.code, opened.text)
    }

    private static func refusal(_ file: AudioFileHandle, _ code: Int32, _ text: String) -> AudioError {
        let unknown = [Int32(SF_ERR_UNRECOGNISED_FORMAT), Int32(SF_ERR_UNSUPPORTED_ENCODING)].contains(code)
        if file.size == 0 {
            return AudioError(.formatDamaged, "\(file.name) is empty.")
        }
        return unknown
            ? AudioError(.formatUnrecognised, "\(file.name) is not in a format that libsndfile reads.")
            : AudioError(.formatDamaged, "libsndfile cannot read \(file.name): \(trimmed(text)).")
    }

    private static func text(_ code: Int32) -> String {
        trimmed(String(cString: sf_error_number(code)))
    }

    /// libsndfile ends some of its messages with a full stop or a line break.
    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while let last = text.last, last == "." || last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
