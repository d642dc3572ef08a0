/// How one window is decoded at one temperature. Defaults are those of the reference's `DecodingOptions`.
struct DecodingOptions: Sendable {
    var task: TranscriptionTask = .transcribe
    /// 0 takes the most probable token, anything above samples.
    var temperature: Double = 0
    /// Most tokens to sample; nil for half of the text context.
    var sampleLength: Int?
    /// Number of independent samples to choose from, if the temperature is above 0.
    var bestOf: Int?
    /// Number of beams, if the temperature is 0.
    var beamSize: Int?
    /// Beam search goes on until `beamSize · patience` sequences have ended (arXiv:2204.05424); nil is 1.
    var patience: Double?
    /// α of the length penalty ((5 + length) / 6)^α (arXiv:1609.08144); nil divides by the length.
    var lengthPenalty: Double?
    /// Tokens that the window's own text begins with.
    var prefix: [Int] = []
    /// Tokens put before the previous text in the prompt, unless there is a prefix.
    var hotwords: [Int] = []
    /// Tokens never to sample; −1 stands for the vocabulary's non-speech tokens; empty switches the rule off.
    var suppressTokens: [Int] = [-1]
    /// Forbids a blank or nothing at all as the beginning.
    var suppressBlank = true
    /// Samples text only, after `<|notimestamps|>`.
    var withoutTimestamps = false
    /// Latest first timestamp in seconds; nil or 0 for no limit.
    var maxInitialTimestamp: Double? = 1
    /// Leaves out spelling head and language model of a model that has them.
    var decoderAlone = false

    /// Sequences that a window is searched with.
    var groupSize: Int { beamSize ?? bestOf ?? 1 }

    /// Refuses what the reference refuses, and sizes that would only exhaust memory.
    func validate() throws(RecognitionError) {
        func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(RecognitionError) {
            if !condition { throw RecognitionError(.optionInvalid, message()) }
        }
        try require(temperature >= 0 && temperature.isFinite, "temperature is \(temperature); give a number from 0 up")
        try require(beamSize == nil || bestOf == nil, "beam size and best-of cannot be given together")
        try require(temperature > 0 || bestOf == nil, "best-of needs a temperature above 0")
        try require(patience == nil || beamSize != nil, "patience needs a beam size")
        try require((1...256).contains(groupSize), "\(groupSize) sequences per window; give 1 to 256")
        if let lengthPenalty {
            try require(
                (0...1).contains(lengthPenalty), "length penalty is \(lengthPenalty); give a number from 0 to 1")
        }
        if let patience, let beamSize {
            let candidates = Double(beamSize) * (patience == 0 ? 1 : patience)
            try require(
                candidates > 0.5 && candidates <= 65536,
                "patience is \(patience) with \(beamSize) beams; their product, rounded, must be from 1 to 65536")
        }
        if let sampleLength {
            try require(sampleLength > 0, "sample length is \(sampleLength); give a number above 0")
        }
        if let maxInitialTimestamp {
            try require(
                maxInitialTimestamp >= 0 && maxInitialTimestamp <= 1e6,
                "largest first timestamp is \(maxInitialTimestamp) s; give a number of seconds from 0 up")
        }
    }
}
