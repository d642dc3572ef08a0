internal import AudioCore
internal import WireProtocol

/// Plays what a queue has until it has nothing more, on a thread that may block.
///
/// Whatever makes the loudspeaker fall silent, a pause, something more urgent, the device itself, what was not heard is
/// played later, unless it was stopped.
final class ReadingPlayer {
    private let queue: ReadingQueue
    private let device: String
    private var speaker: Speaker?
    /// Whose sound the loudspeaker has.
    private var current: ReadingItem?
    private var block = [Float](repeating: 0, count: 1_024)
    /// When a lost device is tried again, and how long after that the next time.
    private var retry: ContinuousClock.Instant?
    private var pause = ReadingPlayer.shortestPause

    private static let shortestPause = 0.5
    private static let longestPause = 10.0

    init(_ queue: ReadingQueue, device: String) {
        self.queue = queue
        self.device = device
    }

    func run() {
        while true {
            switch queue.next() {
            case .end:
                fallSilent()
                queue.note(.closed)
                if queue.leave() { return }
            case .hold:
                fallSilent()
                queue.note(.closed)
                queue.changed.waitForAll(milliseconds: 3_600_000)
            case .play(let item, let skips):
                if item !== current { fallSilent() }
                if skips {
                    fallSilent()
                    item.track.skipSentence()
                }
                play(item)
            }
        }
    }

    /// Silence; what was not heard is heard later.
    private func fallSilent(reason: String? = nil) {
        guard let current else { return }
        if let speaker { current.track.putBack(speaker.stop()) }
        current.report(.waiting, reason: reason)
        self.current = nil
        speaker = nil
    }

    /// Plays a little of an item.
    private func play(_ item: ReadingItem) {
        current = item
        item.begin()
        if item.track.isComplete { queue.follower(of: item)?.begin() }
        do {
            guard let speaker = try open(for: item) else { return }
            switch try take(from: item.track) {
            case .nothing: queue.changed.waitForAll(milliseconds: 1_000)
            case .samples(let count, let sentences):
                item.report(.speaking)
                for sentence in sentences { item.report(sentence: sentence) }
                try write(count, to: speaker)
            case .end:
                try finish(speaker)
                end(item, .success(ReadingReport(.done, id: item.id)))
            }
        } catch let lost as DeviceLost {
            lose(lost.cause)
        } catch {
            // What was made of it before is still heard.
            if let speaker { try? finish(speaker) }
            end(item, .failure(error))
        }
    }

    private func end(_ item: ReadingItem, _ result: Result<ReadingReport, any Error>) {
        speaker = nil
        current = nil
        queue.end(item, result)
    }

    // MARK: The device

    private struct DeviceLost: Error {
        let cause: AudioError
    }

    /// The loudspeaker, opened if need be; nil when it is not time yet.
    private func open(for item: ReadingItem) throws -> Speaker? {
        if let speaker { return speaker }
        guard let rate = item.track.rate else {
            // Nothing can be made of it, or nothing has been yet.
            if item.track.isComplete, try take(from: item.track) == .end {
                end(item, .success(ReadingReport(.done, id: item.id)))
            } else {
                queue.changed.waitForAll(milliseconds: 1_000)
            }
            return nil
        }
        if let retry, retry > .now {
            queue.changed.waitForAll(milliseconds: 100)
            return nil
        }
        do {
            let opened = try Speaker(device, rate: rate, reference: queue.reference)
            speaker = opened
            queue.note(.open)
            return opened
        } catch {
            // One that was there will come back; one that never was may not exist.
            guard item.track.seconds > 0 || retry != nil else { throw error }
            throw DeviceLost(cause: error)
        }
    }

    private func take(from track: SoundTrack) throws -> SoundTrack.Next {
        try block.withUnsafeMutableBufferPointer { try track.take(into: $0) }
    }

    private func write(_ count: Int, to speaker: Speaker) throws(DeviceLost) {
        do {
            try block.withUnsafeBufferPointer { samples throws(AudioError) in
                try speaker.write(UnsafeBufferPointer(rebasing: samples[..<count]))
            }
        } catch {
            throw DeviceLost(cause: error)
        }
        retry = nil
        pause = Self.shortestPause
    }

    private func finish(_ speaker: Speaker) throws(DeviceLost) {
        do {
            try speaker.finish()
        } catch {
            throw DeviceLost(cause: error)
        }
    }

    private func lose(_ error: AudioError) {
        fallSilent(reason: error.message)
        retry = .now + .seconds(pause)
        pause = min(2 * pause, Self.longestPause)
        queue.note(.lost(reason: error.message))
    }
}
