/// What a voice's owner has allowed: everything else is refused.
public struct ConsentScope: Sendable, Hashable {
    /// Where the sound may go.
    public enum Output: String, Sendable, CaseIterable {
        case playback, file
    }

    /// Accounts that may use the voice.
    public var users: Set<UInt32>
    public var outputs: Set<Output>
    /// What it may be used for, such as `reading`, `accessibility`.
    public var purposes: Set<String>
    /// Primary subtags, such as `en`; empty for any.
    public var languages: Set<String>
    /// Seconds of speech in one day.
    public var secondsPerDay: Int
    /// Requests within an hour.
    public var requestsPerHour: Int

    public init(
        users: Set<UInt32>, outputs: Set<Output>, purposes: Set<String>, languages: Set<String> = [],
        secondsPerDay: Int = 3_600, requestsPerHour: Int = 600
    ) {
        self.users = users
        self.outputs = outputs
        self.purposes = purposes
        self.languages = languages
        self.secondsPerDay = secondsPerDay
        self.requestsPerHour = requestsPerHour
    }

    /// The part of the scope that a request goes beyond; nil where it stays within.
    func violation(output: Output?, language: String, purpose: String) -> String? {
        guard let output, outputs.contains(output) else { return "output" }
        let primary = String(language.lowercased().prefix { $0 != "-" && $0 != "_" })
        guard languages.isEmpty || languages.contains(primary) else { return "language" }
        return purposes.contains(purpose) ? nil : "purpose"
    }
}
