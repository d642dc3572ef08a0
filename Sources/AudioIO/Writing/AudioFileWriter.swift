public import AudioCore
import Glibc

/// Writes sound to a file in the format that its name asks for, or as a WAV stream to a pipe.
///
/// A file appears under its name when ``finish()`` returns, whole; dropped before that, the writer leaves nothing. A
/// pipe, a terminal or a device gets the sound as it comes.
public final class AudioFileWriter {
    /// File formats by the ends of names.
    public enum FileFormat: CaseIterable, Sendable {
        /// 16-bit PCM.
        case wav
        /// 16-bit FLAC.
        case flac
        /// Opus in Ogg; it knows but five rates, and others are resampled to the next above.
        case opus

        /// The format that a name asks for; nil for an unknown ending.
        public init?(path: String) {
            let name = path.split(separator: "/").last ?? ""
            guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
            switch name[name.index(after: dot)...].lowercased() {
            case "wav", "wave": self = .wav
            case "flac": self = .flac
            case "opus", "ogg", "oga": self = .opus
            default: return nil
            }
        }

        /// What the file's rate is when the samples have `rate`, both in Hz.
        func rate(for rate: Int) -> Int {
            guard self == .opus else { return rate }
            return [8_000, 12_000, 16_000, 24_000, 48_000].first { $0 >= rate } ?? 48_000
        }
    }

    /// Hz of the samples that are written.
    public let sampleRate: Int
    /// Frames written so far, at ``sampleRate``.
    public private(set) var framesWritten = 0
    private let target: any SampleTarget
    private let resampler: Resampler?
    private var resampled: [Float] = []

    /// Begins a mono file at `path`; whatever has that name stays until ``finish()``.
    ///
    /// - Parameters:
    ///   - path: a name that ends in `.wav`, `.flac`, `.opus` or `.ogg`; or something that is no regular file, such as
    ///     `/dev/stdout` or a FIFO, which gets a WAV stream.
    ///   - sampleRate: Hz of the samples that are written.
    ///   - provenance: what a regular file says of its sound; nil for sound that is not synthetic. A stream says nothing:
    ///     it is over before it could be signed.
    /// - Throws: ``AudioError/Code/pathInvalid``, ``AudioError/Code/outputFormatUnknown``,
    ///   ``AudioError/Code/writeFailed``, ``AudioError/Code/rateUnsupported`` or ``AudioError/Code/resampleFailed``.
    public convenience init(
        path: String, sampleRate: Int, provenance: FileProvenance? = nil
    ) throws(AudioError) {
        guard !path.isEmpty, !path.utf8.contains(0), !path.hasSuffix("/") else {
            throw AudioError(.pathInvalid, "\(path.debugDescription) cannot be the name of a file.")
        }
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            guard status.st_mode & S_IFMT != S_IFDIR else {
                throw AudioError(.pathInvalid, "\(path.debugDescription) is a folder; name a file in it.")
            }
            let descriptor = open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw PartFile.failed(path, "opened", errno) }
            try self.init(
                WAVStreamWriter(descriptor, name: path, sampleRate: sampleRate, closes: true), sampleRate: sampleRate)
            return
        }
        guard let format = FileFormat(path: path) else {
            throw AudioError(
                .outputFormatUnknown,
                "\(path.debugDescription) does not say what kind of file it is to be; "
                    + "let its name end in .wav, .flac, .opus or .ogg.")
        }
        let input = try AudioFormat(sampleRate: sampleRate, channels: 1)
        let rate = format.rate(for: input.sampleRate)
        try self.init(
            try SndfileWriter(path: path, format: format, sampleRate: rate, provenance: provenance),
            sampleRate: sampleRate)
    }

    /// Writes a WAV stream to an open descriptor, which stays the caller's to close. Its header says "until the end"
    /// where a length would stand, unless the descriptor is a file, whose header is put right by ``finish()``.
    ///
    /// - Throws: ``AudioError/Code/writeFailed`` or ``AudioError/Code/rateUnsupported``.
    public convenience init(streamingTo descriptor: Int32, name: String, sampleRate: Int) throws(AudioError) {
        try self.init(
            WAVStreamWriter(descriptor, name: name, sampleRate: sampleRate, closes: false), sampleRate: sampleRate)
    }

    init(_ target: any SampleTarget, sampleRate: Int) throws(AudioError) {
        self.sampleRate = try AudioFormat(sampleRate: sampleRate, channels: 1).sampleRate
        self.target = target
        resampler = target.sampleRate == sampleRate ? nil : try Resampler(from: sampleRate, to: target.sampleRate)
        if resampler != nil { resampled = [Float](repeating: 0, count: 4_096) }
    }

    /// Appends samples; what lies outside ±1 is cut off.
    ///
    /// - Throws: ``AudioError/Code/writeFailed`` or ``AudioError/Code/resampleFailed``.
    public func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        framesWritten += samples.count
        guard let resampler else { return try target.write(samples) }
        var rest = samples
        while !rest.isEmpty {
            let step = try resampled.withUnsafeMutableBufferPointer { buffer throws(AudioError) in
                try resampler.process(rest, into: buffer)
            }
            rest = UnsafeBufferPointer(rebasing: rest[step.consumed...])
            try writeResampled(step.produced)
        }
    }

    /// Completes the file and gives it its name; nothing can be written afterwards.
    ///
    /// - Throws: ``AudioError/Code/writeFailed`` or ``AudioError/Code/resampleFailed``.
    public func finish() throws(AudioError) {
        if let resampler {
            while true {
                let count = try resampled.withUnsafeMutableBufferPointer { buffer throws(AudioError) in
                    try resampler.finish(into: buffer)
                }
                if count == 0 { break }
                try writeResampled(count)
            }
        }
        try target.finish()
    }

    private func writeResampled(_ count: Int) throws(AudioError) {
        try resampled.withUnsafeMutableBufferPointer { buffer throws(AudioError) in
            try target.write(UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }
}

/// Where samples end up.
protocol SampleTarget: AnyObject {
    /// Hz.
    var sampleRate: Int { get }
    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError)
    func finish() throws(AudioError)
}

extension AudioError.Code {
    /// A file cannot be created or written.
    public static let writeFailed = Self(rawValue: "audio.write_failed")
    /// A file's name does not say in what format it is to be written.
    public static let outputFormatUnknown = Self(rawValue: "audio.output_format_unknown")
}
