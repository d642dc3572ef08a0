/// Why a request cannot be answered as it stands: what is wrong with its form, before any engine has seen it.
struct RequestError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A stable, dotted name for a kind of fault.
    struct Code: RawRepresentable, Hashable, Sendable {
        let rawValue: String

        /// The bytes are no HTTP.
        static let malformed = Code(rawValue: "http.malformed")
        /// The header is longer than `http.header_bytes`.
        static let headerTooLong = Code(rawValue: "http.header_too_long")
        /// The body is longer than `http.body_mib`, or than its kind may be.
        static let bodyTooLong = Code(rawValue: "http.body_too_long")
        /// The rest of a request did not come in time.
        static let tooSlow = Code(rawValue: "http.too_slow")
        /// The body is of a type that is not understood here.
        static let contentTypeUnsupported = Code(rawValue: "http.content_type_unsupported")
        /// The body is not what its type promises.
        static let bodyInvalid = Code(rawValue: "http.body_invalid")
        /// A field of the body is missing, or of the wrong type or value.
        static let fieldInvalid = Code(rawValue: "http.field_invalid")
        /// There is nothing at this path, or not for this method.
        static let notFound = Code(rawValue: "http.not_found")
        /// The request is addressed to a name that is not this machine's.
        static let hostForbidden = Code(rawValue: "http.host_forbidden")
        /// The request comes from a web page of another site.
        static let originForbidden = Code(rawValue: "http.origin_forbidden")
        /// The key is missing or wrong.
        static let unauthorized = Code(rawValue: "http.unauthorized")
    }

    let code: Code
    /// What was wrong with what, in words.
    let message: String
    /// The field that is meant.
    let field: String?

    init(_ code: Code, _ message: String, field: String? = nil) {
        self.code = code
        self.message = message
        self.field = field
    }

    var description: String { "\(message) [\(code.rawValue)]" }
}
