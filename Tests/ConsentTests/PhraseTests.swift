import Testing

@testable import Consent

/// The phrase that is read aloud, and what counts as a reading of it.
struct PhraseTests {
    /// 2027-05-01.
    private static let expiry = 1_809_129_600

    private static func phrase(_ name: String = "Katherine Meyer", seed: UInt64 = 7) -> ChallengePhrase {
        var generator = SeededGenerator(seed: seed)
        return ChallengePhrase(
            name: name, host: "the desk computer", purposes: ["reading aloud"], expiry: expiry, using: &generator)
    }

    private static let binding = IssuedPhrase.Binding(consent: "c1", user: 1_000, connection: 5, boot: "b")

    @Test func theWordsAreDistinctAndEnough() {
        #expect(ChallengeWords.all.count == 256 && Set(ChallengeWords.all).count == 256)
        #expect(ChallengeWords.all.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isLowercase } })
        // Another spelling leads to a word of the list, and none of the list to another one.
        #expect(
            ChallengeWords.spellings.allSatisfy { ChallengeWords.all.contains($1) && !ChallengeWords.all.contains($0) })
        // What is said of them survives being read as words.
        #expect(ChallengeWords.all.allSatisfy { SpokenWords.of($0) == [$0] })
    }

    @Test func phrasesAreNotRepeated() {
        var generator = SystemRandomNumberGenerator()
        let phrases = (0..<2_000).map { _ in
            ChallengePhrase(name: "A", host: "b", purposes: ["c"], expiry: 0, using: &generator).words
        }
        // 40 bits: the chance of any two alike among 2,000 is 2 in a million.
        #expect(Set(phrases).count == 2_000)
    }

    @Test(arguments: [
        (0, "January 1 1970"), (expiry, "May 1 2027"), (expiry - 1, "April 30 2027"), (951_782_400, "February 29 2000"),
        (-1, "December 31 1969"), (4_107_542_400, "March 1 2100"), (Int.max, "December 31 9999"),
    ])
    func datesAreSaid(seconds: Int, text: String) {
        #expect(SpokenDate.text(seconds) == text)
    }

    @Test func aReadingIsOne() throws {
        let phrase = Self.phrase()
        try PhraseComparison(phrase, transcript: phrase.text).check()
        let words = phrase.words.joined(separator: ", ")
        for reading in [
            "I Catherine Maier allow hearsay on the desk computer to create and use a synthetic copy of my voice for "
                + "reading aloud until May 1st, 2027. My words today are: \(words)!",
            "I, Kathryn Meyer, allow here say on the desk computer to create and use a synthetic copy of my voice for "
                + "reading aloud until may first two thousand and twenty-seven my words today are \(words)",
            "I Katherine Meyer allow hearsay on a desk computer to create and use a synthetic copy of my voice for "
                + "reading out loud until May 1, 2027. My word today are \(words.uppercased()).",
        ] {
            #expect(throws: Never.self) { try PhraseComparison(phrase, transcript: reading).check() }
        }
    }

    @Test func wordsMayBeSpelledOtherwise() throws {
        var phrase = Self.phrase()
        for seed in 0..<10_000 where !phrase.words.contains("snowflake") {
            phrase = Self.phrase(seed: UInt64(seed))
        }
        let text = phrase.text.replacing("snowflake", with: "snow flake")
        try PhraseComparison(phrase, transcript: text).check()
    }

    /// Whatever else is right, a phrase with another word, without one, in another order or with more is refused.
    @Test func noOtherWordsPass() throws {
        var generator = SeededGenerator(seed: 3)
        var accepted: [String] = []
        for round in 0..<10_000 {
            let phrase = Self.phrase(seed: UInt64(round + 1))
            var words = phrase.words
            switch round % 5 {
            case 0:
                let place = Int.random(in: 0..<5, using: &generator)
                words[place] = ChallengeWords.all.filter { $0 != words[place] }.randomElement(using: &generator) ?? ""
            case 1: words.remove(at: Int.random(in: 0..<5, using: &generator))
            case 2: words.shuffle(using: &generator)
            case 3:
                words.insert(
                    ChallengeWords.all.randomElement(using: &generator) ?? "",
                    at: Int.random(in: 1...5, using: &generator))
            default: words = Self.phrase(seed: UInt64(round + 20_000)).words
            }
            // Whoever says the first word twice has said all five all the same.
            guard Array(words.suffix(phrase.words.count)) != phrase.words else { continue }
            let transcript = phrase.text.replacing(
                phrase.words.joined(separator: " "), with: words.joined(separator: " "))
            let comparison = PhraseComparison(phrase, transcript: transcript)
            if comparison.missing.isEmpty || (try? comparison.check()) != nil { accepted.append(transcript) }
        }
        #expect(accepted.isEmpty)
    }

    @Test func lookAlikesAreOtherWords() throws {
        let phrase = Self.phrase()
        // Cyrillic letters that look Latin.
        let disguised = phrase.words.joined(separator: " ").replacing("a", with: "а").replacing("o", with: "о")
            .replacing("e", with: "е")
        let transcript = phrase.text.replacing(phrase.words.joined(separator: " "), with: disguised)
        #expect(throws: ConsentError.self) { try PhraseComparison(phrase, transcript: transcript).check() }
    }

    @Test func onlyTheWordsAreNotEnough() throws {
        let phrase = Self.phrase()
        let words = phrase.words.joined(separator: " ")
        let text = "I, Katherine Meyer, would never let anybody copy my voice for any reason in the world, at all. "
        for transcript in [words, text + words, "", String(repeating: "allow ", count: 100_000) + words] {
            let error = #expect(throws: ConsentError.self) {
                try PhraseComparison(phrase, transcript: transcript).check()
            }
            #expect(error?.code == .phraseMismatch)
        }
    }

    @Test(arguments: [
        ("Katherine", "Catherine", true), ("Jon Smith", "John Smyth", true), ("Stephen", "Steven", true),
        ("Philipp", "Filip", true), ("Müller", "Mueller", true), ("Łukasz", "Lukas", true),
        ("Katherine", "Robert", false), ("Anna Berg", "Peter Stone", false), ("Maria", "Thomas", false),
        ("Alice Brown", "Bob White", false), ("Jane Doe", "John Miller", false),
    ])
    func namesAreComparedByTheirSound(a: String, b: String, isSame: Bool) throws {
        let distance = PhoneticKey(a).distance(to: PhoneticKey(b))
        #expect((distance <= PhraseComparison.farthestName) == isSame, "\(distance)")
        let phrase = Self.phrase(a)
        let transcript = phrase.text.replacing(a, with: b)
        #expect(((try? PhraseComparison(phrase, transcript: transcript).check()) != nil) == isSame)
    }

    @Test func aPhraseIsUsedOnceByWhomItIsFor() throws {
        var issued = IssuedPhrase(Self.phrase(), for: Self.binding, now: 1_000)
        for change in [
            { $0.consent = "c2" }, { $0.user = 1_001 }, { $0.connection = 6 }, { $0.boot = "other" },
        ] as [(inout IssuedPhrase.Binding) -> Void] {
            var other = Self.binding
            change(&other)
            let error = #expect(throws: ConsentError.self) { try issued.redeem(by: other, now: 1_001) }
            #expect(error?.code == .phraseUsed && !issued.isUsed)
        }
        var late = issued
        #expect(throws: ConsentError.self) { try late.redeem(by: Self.binding, now: 1_120) }
        try issued.redeem(by: Self.binding, now: 1_119)
        let error = #expect(throws: ConsentError.self) { try issued.redeem(by: Self.binding, now: 1_119) }
        #expect(error?.code == .phraseUsed)
        var early = IssuedPhrase(Self.phrase(), for: Self.binding, now: 1_000)
        #expect(throws: ConsentError.self) { try early.redeem(by: Self.binding, now: 999) }
    }

    @Test func tenPhrasesADay() throws {
        var allowance = PhraseAllowance()
        for index in 0..<10 { try allowance.take(now: 1_000 + index) }
        let error = #expect(throws: ConsentError.self) { try allowance.take(now: 1_000 + 86_399) }
        #expect(error?.code == .lockedOut && error?.until == 1_000 + 86_400)
        // A clock that runs backwards gives nothing back.
        #expect(throws: ConsentError.self) { try allowance.take(now: -1_000_000) }
        try allowance.take(now: 1_000 + 86_400)
        #expect(throws: ConsentError.self) { try allowance.take(now: 1_000 + 86_400) }
    }

    @Test func theSoundOfAStatementIsChecked() throws {
        let good = StatementSound(
            isLive: true, droppedFrames: 0, sampleRate: 16_000, speechSeconds: 6, seconds: 40, clipping: 0,
            signalToNoise: 15, isMarked: false, hasDigitalSilence: false)
        try StatementChecks.check(good)
        let failures: [(ConsentError.Code, (inout StatementSound) -> Void)] = [
            (.notLive, { $0.isLive = false }), (.notLive, { $0.droppedFrames = 1 }),
            (.speechTooShort, { $0.speechSeconds = 5.9 }), (.speechTooShort, { $0.seconds = 40.1 }),
            (.speechTooShort, { $0.speechSeconds = .nan }),
            (.tooNoisy, { $0.sampleRate = 8_000 }), (.tooNoisy, { $0.clipping = 0.001 }),
            (.tooNoisy, { $0.signalToNoise = 14.9 }), (.tooNoisy, { $0.signalToNoise = .nan }),
            (.syntheticAudio, { $0.isMarked = true }), (.syntheticAudio, { $0.hasDigitalSilence = true }),
        ]
        for (code, change) in failures {
            var sound = good
            change(&sound)
            let error = #expect(throws: ConsentError.self) { try StatementChecks.check(sound) }
            #expect(error?.code == code)
        }
    }

    @Test func theVoiceOfAStatementIsChecked() throws {
        let alike = StatementVoice.Likeness(similarity: 0.7, threshold: 0.7)
        let good = StatementVoice(
            longestGap: 1.2, backgroundJump: 30, within: alike, consistency: alike, reference: alike)
        try StatementChecks.check(good)
        try StatementChecks.check(StatementVoice(longestGap: 0, backgroundJump: 0, within: alike))
        let failures: [(ConsentError.Code, (inout StatementVoice) -> Void)] = [
            (.syntheticAudio, { $0.longestGap = 1.3 }), (.syntheticAudio, { $0.backgroundJump = .nan }),
            (.inconsistentSpeaker, { $0.within.similarity = 0.69 }),
            (.inconsistentSpeaker, { $0.within.threshold = .nan }),
            (.inconsistentSpeaker, { $0.consistency?.similarity = 0.69 }),
            (.speakerMismatch, { $0.reference?.similarity = 0.69 }),
            (.speakerMismatch, { $0.reference?.similarity = .nan }),
        ]
        for (code, change) in failures {
            var voice = good
            change(&voice)
            let error = #expect(throws: ConsentError.self) { try StatementChecks.check(voice) }
            #expect(error?.code == code)
        }
    }

    @Test func theWordsOfTodayAreFoundWhereTheyBegin() {
        let phrase = Self.phrase()
        let heard = phrase.text.split(separator: " ").map(String.init)
        #expect(phrase.oneTimeStart(in: heard) == heard.count - 5)
        #expect(phrase.oneTimeStart(in: heard + ["and"]) == nil)
        #expect(phrase.oneTimeStart(in: []) == nil)
        #expect(phrase.oneTimeStart(in: Array(heard.suffix(4))) == nil)
    }

    @Test func theWeakerLikenessIsTheOneThatCounts() {
        let strong = StatementVoice.Likeness(similarity: 0.9, threshold: 0.8)
        let weak = StatementVoice.Likeness(similarity: 0.95, threshold: 0.9)
        let none = StatementVoice.Likeness(similarity: .nan, threshold: 0.9)
        #expect(strong.weaker(weak) == weak && weak.weaker(strong) == weak)
        #expect(!none.weaker(strong).isOneVoice && !strong.weaker(none).isOneVoice)
    }
}
