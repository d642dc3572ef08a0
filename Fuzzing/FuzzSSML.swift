private let frontEnd = SpeechFrontEnd(language: "en-us", phonemizer: Letters())

/// Speaks the input as SSML, as SSML that may be broken and as plain text, each letter a phoneme.
@_cdecl("fuzzOneInput")
public func fuzzSSML(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    if let sentences = try? frontEnd.sentences(ofSSML: text) { check(sentences) }
    guard let lenient = try? frontEnd.sentences(ofSSML: text, isLenient: true) else {
        fatalError("lenient reading is an error")
    }
    check(lenient)
    check(frontEnd.sentences(of: text))
    return 0
}

private struct Letters: Phonemizer {
    func phonemes(of clauses: [String], language: String) throws(PhonemeError) -> [String] {
        clauses.map(EspeakText.clean)
    }
}

private func check(_ sentences: SpokenSentences) {
    var sentences = sentences
    while let sentence = try? sentences.next() {
        let count = sentence.phonemes.count
        precondition(count == 0 || sentence.phonemes.first == .beginning && sentence.phonemes.last == .end)
        var end = 0
        for span in sentence.spans {
            precondition(span.range.lowerBound >= end && !span.range.isEmpty && span.range.upperBound <= count)
            let prosody = span.prosody
            precondition(
                (0.1...10).contains(prosody.rate) && (-24...24).contains(prosody.pitch)
                    && (0...4).contains(prosody.pitchRange) && (-100...24).contains(prosody.volume))
            end = span.range.upperBound
        }
        precondition(sentence.pauses.allSatisfy { (0..<max(count, 1)).contains($0.phonemeIndex) && $0.seconds >= 0 })
        precondition(sentence.marks.allSatisfy { (0..<max(count, 1)).contains($0.phonemeIndex) })
        precondition(sentence.pauseAfter >= 0)
    }
}
