import Testing

@testable import Consent

/// The states and their steps: all pairs, and what long histories may lead to.
struct ConsentStateTests {
    /// The table as the specification has it; rows and columns in the order of `states`.
    private static let states: [ConsentState] = [
        .requested, .phraseIssued, .recorded, .rejected, .lockedOut, .verified, .granted, .expired, .revoked, .erased,
        .quarantined,
    ]
    private static let table = [
        // requested issued recorded rejected locked verified granted expired revoked erased quarantined
        ".x......x.x",  // requested
        "..xx....x.x",  // phrase issued
        "...x.x..x.x",  // recorded
        ".x..x...x.x",  // rejected
        "x.......x.x",  // locked out
        "...x..x.x.x",  // verified
        ".......xx.x",  // granted
        "x.......x.x",  // expired
        ".........xx",  // revoked
        "...........",  // erased
        "........x..",  // quarantined
    ]

    @Test func onlyTheStepsOfTheTableExist() {
        #expect(Self.states.count == 11 && Set(Self.states) == Set(ConsentState.allCases))
        #expect(ConsentTransition.all.count == 31)
        for (from, row) in zip(Self.states, Self.table) {
            for (to, mark) in zip(Self.states, row) {
                #expect((ConsentTransition(from: from, to: to) != nil) == (mark == "x"), "\(from) → \(to)")
            }
        }
    }

    /// What must be true of every history.
    @Test func noHistoryGrantsWithoutItsSteps() throws {
        var generator = SeededGenerator(seed: 1)
        var grants = 0
        var states: Set<ConsentState> = []
        for history in 0..<100_000 {
            var progress = ConsentProgress()
            var now = 1_800_000_000
            var steps: [ConsentTransition] = []
            for _ in 0..<20 {
                now += [0, 1, 100, 121, 700, 90_000, 3_000_000].randomElement(using: &generator) ?? 0
                let event = Self.randomEvent(now, progress.state, &generator)
                let before = steps.count
                let isRefused = (try? progress.apply(event, now: now) { steps.append($0) }) == nil
                states.insert(progress.state)
                if let problem = Self.problem(progress, now, isRefused ? steps[before...] : []) {
                    Issue.record("history \(history): \(problem)")
                }
            }
            if let problem = Self.problem(steps) { Issue.record("history \(history): \(problem)") }
            grants += steps.count { $0.to == .granted }
        }
        // The histories went everywhere, so that what they show means something.
        #expect(states == Set(ConsentState.allCases))
        #expect(grants > 1_000)
    }

    /// What is wrong with where a history stands; nil for nothing.
    private static func problem(
        _ progress: ConsentProgress, _ now: Int, _ refused: ArraySlice<ConsentTransition>
    ) -> String? {
        if progress.state == .granted, progress.deadline.map({ $0 <= now }) ?? true {
            return "granted beyond its end, or without one"
        }
        if progress.attempts > ConsentProgress.mostAttempts { return "too many attempts" }
        if progress.state == .lockedOut, progress.deadline == nil { return "locked out for ever" }
        // What was refused has changed nothing but what time alone changes.
        let byTime: Set<ConsentState> = [.rejected, .lockedOut, .requested, .expired, .revoked]
        return refused.allSatisfy { byTime.contains($0.to) } ? nil : "a refusal changed the state"
    }

    /// Steps follow each other, and each grant comes of a phrase that was read, checked and confirmed.
    private static func problem(_ steps: [ConsentTransition]) -> String? {
        var state = ConsentState.requested
        for (index, step) in steps.enumerated() {
            guard step.from == state, ConsentTransition.all.contains(step) else { return "a step out of nowhere" }
            if step.from == .erased { return "something followed the erasure" }
            state = step.to
            let recent = steps[..<index].suffix(3).map(\.to)
            if step.to == .granted, recent != [.phraseIssued, .recorded, .verified] { return "granted by \(recent)" }
        }
        return nil
    }

    /// Rather what leads on than what is refused, so that histories get far.
    private static func randomEvent(
        _ now: Int, _ state: ConsentState, _ generator: inout SeededGenerator
    ) -> ConsentEvent {
        let forward: ConsentEvent =
            switch state {
            case .requested, .rejected: .phraseIssued
            case .phraseIssued: .recorded
            case .recorded: .checksPassed
            case .verified: .confirmed(expiry: now + Int.random(in: -10...40_000_000, using: &generator))
            case .expired: .renewed
            case .revoked: .erased
            default: .timePassed
            }
        let any: [ConsentEvent] = [
            .phraseIssued, .recorded, .aborted, .checksPassed, .checksFailed, .confirmed(expiry: now + 1_000_000),
            .declined, .renewed, .revoked, .erased, .foundInvalid, .timePassed,
        ]
        return Int.random(in: 0..<3, using: &generator) > 0 ? forward : any.randomElement(using: &generator) ?? forward
    }

    @Test func theThirdFailureLocksOutForADay() throws {
        var progress = ConsentProgress()
        var now = 1_000
        for attempt in 1...3 {
            try progress.apply(.phraseIssued, now: now)
            #expect(progress.attempts == attempt)
            try progress.apply(.recorded, now: now + 10)
            try progress.apply(.checksFailed, now: now + 20)
            now += 100
        }
        #expect(progress.state == .lockedOut)
        let error = #expect(throws: ConsentError.self) { try progress.apply(.phraseIssued, now: now) }
        #expect(error?.code == .lockedOut && error?.until == 1_220 + 86_400)
        try progress.apply(.timePassed, now: 1_220 + 86_399)
        #expect(progress.state == .lockedOut)
        try progress.apply(.phraseIssued, now: 1_220 + 86_400)
        #expect(progress.state == .phraseIssued && progress.attempts == 1)
    }

    @Test func deadlinesAreKeptToTheSecond() throws {
        var progress = ConsentProgress()
        try progress.apply(.phraseIssued, now: 0)
        var late = progress
        #expect(throws: ConsentError.self) { try late.apply(.recorded, now: 120) }
        #expect(late.state == .rejected)
        try progress.apply(.recorded, now: 119)
        try progress.apply(.checksPassed, now: 130)
        var unconfirmed = progress
        let error = #expect(throws: ConsentError.self) {
            try unconfirmed.apply(.confirmed(expiry: 10_000), now: 730)
        }
        #expect(error?.code == .notConfirmed && unconfirmed.state == .rejected)
        try progress.apply(.confirmed(expiry: 10_000), now: 729)
        try progress.apply(.timePassed, now: 9_999)
        #expect(progress.state == .granted)
        try progress.apply(.timePassed, now: 10_000)
        #expect(progress.state == .expired)
        // A machine that was off for long makes up for all of it.
        try progress.apply(.timePassed, now: 10_000 + ConsentProgress.keptAfterExpiry)
        #expect(progress.state == .revoked)
    }

    @Test(arguments: [-1, 0, ConsentProgress.longestGrant + 1])
    func grantsHaveAnEnd(seconds: Int) throws {
        var progress = ConsentProgress(state: .verified, attempts: 1, deadline: 1_000)
        let error = #expect(throws: ConsentError.self) {
            try progress.apply(.confirmed(expiry: 500 + seconds), now: 500)
        }
        #expect(error?.code == .scopeViolation && error?.field == "expiry" && progress.state == .verified)
    }
}

/// The same numbers each time: xorshift64*.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
