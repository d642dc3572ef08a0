internal import StrictJSON

/// What `speaker-encoder.json` says beyond the weights' shapes. Keys that are not known are passed over.
struct EncoderConfiguration: Sendable, Equatable {
    /// The only version there is.
    static let version = 1
    /// Most bytes of the file.
    static let sizeLimit = 1 << 16
    private static let mostThresholds = 32

    enum Architecture: String {
        /// hearsay's own.
        case convNeXt = "convnext-attentive"
        /// Resemblyzer's, the GE2E network of three LSTM layers.
        case resemblyzer
    }

    var name: String
    var architecture: Architecture
    /// Frames this far below the loudest, in tens of decibels, are no speech.
    var drop: Float = 0
    /// Bins are raised to this far below the loudest frames, in tens of decibels.
    var depth: Float = 0
    /// From how many seconds of speech which threshold holds, in ascending order; not empty.
    var thresholds: [SpeakerEncoder.Threshold]
    /// The weight file, a name in the same folder.
    var file: String

    /// - Parameter path: for messages.
    /// - Throws: `speaker.model_invalid`.
    init(_ bytes: [UInt8], path: String) throws(SpeakerIdentityError) {
        func invalid(_ reason: String, _ cause: (any Error)? = nil) -> SpeakerIdentityError {
            SpeakerIdentityError(.modelInvalid, "\(path): \(reason)", cause: cause)
        }
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { throw invalid("is no JSON", error) }
        guard value["format"]?.string == "hearsay-speaker-encoder" else {
            throw invalid("format must be \"hearsay-speaker-encoder\"")
        }
        guard value["version"]?.integer == Self.version else {
            throw invalid("only version \(Self.version) is known here; a newer hearsay may know this one")
        }
        guard value["sample_rate"]?.integer == SpeakerEncoder.sampleRate else {
            throw invalid("sample_rate must be \(SpeakerEncoder.sampleRate)")
        }
        guard let name = value["name"]?.string, (1...64).contains(name.utf8.count),
            name.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw invalid("name must be 1 to 64 printable ASCII letters without spaces") }
        guard let architecture = value["architecture"]?.string.flatMap(Architecture.init) else {
            throw invalid("architecture must be \"convnext-attentive\" or \"resemblyzer\"")
        }
        func number(_ key: String, _ range: ClosedRange<Float>) throws(SpeakerIdentityError) -> Float {
            guard let number = value[key]?.double.map({ Float($0) }), range.contains(number) else {
                throw invalid("\(key) must be a number in \(range)")
            }
            return number
        }
        if architecture == .convNeXt {
            drop = try number("mel_drop", 0.5...10)
            depth = try number("mel_depth", 0.5...20)
        }
        guard let file = value["file"]?.string, !file.isEmpty, file.utf8.count <= 255, !file.contains("/"),
            file != "..", !file.utf8.contains(0)
        else { throw invalid("file must be the name of a file in the same folder") }
        guard let list = value["thresholds"]?.array, (1...Self.mostThresholds).contains(list.count),
            let thresholds = Self.thresholds(list)
        else { throw invalid("thresholds must be objects of seconds, ascending, and a similarity from -1 to 1") }
        self.name = name
        self.architecture = architecture
        self.file = file
        self.thresholds = thresholds
    }

    private static func thresholds(_ list: [JSONValue]) -> [SpeakerEncoder.Threshold]? {
        var result: [SpeakerEncoder.Threshold] = []
        for entry in list {
            guard let seconds = entry["seconds"]?.double, let similarity = entry["similarity"]?.double,
                (0...3600).contains(seconds), (-1...1).contains(similarity),
                result.last.map({ $0.seconds < seconds }) ?? true
            else { return nil }
            result.append(SpeakerEncoder.Threshold(seconds: seconds, similarity: similarity))
        }
        return result
    }
}
