import Testing

@testable import hearsay

/// Where long texts become several requests.
@Suite struct TextPartsTests {
    /// The text in the parts that it is cut into when it arrives in blocks of this size.
    private func parts(_ text: String, length: Int, block: Int) -> [String] {
        var parts = TextParts(length: length)
        var result = [[UInt8]()]
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let bytes = rest.prefix(block)
            let cut = parts.cut(bytes) ?? bytes.startIndex
            let isCut = cut > bytes.startIndex
            result[result.count - 1] += isCut ? bytes[..<cut] : bytes
            if isCut { result.append(Array(bytes[cut...])) }
            rest = rest.dropFirst(block)
        }
        return result.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [1, 3, 7, 16]) func paragraphsAreKeptWhole(block: Int) {
        let text = "One two three.\n\nFour five six.\n\nSeven."
        let parts = parts(text, length: 8, block: block)
        #expect(parts.joined() == text)
        #expect(parts == ["One two three.\n\n", "Four five six.\n\n", "Seven."])
    }

    @Test func withoutParagraphsSentencesThenLinesThenWordsEnd() {
        let sentences = String(repeating: "Some words here. ", count: 20)
        #expect(parts(sentences, length: 20, block: 5).dropLast().allSatisfy { $0.hasSuffix(". ") })
        let words = String(repeating: "word ", count: 200)
        let cut = parts(words, length: 20, block: 5)
        #expect(cut.joined() == words && cut.allSatisfy { $0.utf8.count <= 5 * 20 } && cut.count > 5)
    }
}
