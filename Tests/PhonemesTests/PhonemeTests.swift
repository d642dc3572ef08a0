import Phonemes
import Testing

@Suite struct PhonemeTests {
    @Test func writesStressAsEspeakDoes() {
        #expect("\(Phoneme("oʊ", stress: 1))\(Phoneme("t"))\(Phoneme("i", stress: 2))" == "ˈoʊtˌi")
    }

    @Test func errorsNameTheirPosition() {
        let error = PhonemeError(.ssmlInvalid, "a tag is not closed", at: TextPosition(line: 2, column: 7))
        #expect(error.description == "speech.ssml_invalid: line 2, column 7: a tag is not closed")
    }
}
