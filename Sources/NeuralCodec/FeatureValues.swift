internal import Glibc

/// What a model that makes features has to know of them.
extension NeuralCodec {
    /// The mel features of silence.
    public var silence: Float {
        (logf(configuration.melFloor) - configuration.melMean) / configuration.melScale
    }

    /// The pitch feature of a frame of that F0 in Hz, 0 standing for no pitch.
    public func pitchFeature(hertz: Float) -> Float { pitch.feature(hertz) }
}
