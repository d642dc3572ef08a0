import Testing

@testable import Consent

/// The checks before each use: which one answers, and what those hear whom a voice was not granted to.
struct VoiceUseTests {
    private static let scope = ConsentScope(
        users: [1_000], outputs: [.playback], purposes: ["reading"], languages: ["en"], secondsPerDay: 100,
        requestsPerHour: 10)
    private static let expected: [VoiceUseCheck: ConsentError.Code] = [
        .peer: .notAvailable, .voice: .notAvailable, .record: .recordInvalid, .state: .required, .time: .expired,
        .user: .notAvailable, .scope: .scopeViolation, .quota: .quotaExceeded, .unsealed: .keyUnavailable,
        .logged: .auditUnavailable, .marked: .watermarkUnavailable, .signed: .watermarkUnavailable,
    ]

    /// Facts in which exactly these checks fail.
    private static func make(failing: Set<VoiceUseCheck>, asked: Asked) -> (VoiceUse, VoiceUseFacts) {
        var use = VoiceUse(user: 1_000, output: .file, language: "en-GB", purpose: "reading", seconds: 10)
        var scope = Self.scope
        scope.outputs = [.playback, .file]
        if failing.contains(.peer) { use.user = VoiceUseCheck.nobody }
        if failing.contains(.user) { scope.users = [failing.contains(.peer) ? 1 : 2] }
        if failing.contains(.peer), !failing.contains(.user) { scope.users = [VoiceUseCheck.nobody] }
        if failing.contains(.scope) { use.purpose = "advertising" }
        let progress = ConsentProgress(
            state: failing.contains(.state) ? .requested : .granted, attempts: 0,
            deadline: failing.contains(.time) ? 1_000 : 3_000)
        let consent = VoiceUseFacts.Consent(
            progress: progress, scope: scope, isAuthentic: !failing.contains(.record),
            secondsToday: failing.contains(.quota) ? 91 : 90, requestsThisHour: 9)
        let facts = VoiceUseFacts(
            consent: failing.contains(.voice) ? nil : consent, now: 2_000, lastSeen: 2_300,
            unseal: {
                asked.checks.append(.unsealed)
                return failing.contains(.unsealed) ? .noKey : .opened
            },
            isLogged: {
                asked.checks.append(.logged)
                return !failing.contains(.logged)
            },
            isMarked: {
                asked.checks.append(.marked)
                return !failing.contains(.marked)
            },
            canSign: {
                asked.checks.append(.signed)
                return !failing.contains(.signed)
            })
        return (use, facts)
    }

    private final class Asked {
        var checks: [VoiceUseCheck] = []
    }

    /// Of all 4,096 ways to fail, the first check that fails gives the answer, and none after it is asked.
    @Test func theFirstFailureAnswers() throws {
        for mask in 0..<4_096 {
            let failing = Set(VoiceUseCheck.allCases.filter { mask >> ($0.rawValue - 1) & 1 == 1 })
            let asked = Asked()
            let (use, facts) = Self.make(failing: failing, asked: asked)
            guard let first = VoiceUseCheck.allCases.first(where: failing.contains) else {
                #expect(throws: Never.self) { try VoiceUseCheck.run(use, facts) }
                #expect(asked.checks == [.unsealed, .logged, .marked, .signed])
                continue
            }
            let error = #expect(throws: ConsentError.self) { try VoiceUseCheck.run(use, facts) }
            let isForeign = failing.contains(.user) && first.rawValue <= VoiceUseCheck.user.rawValue
            #expect(error?.code == (isForeign ? .notAvailable : Self.expected[first]), "\(failing)")
            #expect(asked.checks.allSatisfy { $0.rawValue <= first.rawValue })
        }
    }

    /// To others, every state of a voice and no voice at all look the same, to the letter.
    @Test func othersLearnNothing() throws {
        var answers: Set<String> = []
        for user in [nil, 0, 999, 1_001, VoiceUseCheck.nobody] as [UInt32?] {
            for state in ConsentState.allCases {
                for isAuthentic in [true, false] {
                    for isThere in [true, false] {
                        let consent = VoiceUseFacts.Consent(
                            progress: ConsentProgress(state: state, attempts: 0, deadline: 3_000), scope: Self.scope,
                            isAuthentic: isAuthentic, secondsToday: 0, requestsThisHour: 0)
                        let facts = VoiceUseFacts(
                            consent: isThere ? consent : nil, now: 2_000, lastSeen: 9_000, unseal: { .opened },
                            isLogged: { true }, isMarked: { true }, canSign: { true })
                        let use = VoiceUse(
                            user: user, output: .playback, language: "en", purpose: "reading", seconds: 1)
                        let error = #expect(throws: ConsentError.self) { try VoiceUseCheck.run(use, facts) }
                        answers.insert("\(String(describing: error))")
                    }
                }
            }
        }
        #expect(answers.count == 1 && answers.first?.contains("voice.not_available") == true)
    }

    @Test(arguments: [
        (ConsentState.requested, ConsentError.Code.required), (.phraseIssued, .required), (.recorded, .required),
        (.rejected, .required), (.lockedOut, .lockedOut), (.verified, .notConfirmed), (.expired, .expired),
        (.revoked, .revoked), (.erased, .revoked), (.quarantined, .recordInvalid),
    ])
    func eachStateHasItsAnswer(state: ConsentState, code: ConsentError.Code) throws {
        let error = #expect(throws: ConsentError.self) { try Self.run(state: state) }
        #expect(error?.code == code)
    }

    @Test func clocksMayBeCorrectedButNotSetBack() throws {
        try Self.run(now: 2_000, lastSeen: 2_300)
        let error = #expect(throws: ConsentError.self) { try Self.run(now: 2_000, lastSeen: 2_301) }
        #expect(error?.code == .clockRollback)
        let expired = #expect(throws: ConsentError.self) { try Self.run(now: 3_000, lastSeen: 3_000) }
        #expect(expired?.code == .expired)
    }

    @Test func scopeAndQuotaHaveTheirEdges() throws {
        func code(_ change: (inout VoiceUse) -> Void, today: Int = 0, hour: Int = 0) -> (ConsentError.Code?, String?) {
            var use = VoiceUse(user: 1_000, output: .playback, language: "en-US", purpose: "reading", seconds: 10)
            change(&use)
            do {
                try Self.run(use, today: today, hour: hour)
                return (nil, nil)
            } catch {
                return (error.code, error.field)
            }
        }
        #expect(code({ _ in }) == (nil, nil))
        #expect(code({ $0.output = .file }) == (.scopeViolation, "output"))
        #expect(code({ $0.output = nil }) == (.scopeViolation, "output"))
        #expect(code({ $0.language = "de" }) == (.scopeViolation, "language"))
        #expect(code({ $0.purpose = "" }) == (.scopeViolation, "purpose"))
        #expect(code({ _ in }, today: 90) == (nil, nil))
        #expect(code({ $0.seconds = 11 }, today: 90) == (.quotaExceeded, nil))
        #expect(code({ $0.seconds = .max }, today: 90) == (.quotaExceeded, nil))
        #expect(code({ $0.seconds = -50 }, today: 101) == (.quotaExceeded, nil))
        #expect(code({ _ in }, hour: 10) == (.quotaExceeded, nil))
    }

    @Test(arguments: [
        (VoiceUseFacts.Unsealed.noKey, ConsentError.Code.keyUnavailable), (.invalid, .recordInvalid),
        (.otherModel, .recordInvalid),
    ])
    func whatCannotBeUnsealedIsNotSpoken(unsealed: VoiceUseFacts.Unsealed, code: ConsentError.Code) throws {
        let error = #expect(throws: ConsentError.self) { try Self.run(unsealed: unsealed) }
        #expect(error?.code == code)
    }

    private static func run(
        _ use: VoiceUse = VoiceUse(user: 1_000, output: .playback, language: "en", purpose: "reading", seconds: 1),
        state: ConsentState = .granted, now: Int = 2_000, lastSeen: Int = 2_000, today: Int = 0, hour: Int = 0,
        unsealed: VoiceUseFacts.Unsealed = .opened
    ) throws(ConsentError) {
        let consent = VoiceUseFacts.Consent(
            progress: ConsentProgress(state: state, attempts: 0, deadline: 3_000), scope: scope, isAuthentic: true,
            secondsToday: today, requestsThisHour: hour)
        let facts = VoiceUseFacts(
            consent: consent, now: now, lastSeen: lastSeen, unseal: { unsealed }, isLogged: { true },
            isMarked: { true }, canSign: { true })
        try VoiceUseCheck.run(use, facts)
    }
}
