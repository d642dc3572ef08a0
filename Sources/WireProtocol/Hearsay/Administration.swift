public import StrictJSON

/// hearsay's own part of the protocol.
public enum HearsayProtocol {
    /// Counts changes that a client must know of; `info` has it as `hearsay.protocol`.
    public static let version = 1
}

/// Asks how the daemon is.
public struct GetStatus: EmptyWireMessage {
    public static let type = "hearsay-get-status"

    public init() {}
}

/// How the daemon is.
public struct StatusReport: DataWireMessage {
    public static let type = "hearsay-status"
    public var data: JSONObject

    public init(data: JSONObject) {
        self.data = data
    }
}

/// Asks for the settings in force.
public struct GetSettings: EmptyWireMessage {
    public static let type = "hearsay-get-settings"

    public init() {}
}

/// The settings in force.
public struct SettingsReport: WireMessage {
    public static let type = "hearsay-settings"
    /// By dotted key, as the configuration file names them.
    public var settings: JSONObject

    public init(settings: JSONObject) {
        self.settings = settings
    }

    public init(_ event: WireEvent) throws(WireError) {
        settings = try Fields(event).object("settings") ?? JSONObject()
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["settings": .object(settings)]) }
}

/// Asks for the installed voices.
public struct ListVoices: EmptyWireMessage {
    public static let type = "hearsay-list-voices"

    public init() {}
}

/// The installed voices.
public struct VoiceList: WireMessage {
    public static let type = "hearsay-voices"
    public var voices: [JSONValue]

    public init(voices: [JSONValue]) {
        self.voices = voices
    }

    public init(_ event: WireEvent) throws(WireError) {
        voices = try Fields(event).array("voices") ?? []
    }

    public var event: WireEvent { WireEvent(Self.type, data: ["voices": .array(voices)]) }
}
