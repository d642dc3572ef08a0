internal import StrictJSON

/// What a codec's JSON says beyond the weights' shapes: the "codec" object of `voice.json`, or a `codec.json`. Absent
/// keys have the values that hearsay's own codec was trained with.
struct CodecConfiguration: Sendable, Equatable {
    /// In Hz.
    var sampleRate = 22_050
    /// Samples per frame.
    var hopLength = 256
    var fftSize = 1024
    /// Mel magnitudes are raised to this before their logarithm is taken.
    var melFloor: Float = 1e-5
    /// Log-mel x enters the networks as (x − mean) / scale.
    var melMean: Float = -4
    var melScale: Float = 2.5
    /// Log-F0 enters as ln(F0 / reference), in Hz.
    var pitchReference: Float = 200
    /// The range of the coded F0, in Hz.
    var pitchLow: Float = 55
    var pitchHigh: Float = 620
    /// What the logarithms of the noise's magnitudes are lowered by.
    var noiseOffset: Float = 2
    /// The weight file, a name in the same folder.
    var file = "codec.safetensors"

    init() {}

    /// - Parameter path: for messages.
    /// - Throws: `codec.configuration_invalid`.
    init(_ value: JSONValue, path: String) throws(CodecError) {
        guard let object = value.object else {
            throw CodecError(.configurationInvalid, "\(path): the codec's description is no JSON object")
        }
        let fields = Fields(object: object, path: path)
        try fields.integer("sample_rate", 8000...48_000, &sampleRate)
        try fields.integer("hop_length", 16...8192, &hopLength)
        try fields.integer("fft_size", 32...32_768, &fftSize)
        try fields.number("mel_floor", 1e-30...1, &melFloor)
        try fields.number("mel_mean", -100...100, &melMean)
        try fields.number("mel_scale", 1e-3...1000, &melScale)
        try fields.number("pitch_reference", 1...10_000, &pitchReference)
        try fields.number("pitch_low", 1...1000, &pitchLow)
        try fields.number("pitch_high", 1...10_000, &pitchHigh)
        try fields.number("noise_offset", -10...10, &noiseOffset)
        if let name = object["file"] {
            guard let name = name.string, !name.isEmpty, name.utf8.count <= 255, !name.contains("/"), name != ".."
            else {
                throw CodecError(
                    .configurationInvalid, "\(path): file must be the name of a file in the same folder")
            }
            file = name
        }
        guard hopLength <= fftSize / 2, fftSize % 2 == 0, pitchLow < pitchHigh else {
            throw CodecError(
                .configurationInvalid,
                "\(path): hop_length \(hopLength) must be at most half of fft_size \(fftSize), which is even, and "
                    + "pitch_low \(pitchLow) below pitch_high \(pitchHigh)")
        }
    }

    private struct Fields {
        let object: JSONObject
        let path: String

        func integer(_ key: String, _ range: ClosedRange<Int>, _ field: inout Int) throws(CodecError) {
            guard let value = object[key] else { return }
            guard let number = value.integer, range.contains(number) else { throw invalid(key, "\(range)") }
            field = number
        }

        func number(_ key: String, _ range: ClosedRange<Float>, _ field: inout Float) throws(CodecError) {
            guard let value = object[key] else { return }
            guard let number = value.double.map({ Float($0) }), range.contains(number) else {
                throw invalid(key, "\(range)")
            }
            field = number
        }

        private func invalid(_ key: String, _ range: String) -> CodecError {
            CodecError(.configurationInvalid, "\(path): \(key) must be a number in \(range)")
        }
    }
}
