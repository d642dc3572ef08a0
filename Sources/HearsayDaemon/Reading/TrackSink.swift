internal import AudioCore
internal import Pipelines

/// Speech on its way to the loudspeaker, made by a thread that has a turn and gives it up while enough is ahead.
final class TrackSink: RevocableSink {
    private let track: SoundTrack
    private let turn: Turn

    init(_ track: SoundTrack, turn: Turn, sampleRate: Int) {
        self.track = track
        self.turn = turn
        track.begin(rate: sampleRate)
    }

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        track.append(samples)
        do {
            if !track.hasRoom {
                try turn.rest {
                    while !track.hasRoom {
                        try Task.checkCancellation()
                        track.waitForRoom(milliseconds: 200)
                    }
                }
            }
            try turn.yield(atBoundary: true)
        } catch {
            throw AudioError(.cancelled, "The speech was cancelled.", cause: error)
        }
    }

    func silence(_ reason: any Error) { track.cut(reason) }

    var isOver: Bool { track.isOver }

    /// That the sound is complete is said by whoever knows of failures too.
    func finish() throws(AudioError) {}
}
