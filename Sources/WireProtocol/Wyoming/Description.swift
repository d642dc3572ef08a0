public import StrictJSON

/// Asks what there is.
public struct Describe: EmptyWireMessage {
    public static let type = "describe"

    public init() {}
}

/// A program, model or voice, as `info` lists it.
public struct WireArtifact: Sendable, Equatable {
    public var name: String
    public var description: String?
    public var version: String?
    public var isInstalled: Bool
    /// Who made it, and where it is from.
    public var attribution: (name: String, url: String)

    public init(
        name: String, description: String?, version: String?, isInstalled: Bool = true,
        attribution: (name: String, url: String)
    ) {
        self.name = name
        self.description = description
        self.version = version
        self.isInstalled = isInstalled
        self.attribution = attribution
    }

    public static func == (a: WireArtifact, b: WireArtifact) -> Bool {
        a.name == b.name && a.description == b.description && a.version == b.version
            && a.isInstalled == b.isInstalled && a.attribution == b.attribution
    }

    fileprivate var data: JSONObject {
        [
            "name": .string(name),
            "attribution": .object(["name": .string(attribution.name), "url": .string(attribution.url)]),
            "installed": .bool(isInstalled), "description": .orNull(description), "version": .orNull(version),
        ]
    }
}

/// What there is.
public struct Info: WireMessage {
    public static let type = "info"

    public struct Model: Sendable, Equatable {
        public var artifact: WireArtifact
        public var languages: [String]

        public init(artifact: WireArtifact, languages: [String]) {
            self.artifact = artifact
            self.languages = languages
        }
    }

    public struct Voice: Sendable, Equatable {
        public var artifact: WireArtifact
        public var languages: [String]
        public var speakers: [String]

        public init(artifact: WireArtifact, languages: [String], speakers: [String]) {
            self.artifact = artifact
            self.languages = languages
            self.speakers = speakers
        }
    }

    /// All that the event says, in Wyoming's form; `hearsay` is this program's own part.
    public var data: JSONObject

    /// - Parameters:
    ///   - program: this program.
    ///   - hearsay: what hearsay's own clients need to know.
    public init(program: WireArtifact, models: [Model], voices: [Voice], hearsay: JSONObject) {
        let recognizer = program.data
            .with("models", .array(models.map { .object($0.artifact.data.with("languages", .strings($0.languages))) }))
            .with("supports_transcript_streaming", .bool(true))
            .with("requires_external_vad", .bool(true))
            .with("prefers_auto_gain_enabled", .bool(false))
            .with("prefers_noise_reduction_enabled", .bool(false))
        let synthesizer = program.data
            .with(
                "voices",
                .array(
                    voices.map { voice in
                        let speakers = voice.speakers.map { JSONValue.object(["name": .string($0)]) }
                        return .object(
                            voice.artifact.data.with("languages", .strings(voice.languages))
                                .with("speakers", .array(speakers)))
                    })
            )
            .with("supports_synthesize_streaming", .bool(true))
        let none = JSONValue.array([])
        data = [
            "asr": models.isEmpty ? none : .array([.object(recognizer)]),
            "tts": voices.isEmpty ? none : .array([.object(synthesizer)]),
            "handle": none, "intent": none, "wake": none, "mic": none, "snd": none, "hearsay": .object(hearsay),
        ]
    }

    /// A service that is a microphone or a loudspeaker and nothing else.
    ///
    /// - Parameters:
    ///   - microphone: what it sends.
    ///   - loudspeaker: what it is best sent.
    public init(program: WireArtifact, microphone: WireAudioFormat? = nil, loudspeaker: WireAudioFormat? = nil) {
        func device(_ name: String, _ format: WireAudioFormat?) -> JSONValue {
            .array(
                format.map { format in
                    [.object(program.data.with(name, .object(format.data)))]
                } ?? [])
        }
        data = [
            "mic": device("mic_format", microphone), "snd": device("snd_format", loudspeaker),
        ]
        for name in ["asr", "tts", "handle", "intent", "wake"] { data[name] = .array([]) }
    }

    public init(_ event: WireEvent) throws(WireError) {
        data = event.data
    }

    public var event: WireEvent { WireEvent(Self.type, data: data) }
}

extension JSONValue {
    static func strings(_ strings: [String]) -> JSONValue { .array(strings.map { .string($0) }) }
}
