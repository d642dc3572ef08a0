/// Which maximum the log-mel frames are normalised with.
///
/// The reference computes the spectrogram of the whole recording and clamps every frame to 80 dB below its loudest
/// value. What a quiet frame looks like to the model thus depends on sound that may come hours later, and equal tokens
/// need that maximum before the first window.
public enum MelNormalization: String, Sendable, CaseIterable {
    /// ``wholeRecording`` for files, ``running`` for pipes.
    case automatic
    /// The maximum over the whole recording, as the reference: a first pass over the audio finds it. A recording too
    /// long to keep its frames in memory is decoded twice; from a pipe, where that cannot be done, it is an error.
    case wholeRecording = "whole"
    /// The maximum so far, at least over the first window. Nothing waits for the end of the recording, but frames
    /// before its loudest moment are clamped less than in the reference, and a token may differ.
    case running
}
