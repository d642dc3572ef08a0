internal import Crypto

/// What happened, for the log.
public struct AuditEvent: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        case begin, request, transition, evidence, use, refusal, erasure, rotation
    }

    /// Who did it: the peer at the other end of the socket.
    public struct Actor: Sendable, Hashable {
        public var user: UInt32?
        public var process: Int32?
        /// SHA-256 of the program, in hexadecimal digits, if it is known.
        public var program: String?

        public init(user: UInt32?, process: Int32? = nil, program: String? = nil) {
            self.user = user
            self.process = process
            self.program = program
        }

        /// The daemon itself: time has passed.
        public static let daemon = Actor(user: nil)
    }

    public var kind: Kind
    public var actor: Actor
    /// Identifier of the consent; empty for none.
    public var consent: String
    /// The step that was taken, or the code of the refusal.
    public var detail: String
    /// Seconds of speech that were asked for.
    public var seconds: Int
    /// What is to be spoken. The log has a keyed digest of it, never the text.
    public var text: String?

    public init(
        _ kind: Kind, actor: Actor, consent: String = "", detail: String = "", seconds: Int = 0, text: String? = nil
    ) {
        self.kind = kind
        self.actor = actor
        self.consent = consent
        self.detail = detail
        self.seconds = seconds
        self.text = text
    }
}

/// A row of the log as its line: fields between tabs, the digest of the line before, a signature.
struct AuditRow: Equatable {
    /// Counts from 1.
    var number: Int
    /// Number, time, monotonic time, user, process, program, kind, consent, detail, seconds, keyed digest of the text.
    var fields: [String]
    /// SHA-256 of the line before, in hexadecimal digits; zeros for the first.
    var previous: String
    /// Ed25519 over everything before it.
    var signature: String

    static let noPrevious = String(repeating: "0", count: 64)
    static let fieldCount = 11
    /// Bytes of a line; a longer one is none of ours.
    static let longestLine = 2_048

    /// What is signed.
    static func signedPart(_ fields: [String], _ previous: String) -> [UInt8] {
        Array("\(fields.joined(separator: "\t"))\t\(previous)".utf8)
    }

    var signedPart: [UInt8] { Self.signedPart(fields, previous) }

    var line: String { "\(fields.joined(separator: "\t"))\t\(previous)\t\(signature)" }

    /// SHA-256 of a line, signature included, so that the next row vouches for all of it.
    static func digest(_ line: some Sequence<UInt8>) -> String { Hexadecimal.text(SHA256.hash(data: Array(line))) }

    /// Nil for what is no row, and for what says the same as a row in other bytes.
    init?(line: [UInt8]) {
        let parts = line.split(separator: 0x09, omittingEmptySubsequences: false)
        guard parts.count == Self.fieldCount + 2, line.count <= Self.longestLine else { return nil }
        let texts = parts.map { String(decoding: $0, as: UTF8.self) }
        guard let number = Int(texts[0]), number > 0, "\(number)" == texts[0] else { return nil }
        self.number = number
        fields = Array(texts[..<Self.fieldCount])
        previous = texts[Self.fieldCount]
        signature = texts[Self.fieldCount + 1]
    }

    init(number: Int, fields: [String], previous: String, signature: String) {
        self.number = number
        self.fields = fields
        self.previous = previous
        self.signature = signature
    }

    /// The fields of an event. What is not ours to choose is cut down to letters that cannot be mistaken for a tab or an
    /// end of line.
    static func fields(_ event: AuditEvent, number: Int, now: Int, monotonic: Int, textKey: SymmetricKey) -> [String] {
        let text = event.text.map {
            Hexadecimal.text(HMAC<SHA256>.authenticationCode(for: Array($0.utf8), using: textKey))
        }
        return [
            "\(number)", "\(now)", "\(monotonic)", event.actor.user.map { "\($0)" } ?? "-",
            event.actor.process.map { "\($0)" } ?? "-", clean(event.actor.program ?? "-"), event.kind.rawValue,
            clean(event.consent.isEmpty ? "-" : event.consent), clean(event.detail.isEmpty ? "-" : event.detail),
            "\(event.seconds)", text ?? "-",
        ]
    }

    private static func clean(_ text: String) -> String {
        let allowed = text.unicodeScalars.filter { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789_.:>-".unicodeScalars.contains(scalar))
        }
        return String(String.UnicodeScalarView(allowed.prefix(128)))
    }
}

/// Bytes as hexadecimal digits.
enum Hexadecimal {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Nil for anything but lower-case digits in pairs.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
