internal import Crypto

/// What a person reads aloud to consent: who, on which machine, for what, until when, and five words that were never
/// asked for before.
public struct ChallengePhrase: Sendable, Hashable {
    /// One-time words in a phrase.
    static let wordCount = 5

    public let name: String
    /// What comes before the name, between it and the one-time words, and those.
    let opening: String
    let statement: String
    let words: [String]

    /// The whole text, to be read as it stands.
    public var text: String { "\(opening) \(name), \(statement) \(words.joined(separator: " "))." }

    /// - Parameters:
    ///   - name: of the person.
    ///   - host: how people call this machine.
    ///   - purposes: what the voice may be used for.
    ///   - expiry: the last day of the consent, in seconds since 1970.
    ///   - generator: where the one-time words come from; the system's own outside of tests.
    public init(
        name: String, host: String, purposes: [String], expiry: Int,
        using generator: inout some RandomNumberGenerator
    ) {
        self.name = name
        opening = "I,"
        statement =
            "allow hearsay on \(host) to create and use a synthetic copy of my voice for "
            + "\(purposes.joined(separator: " and ")) until \(SpokenDate.text(expiry)). My words today are"
        words = (0..<Self.wordCount).map { _ in
            ChallengeWords.all[Int.random(in: 0..<ChallengeWords.all.count, using: &generator)]
        }
    }
}

/// A phrase that was issued: for whom, and whether it can still be used. It can be used once.
public struct IssuedPhrase: Sendable, Hashable {
    /// For whom a phrase is: nobody else can use it.
    public struct Binding: Sendable, Hashable {
        public var consent: String
        public var user: UInt32
        /// Number of the connection.
        public var connection: UInt64
        /// The kernel's boot identifier.
        public var boot: String

        public init(consent: String, user: UInt32, connection: UInt64, boot: String) {
            self.consent = consent
            self.user = user
            self.connection = connection
            self.boot = boot
        }
    }

    public let phrase: ChallengePhrase
    /// Seconds since 1970.
    public let issued: Int
    /// SHA-256 of the phrase and of whom it is for.
    public let digest: [UInt8]
    public private(set) var isUsed = false

    public init(_ phrase: ChallengePhrase, for binding: Binding, now: Int) {
        self.phrase = phrase
        issued = now
        digest = Self.digest(phrase, binding)
    }

    /// Uses the phrase up.
    ///
    /// - Throws: ``ConsentError/Code/phraseUsed`` the second time and for everybody whom it was not issued to,
    ///   ``ConsentError/Code/phraseExpired``.
    public mutating func redeem(by binding: Binding, now: Int) throws(ConsentError) {
        guard Self.digest(phrase, binding) == digest else {
            throw ConsentError(.phraseUsed, "this phrase was issued to somebody else, or in another connection")
        }
        guard !isUsed else { throw ConsentError(.phraseUsed, "this phrase was used before; ask for a new one") }
        isUsed = true
        guard now >= issued, now - issued < ConsentProgress.phraseSeconds else {
            throw ConsentError(
                .phraseExpired,
                "the phrase was not read within \(ConsentProgress.phraseSeconds) seconds; ask for a new one")
        }
    }

    private static func digest(_ phrase: ChallengePhrase, _ binding: Binding) -> [UInt8] {
        var writer = CanonicalWriter("hearsay phrase 1")
        writer.add(binding.consent)
        writer.add(Int(binding.user))
        writer.add("\(binding.connection)")
        writer.add(binding.boot)
        writer.add(phrase.text)
        return Array(SHA256.hash(data: writer.bytes))
    }
}

/// How many phrases a user may ask for.
public struct PhraseAllowance: Sendable, Hashable {
    public static let mostPerDay = 10
    private static let day = 24 * 3_600
    /// When the phrases of the last day were issued, in seconds since 1970.
    private(set) var times: [Int]

    public init(times: [Int] = []) {
        self.times = times
    }

    /// Counts a phrase.
    ///
    /// - Throws: ``ConsentError/Code/lockedOut`` with the time at which the next may be asked for.
    public mutating func take(now: Int) throws(ConsentError) {
        // A clock that was set back does not open the way to more.
        times.removeAll { $0 <= now && now - $0 >= Self.day }
        guard times.count < Self.mostPerDay else {
            var error = ConsentError(.lockedOut, "\(Self.mostPerDay) phrases were asked for within a day")
            error.until = times.min().map { $0 + Self.day }
            throw error
        }
        times.append(now)
    }
}
