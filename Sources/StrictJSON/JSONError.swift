/// Why a text is not acceptable JSON, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A stable, dotted name for one kind of fault.
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A byte that cannot stand here in the grammar of RFC 8259.
        public static let syntax = Code(rawValue: "json.syntax")
        /// The text ends inside a value.
        public static let truncated = Code(rawValue: "json.truncated")
        /// Bytes that are not UTF-8 (overlong forms, surrogates and values above U+10FFFF included).
        public static let encoding = Code(rawValue: "json.encoding")
        /// An escape that is unknown, or half of a surrogate pair.
        public static let escape = Code(rawValue: "json.escape")
        /// A number that the requested type cannot hold.
        public static let numberRange = Code(rawValue: "json.number_range")
        /// A value of another kind than the reader asked for.
        public static let type = Code(rawValue: "json.type")
        /// A key that stands twice in one object.
        public static let duplicateKey = Code(rawValue: "json.duplicate_key")
        /// Containers nested deeper than ``JSONLimits/depth``.
        public static let depth = Code(rawValue: "json.depth")
        /// More values than ``JSONLimits/values``, or a number longer than ``JSONLimits/numberLength``.
        public static let limit = Code(rawValue: "json.limit")
        /// Something other than white space follows the value.
        public static let trailingData = Code(rawValue: "json.trailing_data")
    }

    public let code: Code
    /// Byte offset in the text, counted from 0.
    public let offset: Int
    /// What was wrong, in words.
    public let message: String

    public init(code: Code, offset: Int, message: String) {
        self.code = code
        self.offset = offset
        self.message = message
    }

    public var description: String { "\(code.rawValue): \(message) at byte \(offset)" }
}

/// Bounds on what a JSON text may ask of its reader.
public struct JSONLimits: Sendable {
    /// Deepest nesting of arrays and objects.
    public var depth: Int
    /// Most values (members and elements, at all levels) that ``JSONValue`` builds from one text.
    public var values: Int
    /// Longest number, in bytes.
    public var numberLength: Int

    public init(depth: Int = 64, values: Int = 1 << 20, numberLength: Int = 512) {
        self.depth = depth
        self.values = values
        self.numberLength = numberLength
    }
}
