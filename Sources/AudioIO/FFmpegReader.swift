import AudioCore

/// Streams what an `ffmpeg` child writes: an AU header, then big-endian floats.
final class FFmpegReader: AudioReader {
    let format: AudioFormat
    private(set) var damage: AudioError?
    /// AU's size field is unknown when written to a pipe.
    var frameCount: Int? { nil }

    private let child: ChildProcess
    private let file: AudioFileHandle
    private let bytesPerFrame: Int
    private let buffer: UnsafeMutableRawBufferPointer
    /// Bytes at the front of the buffer that have not been given out.
    private var held = 0
    private var framesRead = 0
    private var ended = false

    private static let framesPerRead = 4_096

    /// Reads the header.
    ///
    /// - Throws: ``AudioError/Code/ffmpegFailed`` with ffmpeg's own words where no header comes, and
    ///   ``AudioFormat``'s errors.
    init(_ child: ChildProcess, file: AudioFileHandle) throws(AudioError) {
        self.child = child
        self.file = file
        guard let header = try AUHeader(child) else {
            _ = try child.finish()
            throw Self.failure(file, child.errorText)
        }
        do {
            format = try AudioFormat(sampleRate: header.sampleRate, channels: header.channels)
        } catch {
            throw AudioError(error.code, "\(file.name): \(error.message)", cause: error)
        }
        bytesPerFrame = format.channels * 4
        buffer = .allocate(byteCount: Self.framesPerRead * bytesPerFrame, alignment: 16)
    }

    deinit {
        buffer.deallocate()
    }

    func read(into samples: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
        while held < bytesPerFrame && !ended {
            let count = try child.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[held...]))
            held += count
            if count == 0 { try end() }
        }
        let frames = min(held / bytesPerFrame, samples.count / format.channels)
        for i in 0..<(frames * format.channels) {
            let bits = buffer.loadUnaligned(fromByteOffset: i * 4, as: UInt32.self)
            samples[i] = Float(bitPattern: UInt32(bigEndian: bits))
        }
        let taken = frames * bytesPerFrame
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[taken..<held]))
        held -= taken
        framesRead += frames
        return frames
    }

    private func end() throws(AudioError) {
        ended = true
        guard try !child.finish() else { return }
        let failure = Self.failure(file, child.errorText)
        guard framesRead > 0 || held >= bytesPerFrame else { throw failure }
        damage = failure
    }

    /// The last line that ffmpeg wrote is the one that says why it stopped.
    private static func failure(_ file: AudioFileHandle, _ errorText: String) -> AudioError {
        if errorText.contains("matches no streams") {
            return AudioError(.ffmpegFailed, "\(file.name) holds no sound, says ffmpeg.")
        }
        let line = errorText.split(whereSeparator: \.isNewline).last.map(String.init) ?? "it gave no reason"
        let reason = String(line.drop { $0 == " " }.prefix(300))
        return AudioError(.ffmpegFailed, "ffmpeg could not decode \(file.name): \(reason)")
    }
}

/// The header of Sun's AU format: six big-endian words (magic, header size, data size, encoding, rate, channels) and an
/// annotation.
private struct AUHeader {
    let sampleRate: Int
    let channels: Int

    private static let magic: UInt32 = 0x2E73_6E64  // ".snd"
    private static let fixedSize = 24
    private static let largestSize = 65_536
    private static let float32: UInt32 = 6

    /// Reads the header and the annotation; nil where the child ends first, or writes something else and is stopped.
    init?(_ child: ChildProcess) throws(AudioError) {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.largestSize, alignment: 4)
        defer { bytes.deallocate() }
        guard try Self.fill(bytes[..<Self.fixedSize], from: child) else { return nil }
        let words = (0..<6).map { UInt32(bigEndian: bytes.load(fromByteOffset: $0 * 4, as: UInt32.self)) }
        guard words[0] == Self.magic, words[3] == Self.float32, (24...UInt32(Self.largestSize)).contains(words[1])
        else {
            child.stop()
            return nil
        }
        guard try Self.fill(bytes[Self.fixedSize..<Int(words[1])], from: child) else { return nil }
        sampleRate = Int(words[4])
        channels = Int(words[5])
    }

    private static func fill(
        _ bytes: Slice<UnsafeMutableRawBufferPointer>, from child: ChildProcess
    ) throws(AudioError) -> Bool {
        var room = UnsafeMutableRawBufferPointer(rebasing: bytes)
        while !room.isEmpty {
            let count = try child.read(into: room)
            guard count > 0 else { return false }
            room = UnsafeMutableRawBufferPointer(rebasing: room[count...])
        }
        return true
    }
}
