import Recognition
import Testing

@testable import Pipelines

@Suite struct CommitPolicyTests {
    private func words(_ text: String) -> [HypothesisWord] { UtteranceHypothesis(text).words }

    @Test func commitsWhatTwoHypothesesAgreeOn() {
        var agreement = LocalAgreement()
        #expect(agreement.agreed(words("the cat")) == 0)
        #expect(agreement.agreed(words("the cat sad")) == 2)
        // What follows the committed words alone counts from now on.
        #expect(agreement.agreed(words("sat on")) == 0)
        #expect(agreement.agreed(words("sat on the")) == 2)
        #expect(agreement.agreed(words("the mat")) == 1)
        #expect(agreement.agreed([]) == 0)
        #expect(agreement.agreed(words("mat")) == 0)
        agreement.reset()
        #expect(agreement.agreed(words("mat")) == 0)
    }

    @Test func keepsAFullStopBackThatMayGo() {
        var agreement = LocalAgreement()
        _ = agreement.agreed(words("the cat ."))
        #expect(agreement.agreed(words("the cat .")) == 2)
        #expect(agreement.agreed(words(". Sat")) == 0)
        #expect(agreement.agreed(words(". Sat")) == 2)
    }

    @Test func commitsOnlyWhatBothHypothesesBeginWith() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            var agreement = LocalAgreement()
            var last: [HypothesisWord] = []
            for _ in 0..<10 {
                let count = Int.random(in: 0...6, using: &random)
                let next = words(
                    (0..<count).map { _ in ["a", "b", "."].randomElement(using: &random) ?? "a" }.joined(separator: " ")
                )
                let agreed = agreement.agreed(next)
                #expect(agreed <= min(last.count, next.count))
                #expect(next[..<agreed].map(\.tokens) == last.prefix(agreed).map(\.tokens))
                last = Array(next[agreed...])
            }
        }
    }

    @Test func commitsWhatWasHeardLongBeforeTheEnd() {
        let attended = UtteranceHypothesis("one two three .", attended: [0.5, 1.2, 1.8, 1.9]).words
        #expect(AlignAtt().attended(attended, seconds: 2) == 2)
        #expect(AlignAtt().attended(attended, seconds: 3) == 3)
        #expect(AlignAtt().attended(attended, seconds: 0.9) == 0)
        // An unknown place is no certain one, nor is anything behind it.
        #expect(AlignAtt().attended(words("one"), seconds: 9) == 0)
        let jump = UtteranceHypothesis("one two three", attended: [0.5, 2.9, 1.0]).words
        #expect(AlignAtt().attended(jump, seconds: 3) == 1)
    }
}
