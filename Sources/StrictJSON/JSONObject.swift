/// The members of a JSON object, in order, each key once.
///
/// Keys are compared as Swift strings, so two keys that are canonically equivalent in Unicode count as the same key.
public struct JSONObject: Sendable {
    /// Keys and values in the order of the text.
    public private(set) var members: [(key: String, value: JSONValue)] = []
    /// Position of each key, kept once a linear search would be slow.
    private var positions: [String: Int] = [:]
    private static let linearSearchLimit = 8

    public init() {}

    /// An object with these members; a later value replaces an earlier one of the same key, in its place.
    public init(_ members: [(key: String, value: JSONValue)]) {
        for member in members { self[member.key] = member.value }
    }

    public var count: Int { members.count }

    /// The keys in order.
    public var keys: [String] { members.map(\.key) }

    /// The value of `key`. Setting a new key appends it; setting nil removes the member.
    public subscript(key: String) -> JSONValue? {
        get { position(of: key).map { members[$0].value } }
        set {
            if let position = position(of: key) {
                if let newValue {
                    members[position].value = newValue
                } else {
                    members.remove(at: position)
                    reindex()
                }
            } else if let newValue {
                _ = append(key, newValue)
            }
        }
    }

    /// Adds a member at the end; false, and nothing changed, when the key is there already.
    mutating func append(_ key: String, _ value: JSONValue) -> Bool {
        guard position(of: key) == nil else { return false }
        members.append((key, value))
        if members.count == Self.linearSearchLimit + 1 {
            reindex()
        } else if members.count > Self.linearSearchLimit {
            positions[key] = members.count - 1
        }
        return true
    }

    private func position(of key: String) -> Int? {
        members.count > Self.linearSearchLimit ? positions[key] : members.firstIndex { $0.key == key }
    }

    private mutating func reindex() {
        positions.removeAll(keepingCapacity: true)
        guard members.count > Self.linearSearchLimit else { return }
        for (position, member) in members.enumerated() { positions[member.key] = position }
    }
}

extension JSONObject: Equatable {
    /// Equal members; their order does not count (RFC 8259 §4).
    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.count == b.count && a.members.allSatisfy { b[$0.key] == $0.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.map { (key: $0.0, value: $0.1) })
    }
}
