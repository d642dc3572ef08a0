import Phonemes
import Testing

@Suite struct SentenceSplittingTests {
    @Test func oneSentenceStaysWhole() {
        #expect(SentenceSplitter(language: "en-us").split("Hello, world.") == ["Hello, world."])
    }
}
