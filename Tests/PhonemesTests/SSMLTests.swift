import Testing

@testable import Phonemes

@Suite struct SSMLTests {
    private let frontEnd = SpeechFrontEnd(language: "en-us", phonemizer: LetterPhonemizer())

    @Test(
        arguments: [
            ("one two", "^one two$"),
            ("  one \n\t two ", "^one two$"),
            ("one<!-- c --> two", "^one two$"),
            ("un<emphasis>believ</emphasis>able", "^unbelievable$"),
            ("a <sub alias='be see'>d</sub> e", "^a be see e$"),
            ("a <sub>d</sub> e", nil),
            ("the <phoneme ph='təˈmeɪtoʊ'>tomato</phoneme> soup", "^the təmˈeɪtoʊ soup$"),
            ("the <phoneme alphabet='x-espeak' ph=\"t@m'A:toU\"/> soup", "^the təmˈɑːtoʊ soup$"),
            ("a <unknown>b</unknown> c", "^a b c$"),
            ("<lang xml:lang='fr'>a</lang> <w role='x'>b</w>", "^a b$"),
            ("a <mark name='m'/>b", "^a b$"),
            ("a <break/> b", "^a,b$"),
            ("a <break strength='none'/> b", "^a b$"),
            ("<say-as interpret-as='unheard-of'>abc</say-as>", "^abc$"),
            ("<![CDATA[a b]]>", "^a b$"),
            ("", nil), ("   ", nil), ("<p></p>", nil), ("<prosody rate='2'/>", nil),
        ] as [(String, String?)])
    func speaks(ssml: String, expected: String?) throws {
        let sentences = try? frontEnd.all(ssml: ssml)
        #expect(sentences?.map(\.written).joined() ?? "" == expected ?? "")
    }

    @Test(arguments: [
        ("rate='50%'", Prosody(rate: 0.5)), ("rate='+20%'", Prosody(rate: 1.2)), ("rate='-20%'", Prosody(rate: 0.8)),
        ("rate='1.5'", Prosody(rate: 1.5)), ("rate='x-slow'", Prosody(rate: 0.6)),
        ("rate=' FAST '", Prosody(rate: 1.25)),
        ("rate='1000000%'", Prosody(rate: 4)), ("rate='10%'", Prosody(rate: 0.25)), ("rate='medium'", .neutral),
        ("pitch='+2st'", Prosody(pitch: 2)), ("pitch='-3.5st'", Prosody(pitch: -3.5)),
        ("pitch='+100%'", Prosody(pitch: 12)),
        ("pitch='-50%'", Prosody(pitch: -12)), ("pitch='330Hz'", Prosody(pitch: 12)),
        ("pitch='+165Hz'", Prosody(pitch: 12)),
        ("pitch='default'", .neutral), ("pitch='+99st'", Prosody(pitch: 12)),
        ("range='50%'", Prosody(pitchRange: 0.5)), ("range='0%'", Prosody(pitchRange: 0)),
        ("range='+12st'", Prosody(pitchRange: 2)), ("range='x-high'", Prosody(pitchRange: 1.8)),
        ("volume='+6dB'", Prosody(volume: 6)), ("volume='-6 dB'", Prosody(volume: -6)),
        ("volume='silent'", Prosody(volume: -100)),
        ("volume='10'", Prosody(volume: -20)), ("volume='+900%'", Prosody(volume: 12)),
        ("volume='10%'", Prosody(volume: -20)),
    ])
    func readsProsody(attribute: String, expected: Prosody) throws {
        let sentence = try #require(try frontEnd.all(ssml: "<prosody \(attribute)>a</prosody>").first)
        let prosody = sentence.spans.first?.prosody ?? .neutral
        #expect(abs(prosody.rate - expected.rate) < 1e-9)
        #expect(abs(prosody.pitch - expected.pitch) < 1e-9)
        #expect(abs(prosody.pitchRange - expected.pitchRange) < 1e-9)
        #expect(abs(prosody.volume - expected.volume) < 1e-9)
    }

    @Test(arguments: [
        ("<prosody rate='10000%'>a</prosody>", 17), ("<prosody volume='+100dB'>a</prosody>", 17),
        ("<prosody pitch='2000%'>a</prosody>", 17), ("<prosody range='900%'>a</prosody>", 17),
        ("a<break time='100000s'/>b", 16), ("<prosody volume='-500dB'>a</prosody>", nil),
        ("<prosody rate='400%'>a</prosody>", nil), ("a<break time='60s'/>b", nil),
    ])
    func saysWhatIsMoreThanVoicesFollow(markup: String, column: Int?) throws {
        for isLenient in [false, true] {
            let text = "<speak>" + markup + "</speak>"
            let warnings = try frontEnd.sentences(ofSSML: text, isLenient: isLenient).warnings
            #expect(
                warnings.map(\.position) == (column.map { [TextPosition(line: 1, column: $0)] } ?? []), "\(warnings)")
        }
    }

    @Test func namesThePlaceOfAnErrorOnce() throws {
        let warning = try #require(try frontEnd.sentences(ofSSML: "<speak>a", isLenient: true).warnings.first)
        #expect("\(warning)".ranges(of: "line 1").count == 1, "\(warning)")
    }

    @Test(arguments: [
        ("range='0%'", "range='+999999999999999999999st'"), ("range='-999999999999999999999st'", "range='0%'"),
        ("range='x-low'", "range='-999999999999999999999st'"),
    ])
    func aRangeOfNoneStaysNone(outer: String, inner: String) throws {
        let text = "<prosody \(outer)><prosody \(inner)>a</prosody></prosody>"
        let sentence = try #require(try frontEnd.all(ssml: text).first)
        #expect((sentence.spans.first?.prosody.pitchRange ?? 1) < 1e-9)
    }

    @Test(arguments: [
        "rate='quick'", "rate='-100%'", "rate='0'", "rate='1e9'", "rate='nan'", "rate=''", "rate='5 apples'",
        "pitch='-200Hz'",
        "pitch='2 3'", "volume='200'", "volume='loudest'", "range='1.5'", "pitch='+'", "rate='50%%'", "pitch='0Hz'",
        "pitch='\u{0}'", "rate='\(String(repeating: "9", count: 400))'",
    ])
    func refusesWhatMeansNothing(attribute: String) throws {
        let error = #expect(throws: PhonemeError.self) {
            _ = try frontEnd.all(ssml: "<prosody \(attribute)>a</prosody>")
        }
        #expect(error?.code == .ssmlInvalid)
        #expect(error?.position == TextPosition(line: 1, column: 17))
        #expect((error?.message.utf8.count ?? 0) < 600)
        let lenient = try frontEnd.sentences(
            ofSSML: "<speak><prosody \(attribute)>a</prosody></speak>", isLenient: true)
        #expect(lenient.warnings.count == 1)
    }

    @Test func nestedProsodyAddsUp() throws {
        let ssml = """
            a <prosody rate="50%" pitch="+2st" volume="-3dB">b <prosody rate="50%" pitch="-1st" volume="-3dB">c
            <prosody rate="fast">d</prosody></prosody> e</prosody> f
            """
        let sentence = try #require(try frontEnd.all(ssml: ssml).first)
        #expect(sentence.written == "^a b c d e f$")
        let outer = Prosody(rate: 0.5, pitch: 2, volume: -3)
        let inner = Prosody(rate: 0.25, pitch: 1, volume: -6)
        let named = Prosody(rate: 1.25, pitch: 1, volume: -6)
        #expect(
            sentence.spans == [
                .init(range: 3..<5, prosody: outer), .init(range: 5..<7, prosody: inner),
                .init(range: 7..<9, prosody: named), .init(range: 9..<11, prosody: outer),
            ])
    }

    @Test func prosodyAroundASentenceHoldsForAllOfIt() throws {
        let sentences = try frontEnd.all(ssml: "<prosody volume='loud'><s>a</s><s>b</s></prosody><s>c</s>")
        #expect(sentences.map { $0.spans.map(\.range) } == [[0..<3], [0..<3], []])
    }

    @Test(arguments: [
        ("", Emphasis.moderate), ("level='strong'", .strong), ("level='reduced'", .reduced), ("level='none'", .none),
    ])
    func readsEmphasis(attribute: String, expected: Emphasis) throws {
        let sentence = try #require(try frontEnd.all(ssml: "a <emphasis \(attribute)>b</emphasis> c").first)
        #expect(sentence.spans.first?.prosody.emphasis ?? .none == expected)
        #expect(sentence.spans.first.map { $0.range == 3..<5 } ?? (expected == .none))
    }

    @Test(arguments: [
        ("time='500ms'", 0.5), ("time='1.5s'", 1.5), ("time='0s'", 0), ("strength='x-strong'", 1.2), ("", 0.4),
        ("strength='weak' time='3s'", 3), ("time='3s' strength='weak'", 3), ("time='9999s'", 60),
    ])
    func readsBreaks(attribute: String, expected: Double) throws {
        let sentence = try #require(try frontEnd.all(ssml: "a <break \(attribute)/>b").first)
        #expect(sentence.pauses == (expected > 0 ? [.init(phonemeIndex: 3, seconds: expected)] : []))
    }

    @Test(arguments: ["time='-1s'", "time='5'", "time='1h'", "strength='mighty'", "time=''"])
    func refusesBreaks(attribute: String) throws {
        #expect(throws: PhonemeError.self) { _ = try frontEnd.all(ssml: "a <break \(attribute)/>b") }
    }

    @Test func pausesBetweenSentencesFollowTheFirst() throws {
        let sentences = try frontEnd.all(
            ssml: "<break time='9s'/><s>a</s><break time='1s'/><s>b</s><p>c<break time='2s'/></p>"
                + "<break time='3s'/><break strength='none'/><p>d</p><s>e</s><s>f</s><break time='4s'/>")
        #expect(sentences.map(\.written) == ["^a$", "^b$", "^c$", "^d$", "^e$", "^f$"])
        #expect(sentences.map(\.pauseAfter) == [1, 0.7, 5, 0.7, 0.3, 4])
        #expect(sentences.map { $0.pauses.map(\.seconds) } == [[9], [], [], [], [], []])
    }

    @Test func marksAreWhereTheyWereSet() throws {
        let sentences = try frontEnd.all(
            ssml: "<mark name='0'/>ab <mark name='1'/>cd<mark name='2'/> <s><mark name='3'/>e</s><mark name='4'/>")
        #expect(sentences.map(\.written) == ["^ab cd$", "^e$"])
        #expect(
            sentences[0].marks == [
                .init(name: "0", phonemeIndex: 1), .init(name: "1", phonemeIndex: 4), .init(name: "2", phonemeIndex: 6),
            ])
        #expect(sentences[1].marks.map(\.name) == ["3", "4"])
        #expect(sentences[1].marks.map(\.phonemeIndex) == [1, 2])
    }

    @Test func pausesAloneAreASentenceWithoutPhonemes() throws {
        let sentences = try frontEnd.all(ssml: "<break time='2s'/><mark name='m'/>")
        #expect(
            sentences == [
                SpokenSentence(
                    text: "", phonemes: [], pauseAfter: 2, isPauseGiven: true,
                    marks: [.init(name: "m", phonemeIndex: 0)])
            ])
    }

    @Test func warnsOfWhatItIgnores() throws {
        let ssml = "<speak>\n<amazon:effect>a</amazon:effect>\n<prosody contour='x' rate='2'>b</prosody></speak>"
        let sentences = try frontEnd.sentences(ofSSML: ssml)
        #expect(
            sentences.warnings.map(\.position) == [
                TextPosition(line: 2, column: 1), TextPosition(line: 3, column: 10),
            ])
    }

    @Test(arguments: [
        ("<a/>", 1, 1), ("plain", 1, 1), ("", 1, 1), ("<speak/><speak/>", 1, 9), ("<speak/>x", 1, 9),
        ("<speak>\n<p>", 2, 1),
        ("<speak>\n  <phoneme ph='??'>x</phoneme></speak>", 2, 12), ("<speak><mark/></speak>", 1, 8),
        ("<speak><phoneme alphabet='sampa' ph='a'/></speak>", 1, 34),
    ])
    func saysWhereItIsInvalid(ssml: String, line: Int, column: Int) throws {
        let error = #expect(throws: PhonemeError.self) { _ = try frontEnd.sentences(ofSSML: ssml) }
        #expect(error?.position == TextPosition(line: line, column: column), "\(String(describing: error))")
    }

    @Test(arguments: [
        ("<speak>a <b>c</speak> d", "^a c d$"), ("a <foo b", "^a foo b$"), ("plain", "^plain$"),
        ("<speak><prosody rate='odd'>a</prosody> b</speak>", "^a b$"), ("<!DOCTYPE x><speak>a</speak>", "^a$"),
        ("<", ""),
        ("<speak><phoneme ph='?'>a</phoneme></speak>", "^a$"), ("<speak><sub>a</sub></speak>", "^a$"),
    ])
    func lenientlySpeaksAnyway(text: String, expected: String) throws {
        var sentences = try frontEnd.sentences(ofSSML: text, isLenient: true)
        #expect(!sentences.warnings.isEmpty)
        var written = ""
        while let sentence = try sentences.next() { written += sentence.written }
        #expect(written == expected)
    }
}
