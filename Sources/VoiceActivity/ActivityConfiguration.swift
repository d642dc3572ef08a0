internal import StrictJSON

/// What `voice-activity.json` says beyond the weights' shapes. Keys that are not known are passed over.
struct ActivityConfiguration: Sendable, Equatable {
    /// The only version there is.
    static let version = 1
    /// Most bytes of the file.
    static let sizeLimit = 1 << 16

    /// log10 of the mel power is raised to this, and enters the network as (x − mean) / scale.
    var melFloor: Float
    var melMean: Float
    var melScale: Float
    /// Steps by which the network's answer is late.
    var delay: Int
    /// The weight file, a name in the same folder.
    var file: String

    /// - Parameter path: for messages.
    /// - Throws: `voice_activity.configuration_invalid`.
    init(_ bytes: [UInt8], path: String) throws(VoiceActivityError) {
        func invalid(_ reason: String, _ cause: (any Error)? = nil) -> VoiceActivityError {
            VoiceActivityError(.configurationInvalid, "\(path): \(reason)", cause: cause)
        }
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { throw invalid("is no JSON", error) }
        guard value["format"]?.string == "hearsay-voice-activity" else {
            throw invalid("format must be \"hearsay-voice-activity\"")
        }
        guard value["version"]?.integer == Self.version else {
            throw invalid("only version \(Self.version) is known here; a newer hearsay may know this one")
        }
        guard value["sample_rate"]?.integer == VoiceActivityModel.sampleRate else {
            throw invalid("sample_rate must be \(VoiceActivityModel.sampleRate)")
        }
        func number(_ key: String, _ range: ClosedRange<Float>) throws(VoiceActivityError) -> Float {
            guard let number = value[key]?.double.map({ Float($0) }), range.contains(number) else {
                throw invalid("\(key) must be a number in \(range)")
            }
            return number
        }
        melFloor = try number("mel_floor", -10...0)
        melMean = try number("mel_mean", -20...20)
        melScale = try number("mel_scale", 0.01...100)
        guard let delay = value["delay"]?.integer, (0...50).contains(delay) else {
            throw invalid("delay must be 0 to 50 steps")
        }
        self.delay = delay
        guard let file = value["file"]?.string, !file.isEmpty, file.utf8.count <= 255, !file.contains("/"),
            file != "..", !file.utf8.contains(0)
        else { throw invalid("file must be the name of a file in the same folder") }
        self.file = file
    }
}
