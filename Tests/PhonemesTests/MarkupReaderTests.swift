import Testing

@testable import Phonemes

@Suite struct MarkupReaderTests {
    private func events(_ text: String) throws -> [MarkupReader.Event] {
        var reader = try MarkupReader(text)
        var events: [MarkupReader.Event] = []
        while events.last != .finished { events.append(try reader.read()) }
        return events
    }

    @Test func readsElementsAttributesAndText() throws {
        let events = try events("<a x = '1' y:z=\"&lt;&#65;&#x42;\n\"><b/>t &amp; u</a >")
        let attributes = [
            MarkupReader.Attribute(name: "x", value: "1", offset: 3),
            MarkupReader.Attribute(name: "y:z", value: "<AB ", offset: 11),
        ]
        #expect(
            events == [
                .start(name: "a", attributes: attributes), .start(name: "b", attributes: []), .end(name: "b"),
                .text("t & u"), .end(name: "a"), .finished,
            ])
    }

    @Test func skipsWhatIsNotForItAndKeepsCharacterData() throws {
        let events = try events("\u{FEFF}<?xml version='1.0'?><!-- <b> --><a><![CDATA[<&]]><![CDATA[]]><!----></a>")
        #expect(events == [.start(name: "a", attributes: []), .text("<&"), .end(name: "a"), .finished])
    }

    @Test(arguments: [
        ("<a>", 1, 1, "never closed"),
        ("<a>\n  <b></a>", 2, 6, "<b> of line 2, column 3 must be closed first"),
        ("</a>", 1, 1, "closes nothing"),
        ("<a>ä&</a>", 1, 5, "must be written &amp;"),
        ("<a>&nbsp;</a>", 1, 4, "not known"),
        ("<a>&#0;</a>", 1, 4, "not known"),
        ("<a>&#xD800;</a>", 1, 4, "not known"),
        ("<a>&#x110000;</a>", 1, 4, "not known"),
        ("<a>&#+65;</a>", 1, 4, "not known"),
        ("<a>&#99999999999999;</a>", 1, 4, "not known"),
        ("<a x=1/>", 1, 6, "in quotes"),
        ("<a x/>", 1, 5, "needs '='"),
        ("<a x='1'y='2'/>", 1, 9, "a space before"),
        ("<a x='1' x='2'/>", 1, 10, "two attributes"),
        ("<a x='<'/>", 1, 7, "&lt;"),
        ("<a x='1", 1, 4, "no closing quote"),
        ("<a\r\n\r x", 3, 3, "needs '='"),
        ("<a ", 1, 1, "not finished"),
        ("<a", 1, 1, "not finished"),
        ("<foo", 1, 1, "not finished"),
        ("a < b", 1, 4, "&lt;"),
        ("<a></a", 1, 4, "not finished"),
        ("<a><1/></a>", 1, 5, "an element's name"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", 1, 1, "not allowed"),
        ("<a><!-- </a>", 1, 4, "does not end"),
        ("<a><![CDATA[ </a>", 1, 4, "does not end"),
        ("<?xml", 1, 1, "does not end"),
    ])
    func saysWhereItBreaks(text: String, line: Int, column: Int, message: String) throws {
        let error = #expect(throws: PhonemeError.self) { _ = try events(text) }
        #expect(error?.code == .ssmlInvalid)
        #expect(error?.position == TextPosition(line: line, column: column), "\(String(describing: error))")
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test func limitsDepthAttributesNamesAndSize() throws {
        func nested(_ count: Int) -> String {
            String(repeating: "<a>", count: count) + String(repeating: "</a>", count: count)
        }
        func attributes(_ count: Int) -> String {
            "<a" + (0..<count).map { " x\($0)=''" }.joined() + "/>"
        }
        #expect(try events(nested(MarkupReader.deepest)).count == 2 * MarkupReader.deepest + 1)
        #expect(try events(attributes(MarkupReader.mostAttributes)).count == 3)
        let tooMuch = [
            nested(MarkupReader.deepest + 1), nested(10_000), attributes(MarkupReader.mostAttributes + 1),
            "<\(String(repeating: "n", count: 101))/>",
        ]
        for text in tooMuch {
            let error = #expect(throws: PhonemeError.self) { _ = try events(text) }
            #expect(error?.code == .ssmlInvalid)
        }
        let error = #expect(throws: PhonemeError.self) {
            _ = try events(String(repeating: "a", count: MarkupReader.longest + 1))
        }
        #expect(error?.code == .textTooLong)
    }
}
