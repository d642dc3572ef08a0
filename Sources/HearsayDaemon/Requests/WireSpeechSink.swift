package import AudioCore
internal import AudioIO
internal import Pipelines
internal import WireProtocol

/// Sends speech to a client as it is made: 16-bit samples, in chunks.
final class WireSpeechSink: SpeechSink {
    private let outbox: Outbox
    private let turn: Turn
    private let format: WireAudioFormat
    private var samplesSent = 0
    private var hasBegun = false

    /// Samples in one event: small enough that the first leaves early, large enough that events are few.
    private static let samplesPerChunk = 4_096

    init(_ outbox: Outbox, turn: Turn, sampleRate: Int) {
        self.outbox = outbox
        self.turn = turn
        format = WireAudioFormat(rate: sampleRate, width: 2, channels: 1)
    }

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        var start = 0
        while start < samples.count {
            let end = min(samples.count, start + Self.samplesPerChunk)
            try send(UnsafeBufferPointer(rebasing: samples[start..<end]))
            start = end
        }
        try AudioError.sending { try turn.yield(atBoundary: true) }
    }

    /// Ends the sound; begins it first if there was none, because clients wait for its end.
    func finish() throws(AudioError) {
        try begin()
        try send(AudioStop(timestamp: milliseconds))
    }

    /// Tells where a mark of the text lies: between what was sent and what will be.
    func mark(_ name: String) throws(AudioError) {
        try begin()
        try send(SpeechMark(name: name, timestamp: milliseconds))
    }

    private func begin() throws(AudioError) {
        guard !hasBegun else { return }
        hasBegun = true
        try send(AudioStart(format: format, timestamp: 0, isSynthetic: true))
    }

    private func send(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        try begin()
        try send(AudioChunk(format: format, audio: PCM16.bytes(of: samples), timestamp: milliseconds))
        samplesSent += samples.count
    }

    private var milliseconds: Int { samplesSent * 1_000 / format.rate }

    private func send(_ message: some WireMessage) throws(AudioError) {
        try AudioError.sending { try outbox.send(message.event, during: turn) }
    }
}

extension AudioError {
    /// Sends speech to a client; how that fails, in the words of whoever writes sound.
    package static func sending(_ body: () throws -> Void) throws(AudioError) {
        do {
            try body()
        } catch is CancellationError {
            throw AudioError(.cancelled, "The speech was cancelled.")
        } catch {
            throw AudioError(.writeFailed, "The client cannot be sent the speech.", cause: error)
        }
    }
}
