/// Which maximum the log-mel frames are normalised with.
///
/// The reference computes the spectrogram of the whole recording and clamps every frame to 80 dB below its loudest
/// value. What a quiet frame looks like to the model thus depends on sound that may come hours later, and equal tokens
/// need that maximum before the first window.
public enum MelNormalization: String, Sendable, CaseIterable {
    /// ``wholeRecording`` for files whose frames are kept in memory (``TranscriptionJob/retainedSeconds``), so that they
    /// are decoded once and give the reference's tokens. In longer files the maximum so far and of the minute that
    /// follows a window: nobody waits for hours of sound to be decoded before the first word. ``running`` for pipes.
    case automatic
    /// The maximum over the whole recording, as the reference: a first pass over the audio finds it. A recording too
    /// long to keep its frames in memory is decoded twice; from a pipe, where that cannot be done, it is an error.
    case wholeRecording = "whole"
    /// The maximum so far, at least over the first window. Nothing waits for the end of the recording, but frames
    /// before its loudest moment are clamped less than in the reference, and a token may differ.
    case running

    /// Frames after a window whose maximum counts too in a long file: sound is mostly as loud as what follows it.
    static let lookAhead = 6_000
}

/// The largest value up to each frame of a recording that is read in order: the same for the same frame, whether the
/// reading began there or hours before and stopped in between.
struct MaximumSoFar {
    /// The maximum of all that was read once the frames after `after` had come.
    private var rises: [(after: Int, maximum: Float)] = []

    /// - Parameters:
    ///   - maximum: over everything up to now.
    ///   - frames: how many there were before the last piece of the recording.
    mutating func note(_ maximum: Float, after frames: Int) {
        guard maximum > rises.last?.maximum ?? -.infinity else { return }
        rises.append((after: frames, maximum: maximum))
    }

    /// The maximum over the pieces that hold the frames before `frame`, which need not all have come.
    func value(before frame: Int) -> Float {
        rises.last { $0.after < frame }?.maximum ?? rises.first?.maximum ?? -.infinity
    }
}
