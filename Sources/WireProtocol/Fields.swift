internal import StrictJSON

/// Reads the fields of one event's data; null counts as missing, unknown fields are nobody's concern.
struct Fields {
    private let event: WireEvent

    init(_ event: WireEvent) {
        self.event = event
    }

    func string(_ name: String) throws(WireError) -> String? {
        try optional(name, "a string") { $0.string }
    }

    func requiredString(_ name: String) throws(WireError) -> String {
        guard let value = try string(name) else { throw missing(name) }
        return value
    }

    func integer(_ name: String) throws(WireError) -> Int? {
        try optional(name, "a whole number") { $0.integer }
    }

    func requiredInteger(_ name: String) throws(WireError) -> Int {
        guard let value = try integer(name) else { throw missing(name) }
        return value
    }

    func double(_ name: String) throws(WireError) -> Double? {
        try optional(name, "a number") { $0.double }
    }

    func bool(_ name: String) throws(WireError) -> Bool? {
        try optional(name, "true or false") { $0.bool }
    }

    func object(_ name: String) throws(WireError) -> JSONObject? {
        try optional(name, "an object") { $0.object }
    }

    func array(_ name: String) throws(WireError) -> [JSONValue]? {
        try optional(name, "an array") { $0.array }
    }

    func strings(_ name: String) throws(WireError) -> [String]? {
        guard let values = try array(name) else { return nil }
        let strings = values.compactMap(\.string)
        guard strings.count == values.count else { throw invalid(name, "an array of strings") }
        return strings
    }

    func invalid(_ name: String, _ wanted: String) -> WireError {
        WireError(.fieldInvalid, "'\(name)' of '\(event.type)' must be \(wanted)")
    }

    private func missing(_ name: String) -> WireError {
        WireError(.fieldInvalid, "'\(event.type)' needs '\(name)'")
    }

    private func optional<Value>(
        _ name: String, _ wanted: String, _ read: (JSONValue) -> Value?
    ) throws(WireError) -> Value? {
        guard let value = event.data[name], !value.isNull else { return nil }
        guard let result = read(value) else { throw invalid(name, wanted) }
        return result
    }
}

extension JSONObject {
    /// The object with `value` under `key`, unless it is nil.
    func with(_ key: String, _ value: JSONValue?) -> JSONObject {
        guard let value else { return self }
        var object = self
        object[key] = value
        return object
    }
}

extension JSONValue {
    /// The value, or null.
    static func orNull(_ value: Int?) -> JSONValue { value.map { .integer(Int64($0)) } ?? .null }
    static func orNull(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    static func integer(_ value: Int) -> JSONValue { .integer(Int64(value)) }
}
