internal import AudioIO
internal import HearsayDaemon
internal import NIOCore
internal import StrictJSON
internal import WireProtocol

/// What a request for speech asks for.
struct SpeechWish {
    let text: String
    let voice: WireVoice?
    let format: AudioStreamFormat
    let prosody: WireProsody
    /// Whether the sound is wanted in server-sent events.
    let isInEvents: Bool

    /// OpenAI's voices: whoever names one of them wants the default one.
    private static let foreignVoices: Set = [
        "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer",
        "verse",
    ]
    private static let limits = JSONLimits(depth: 16, values: 1_000)

    /// - Parameter installed: names of voices.
    /// - Throws: ``RequestError``, `DaemonError` `speech.text_too_long`.
    init(_ body: ByteBuffer, installed: [String], mostText: Int) throws {
        let json: JSONObject
        do {
            guard let object = try JSONValue(parsing: Array(body.readableBytesView), limits: Self.limits).object else {
                throw RequestError(.bodyInvalid, "the body is no JSON object")
            }
            json = object
        } catch let error as JSONError {
            throw RequestError(.bodyInvalid, "the body is malformed JSON: \(error.message)")
        }
        guard let text = try Self.string(json, "input") else {
            throw RequestError(.fieldInvalid, "'input', the text to speak, is missing", field: "input")
        }
        guard text.utf8.count <= mostText else { throw DaemonError.textTooLong(mostText) }
        self.text = text
        voice = try Self.voice(json, installed: installed)
        format = try Self.format(try Self.string(json, "response_format"))
        switch try Self.string(json, "stream_format") {
        case nil, "audio": isInEvents = false
        case "sse": isInEvents = true
        default: throw RequestError(.fieldInvalid, "'stream_format' must be audio or sse", field: "stream_format")
        }
        var prosody = WireProsody()
        if let speed = json["speed"], !speed.isNull {
            guard let rate = speed.double else {
                throw RequestError(.fieldInvalid, "'speed' must be a number", field: "speed")
            }
            prosody.rate = rate
        }
        self.prosody = prosody
    }

    /// The voice that `voice` names, a text or an object with an `id`; else one that `model` names.
    private static func voice(_ json: JSONObject, installed: [String]) throws(RequestError) -> WireVoice? {
        let named =
            if let object = json["voice"]?.object { try string(object, "id") } else { try string(json, "voice") }
        if let named, !named.isEmpty, installed.contains(named) || !foreignVoices.contains(named) {
            // A speaker of a voice that has several is written after a slash.
            let parts = named.split(separator: "/", maxSplits: 1).map(String.init)
            return WireVoice(name: parts.first ?? named, speaker: parts.count > 1 ? parts[1] : nil)
        }
        let model = try string(json, "model")
        return model.flatMap { installed.contains($0) ? WireVoice(name: $0) : nil }
    }

    private static func format(_ name: String?) throws(RequestError) -> AudioStreamFormat {
        guard let format = AudioStreamFormat(rawValue: name ?? "mp3"), format.isAvailable else {
            let known = AudioStreamFormat.allCases.filter(\.isAvailable).map(\.rawValue).joined(separator: ", ")
            throw RequestError(
                .fieldInvalid,
                "'\((name ?? "mp3").prefix(40))' is no response_format that this machine can make: \(known)",
                field: "response_format")
        }
        return format
    }

    private static func string(_ json: JSONObject, _ name: String) throws(RequestError) -> String? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let text = value.string else {
            throw RequestError(.fieldInvalid, "'\(name)' must be a text", field: name)
        }
        return text
    }
}
