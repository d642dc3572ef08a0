internal import Consent
internal import WireProtocol

/// What somebody wants a voice to be copied for, checked: every text of it is stored, spoken, or both.
struct ConsentTerms {
    let voice: String
    let subject: String
    let scope: ConsentScope
    let days: Int

    static let usualDays = 365
    static let mostDays = 731
    private static let mostItems = 16

    /// - Throws: `WireError` `protocol.field_invalid`.
    init(_ request: EnrollVoice, user: UInt32) throws(WireError) {
        voice = try Self.name(request.voice)
        subject = try Self.subject(request.subject)
        days = try Self.number(request.days ?? Self.usualDays, "days", 1...Self.mostDays)
        let users = try Self.items(request.users ?? [Int(user)], "users") { UInt32(exactly: $0) }
        guard !users.contains(Peer.nobody) else { throw Self.invalid("users", "accounts of this machine") }
        scope = ConsentScope(
            users: users,
            outputs: try Self.items(
                request.outputs ?? ConsentScope.Output.allCases.map(\.rawValue), "outputs", ConsentScope.Output.init),
            purposes: try Self.items(request.purposes ?? ["reading"], "purposes", Self.word),
            languages: request.languages?.isEmpty == false
                ? try Self.items(request.languages ?? [], "languages", Self.language) : [],
            secondsPerDay: try Self.number(request.secondsPerDay ?? 3_600, "seconds_per_day", 1...86_400),
            requestsPerHour: try Self.number(request.requestsPerHour ?? 600, "requests_per_hour", 1...100_000))
    }

    /// - Throws: `WireError` `protocol.field_invalid`.
    static func days(_ days: Int?) throws(WireError) -> Int { try number(days ?? usualDays, "days", 1...mostDays) }

    /// A name is never a path, and never looks like the identifier of a consent.
    private static func name(_ text: String) throws(WireError) -> String {
        let letters = text.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        guard (1...64).contains(text.utf8.count), letters, !isIdentifier(text) else {
            throw invalid("voice", "1 to 64 of a-z, 0-9, - and _")
        }
        return text
    }

    static func isIdentifier(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }

    /// A name that can be read aloud.
    private static func subject(_ text: String) throws(WireError) -> String {
        let allowed = text.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || " '.-’".unicodeScalars.contains($0)
        }
        guard (2...80).contains(text.unicodeScalars.count), allowed, text.contains(where: \.isLetter) else {
            throw invalid("subject", "a person's name: 2 to 80 letters, spaces, hyphens")
        }
        return text
    }

    private static func word(_ text: String) -> String? {
        let letters = text.utf8.allSatisfy { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || $0 == UInt8(ascii: " ") }
        return (1...32).contains(text.utf8.count) && letters && text.first != " " && text.last != " " ? text : nil
    }

    private static func language(_ text: String) -> String? {
        (2...3).contains(text.utf8.count) && word(text) == text ? text : nil
    }

    private static func items<Item, Result: Hashable>(
        _ items: [Item], _ field: String, _ convert: (Item) -> Result?
    ) throws(WireError) -> Set<Result> {
        let results = items.compactMap(convert)
        guard !items.isEmpty, items.count <= mostItems, results.count == items.count else {
            throw invalid(field, "1 to \(mostItems) of what hearsay knows")
        }
        return Set(results)
    }

    private static func number(_ number: Int, _ field: String, _ range: ClosedRange<Int>) throws(WireError) -> Int {
        guard range.contains(number) else { throw invalid(field, "\(range.lowerBound) … \(range.upperBound)") }
        return number
    }

    private static func invalid(_ field: String, _ wanted: String) -> WireError {
        WireError(.fieldInvalid, "'\(field)' of '\(EnrollVoice.type)' must be \(wanted)")
    }
}
