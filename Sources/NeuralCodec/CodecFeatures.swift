/// What a codec's vocoder speaks from: per frame the normalised log-mel bands, ln(F0 / reference) and the voicing.
public struct CodecFeatures: Sendable, Equatable {
    public let melBins: Int
    /// `[frames, melBins + 2]`; the last two of a frame are the log-F0, 0 where unvoiced, and the voicing, 0 or 1.
    public var values: [Float]

    /// Values per frame.
    public var width: Int { melBins + 2 }
    public var frames: Int { values.count / width }

    /// - Precondition: `values` are whole frames.
    public init(melBins: Int, values: [Float]) {
        precondition(melBins > 0 && values.count.isMultiple(of: melBins + 2))
        self.melBins = melBins
        self.values = values
    }
}

/// Features as codes: per frame one code of each stage of the quantizer, and one of the pitch.
public struct CodecCodes: Sendable, Equatable {
    /// Stages of the quantizer.
    public let stages: Int
    /// `[frames, stages]`
    public var codes: [UInt16]
    /// `[frames]`: 0 is unvoiced, 1…255 lie evenly on a logarithmic scale.
    public var pitch: [UInt8]

    public var frames: Int { pitch.count }

    /// - Precondition: `codes.count == pitch.count * stages`.
    public init(stages: Int, codes: [UInt16], pitch: [UInt8]) {
        precondition(stages > 0 && codes.count == pitch.count * stages)
        self.stages = stages
        self.codes = codes
        self.pitch = pitch
    }
}
