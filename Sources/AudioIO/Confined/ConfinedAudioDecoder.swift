public import AudioCore
public import HelperProcess

/// Decodes as ``SystemAudioDecoder`` does, with libsndfile in a process of its own for each file, which owns the open
/// file and no right to anything else. A file that makes the decoder crash or hang costs an error.
public struct ConfinedAudioDecoder: AudioFileDecoder {
    private let helper: HelperExecutable
    private let ffmpeg: FFmpegDecoder

    /// - Parameter helper: the program that becomes the process; its first act must be
    ///   ``AudioDecoderHelper/runIfRequested(_:)``.
    public init(helper: HelperExecutable = .thisProgram, ffmpeg: FFmpegDecoder = FFmpegDecoder()) {
        self.helper = helper
        self.ffmpeg = ffmpeg
    }

    /// - Throws: as ``SystemAudioDecoder``, and ``AudioError/Code/decoderCrashed`` or
    ///   ``AudioError/Code/decoderTimedOut``.
    public func open(_ file: AudioFileHandle) throws(AudioError) -> any AudioReader {
        try SystemAudioDecoder(ffmpeg: ffmpeg).open(file) { file throws(AudioError) in
            try ConfinedReader(file, helper: helper)
        }
    }
}

/// Sound as it comes from a decoding process.
final class ConfinedReader: AudioReader {
    let format: AudioFormat
    let frameCount: Int?
    private(set) var damage: AudioError?

    private let file: AudioFileHandle
    private var connection: HelperConnection?
    /// Samples of the last block, as bytes behind the kind of the message.
    private var block: [UInt8] = []
    private var position = 0

    /// Milliseconds in which the process must give a second of sound or less.
    private static let blockLimit = 2_500
    /// How often cancellation is looked at, in milliseconds.
    private static let patience = 100

    /// Starts the process and waits for it to read the header.
    init(_ file: AudioFileHandle, helper: HelperExecutable) throws(AudioError) {
        self.file = file
        let connection: HelperConnection
        do throws(HelperStartError) {
            connection = try HelperConnection(
                helper, argument: AudioDecoderHelper.argument, giving: file.descriptor)
        } catch {
            throw AudioError(.decoderCrashed, "\(file.name) was not decoded. \(error.message)")
        }
        // The length of some formats is found by reading all of the file.
        let limit = Self.blockLimit + file.size / 50_000
        let payload = try Self.receive(from: connection, of: file, within: limit)
        switch DecoderMessage(payload, fileName: file.name) {
        case .header(let sampleRate, let channels, let frameCount):
            format = try AudioFormat(sampleRate: sampleRate, channels: channels)
            self.frameCount = frameCount
        case .failure(let error): throw error
        case .block, .end, .damage, nil: throw Self.crash(file)
        }
        self.connection = connection
    }

    /// The process's number, for tests.
    var helperIdentifier: Int32? { connection?.identifier }

    func read(into samples: UnsafeMutableBufferPointer<Float>) throws(AudioError) -> Int {
        if position == block.count { try receiveBlock() }
        let bytesPerFrame = format.channels * MemoryLayout<Float>.size
        let frames = min((block.count - position) / bytesPerFrame, samples.count / format.channels)
        guard frames > 0 else { return 0 }
        let bytes = position..<position + frames * bytesPerFrame
        block.withUnsafeBytes { block in
            UnsafeMutableRawBufferPointer(samples).copyMemory(from: UnsafeRawBufferPointer(rebasing: block[bytes]))
        }
        position = bytes.upperBound
        return frames
    }

    private func receiveBlock() throws(AudioError) {
        guard let connection else { return }
        let payload = try Self.receive(from: connection, of: file, within: Self.blockLimit)
        switch DecoderMessage(payload, fileName: file.name) {
        case .block where payload.count > 1 && (payload.count - 1) % (format.channels * 4) == 0:
            block = payload
            position = 1
            return
        case .damage(let error): damage = error
        case .end: break
        case .failure(let error): throw error
        case .header, .block, nil: throw Self.crash(file)
        }
        self.connection = nil
        block = []
        position = 0
    }

    private static func receive(
        from connection: HelperConnection, of file: AudioFileHandle, within limit: Int
    ) throws(AudioError) -> [UInt8] {
        let deadline = HelperConnection.now + limit
        while true {
            guard !Task.isCancelled else { throw AudioError(.cancelled, "Reading \(file.name) was cancelled.") }
            do throws(HelperConnection.Failure) {
                return try connection.receive(before: min(deadline, HelperConnection.now + patience))
            } catch {
                guard error == .timedOut else { throw crash(file) }
                guard HelperConnection.now < deadline else {
                    throw AudioError(
                        .decoderTimedOut,
                        "\(file.name) kept its decoder busy for \(limit) ms without a result, and was given up.")
                }
            }
        }
    }

    private static func crash(_ file: AudioFileHandle) -> AudioError {
        AudioError(
            .decoderCrashed,
            "\(file.name) made its decoder crash. The file is damaged, or made to do harm; nothing else was affected.")
    }
}
