internal import Recognition
internal import StrictJSON
internal import WireProtocol

/// One key of the configuration file: what it may be, and where it goes. A section of one's own is a list of these, added
/// to ``all``.
public struct ConfigurationKey: Sendable {
    /// A value as it stands in a file, in the environment or on the command line.
    public enum Value: Sendable, Equatable {
        case string(String)
        case integer(Int)
        case bool(Bool)
        case strings([String])
        /// Of another type, for a complaint: its name.
        case other(String)

        var typeName: String {
            switch self {
            case .string: "a string"
            case .integer: "a whole number"
            case .bool: "true or false"
            case .strings: "an array of strings"
            case .other(let name): name
            }
        }
    }

    /// Why a value is refused, such as `must be 1 … 64`.
    public struct Refusal: Error, Equatable {
        public let reason: String
    }

    /// Dotted, such as `limits.connections`.
    public let name: String
    let apply: @Sendable (Value, inout DaemonConfiguration) throws(Refusal) -> Void
    /// The value in force.
    let current: @Sendable (DaemonConfiguration) -> JSONValue
    /// Reads the value from plain text: the environment knows no types.
    let parse: @Sendable (String) -> Value

    /// A text; empty stands for none.
    static func string(
        _ name: String, _ path: any WritableKeyPath<DaemonConfiguration, String?> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(
            name: name,
            apply: { (value, configuration) throws(Refusal) in
                guard case .string(let text) = value else { throw Refusal.type(value, "a string") }
                configuration[keyPath: path] = text.isEmpty ? nil : text
            }, current: { $0[keyPath: path].map(JSONValue.string) ?? .null }, parse: { .string($0) })
    }

    /// An address of this machine; empty stands for none.
    static func address(
        _ name: String, _ path: any WritableKeyPath<DaemonConfiguration, String?> & Sendable
    ) -> ConfigurationKey {
        let text = string(name, path)
        return ConfigurationKey(
            name: name,
            apply: { (value, configuration) throws(Refusal) in
                if case .string(let address) = value, !address.isEmpty { _ = try LoopbackListener.parse(address) }
                try text.apply(value, &configuration)
            }, current: text.current, parse: text.parse)
    }

    /// One of several words.
    static func choice(
        _ name: String, _ choices: [String], _ path: any WritableKeyPath<DaemonConfiguration, String> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(
            name: name,
            apply: { (value, configuration) throws(Refusal) in
                guard case .string(let text) = value else { throw Refusal.type(value, "a string") }
                guard choices.contains(text) else {
                    let nearest = Suggestion.nearest(to: text, among: choices).map { "; did you mean \"\($0)\"?" } ?? ""
                    throw Refusal(
                        reason: "\"\(text)\" is not one of \(choices.joined(separator: ", "))\(nearest)")
                }
                configuration[keyPath: path] = text
            }, current: { .string($0[keyPath: path]) }, parse: { .string($0) })
    }

    /// A number in units of `unit`.
    static func integer(
        _ name: String, _ range: ClosedRange<Int>, unit: Int = 1,
        _ path: any WritableKeyPath<DaemonConfiguration, Int> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(
            name: name,
            apply: { (value, configuration) throws(Refusal) in
                configuration[keyPath: path] = try number(value, range) * unit
            }, current: { .integer(Int64($0[keyPath: path] / unit)) }, parse: number)
    }

    /// A number in units of `unit`; 0 stands for none.
    static func optionalInteger(
        _ name: String, _ range: ClosedRange<Int>, unit: Int = 1,
        _ path: any WritableKeyPath<DaemonConfiguration, Int?> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(
            name: name,
            apply: { (value, configuration) throws(Refusal) in
                let count = try number(value, range)
                configuration[keyPath: path] = count == 0 ? nil : count * unit
            }, current: { .integer(Int64(($0[keyPath: path] ?? 0) / unit)) }, parse: number)
    }

    static func bool(_ name: String, _ path: any WritableKeyPath<DaemonConfiguration, Bool> & Sendable)
        -> ConfigurationKey
    {
        ConfigurationKey(
            name: name,
            apply: { (value, configuration) throws(Refusal) in
                guard case .bool(let bool) = value else { throw Refusal.type(value, "true or false") }
                configuration[keyPath: path] = bool
            }, current: { .bool($0[keyPath: path]) },
            parse: { $0 == "true" || $0 == "1" ? .bool(true) : $0 == "false" || $0 == "0" ? .bool(false) : .string($0) }
        )
    }

    /// Any number of texts; colons stand between them in the environment.
    static func strings(
        _ name: String, _ path: any WritableKeyPath<DaemonConfiguration, [String]> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(
            name: name,
            apply: { (value, configuration) throws(Refusal) in
                guard case .strings(let texts) = value else { throw Refusal.type(value, "an array of strings") }
                configuration[keyPath: path] = texts
            }, current: { .array($0[keyPath: path].map { .string($0) }) },
            parse: { .strings($0.split(separator: ":").map(String.init)) })
    }

    /// Several of a number of words, with commas between them.
    static func choices(
        _ name: String, _ choices: [String], _ path: any WritableKeyPath<DaemonConfiguration, [String]> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(
            name: name,
            apply: { (value, configuration) throws(Refusal) in
                guard case .string(let text) = value else { throw Refusal.type(value, "a string") }
                let words = text.split(separator: ",").map { String($0.filter { $0 != " " }) }
                guard !words.isEmpty, words.allSatisfy(choices.contains) else {
                    throw Refusal(reason: "\"\(text)\" is not some of \(choices.joined(separator: ", "))")
                }
                configuration[keyPath: path] = words
            }, current: { .string($0[keyPath: path].joined(separator: ",")) }, parse: { .string($0) })
    }

    private static func number(_ value: Value, _ range: ClosedRange<Int>) throws(Refusal) -> Int {
        guard case .integer(let number) = value else { throw Refusal.type(value, "a whole number") }
        guard range.contains(number) else {
            throw Refusal(reason: "\(number) is out of range; it must be \(range.lowerBound) … \(range.upperBound)")
        }
        return number
    }

    private static func number(_ text: String) -> Value { Int(text).map { .integer($0) } ?? .string(text) }
}

extension ConfigurationKey.Refusal {
    fileprivate static func type(_ value: ConfigurationKey.Value, _ wanted: String) -> Self {
        Self(reason: "\(value.typeName) where \(wanted) is expected")
    }
}

extension ConfigurationKey {
    /// Every key there is, in the order of `Config/hearsayd.toml`.
    public static let all: [ConfigurationKey] = [
        .string("state_dir", \.stateDirectory),
        .string("socket.path", \.socket.path),
        .choice("socket.access", DaemonConfiguration.Access.allCases.map(\.rawValue), \.socket.accessName),
        .choice("socket.mode", ["0600", "0660", "0666"], \.socket.modeName),
        .address("wyoming.tcp", \.wyoming.tcp),
        .bool("wyoming.streaming", \.wyoming.isStreaming),
        .string("wyoming.mic_socket", \.wyoming.microphoneSocket),
        .string("wyoming.snd_socket", \.wyoming.loudspeakerSocket),
        .address("http.tcp", \.http.tcp),
        .string("http.socket", \.http.socket),
        .string("http.token_file", \.http.tokenFile),
        .string("http.hosts", \.http.hosts),
        .integer("http.header_bytes", 1_024...(1 << 20), \.http.headerBytes),
        .integer("http.body_mib", 1...1_000_000, unit: 1 << 20, \.http.bodyBytes),
        .string("engine.model", \.engine.model),
        .string("engine.voice", \.engine.voice),
        .optionalInteger("engine.threads", 0...1_024, \.engine.threads),
        .integer("engine.idle_seconds", 0...1_000_000, \.engine.idleSeconds),
        .optionalInteger("engine.memory_ceiling_mib", 0...1_000_000, unit: 1 << 20, \.engine.memoryCeiling),
        .string("dictation.device", \.dictation.device),
        .choice("dictation.access", ["none", "own", "seat", "any"], \.dictation.access),
        .integer("dictation.gain", -60...60, \.dictation.gain),
        .integer("dictation.noise_suppression", 0...60, \.dictation.noiseSuppression),
        .bool("dictation.echo_cancellation", \.dictation.cancelsEcho),
        .choice("dictation.barge_in", ["stop", "pause", "off"], \.dictation.bargeIn),
        .string("speech.device", \.speech.device),
        .choice("speech.access", ["none", "own", "seat", "any"], \.speech.access),
        .integer("speech.waiting", 1...100_000, \.speech.waiting),
        .choice("consent.access", ["none", "own", "seat", "any"], \.consent.access),
        .string("consent.keys_dir", \.consent.keysDirectory),
        .string("consent.host", \.consent.host),
        .integer("jobs.attempts", 1...1_000, \.jobs.attempts),
        .integer("jobs.keep_days", 0...100_000, \.jobs.keepDays),
        .strings("jobs.watch", \.jobs.watched),
        .string("jobs.watch_output", \.jobs.output),
        .choices("jobs.watch_formats", TranscriptFormat.allCases.map(\.rawValue), \.jobs.formats),
        .string("jobs.watch_model", \.jobs.model),
        .integer("work.slots", 1...64, \.work.slots),
        .integer("work.waiting", 1...100_000, \.work.waiting),
        .integer("limits.header_bytes", 1_024...(1 << 20), \.limits.wire.header),
        .integer("limits.data_bytes", 1_024...(64 << 20), \.limits.wire.data),
        .integer("limits.payload_bytes", 1_024...(256 << 20), \.limits.wire.payload),
        .integer("limits.connections", 1...100_000, \.limits.connections),
        .integer("limits.connections_per_user", 1...100_000, \.limits.connectionsPerUser),
        .integer("limits.text_bytes", 1...(16 << 20), \.limits.textBytes),
        .integer("limits.audio_seconds", 1...1_000_000, \.limits.audioSeconds),
        .integer("limits.spool_mib", 1...1_000_000, unit: 1 << 20, \.limits.spoolBytes),
        .integer("limits.outbound_kib", 64...(1 << 20), unit: 1 << 10, \.limits.outboundBytes),
        .integer("timeouts.idle_seconds", 0...1_000_000, \.timeouts.idle),
        .integer("timeouts.event_seconds", 1...3_600, \.timeouts.event),
        .integer("timeouts.stalled_write_seconds", 1...3_600, \.timeouts.stalledWrite),
        .integer("timeouts.shutdown_seconds", 1...3_600, \.timeouts.shutdown),
        .choice(
            "log.level", ["trace", "debug", "info", "notice", "warning", "error", "critical"], \.log.level),
    ]
}

extension DaemonConfiguration.Socket {
    fileprivate var accessName: String {
        get { access.rawValue }
        set { access = DaemonConfiguration.Access(rawValue: newValue) ?? .own }
    }

    fileprivate var modeName: String {
        get { "0" + String(mode, radix: 8) }
        set { mode = Int(newValue, radix: 8) ?? 0o600 }
    }
}
