import Phonemes
@_spi(_Unicode) import Swift

/// A sentence as a Piper voice reads it: code points of the decomposed IPA, each followed by the padding symbol.
struct PiperPhonemes {
    /// Numbers of the symbols.
    private(set) var ids: [Int] = []
    /// For each of `ids`, the index of the sentence's phoneme that it belongs to.
    private(set) var origins: [Int] = []

    private static let padding = "_", beginning = "^", end = "$"
    /// Behind these, Piper's training data have a space where another clause follows.
    private static let clauseEnds: Set<String> = [",", ";", ":", ".", "?", "!", "-", "…"]

    init(_ sentence: SpokenSentence, _ configuration: PiperConfiguration) {
        let padding = configuration.phonemeIds[Self.padding] ?? []
        let last = max(0, sentence.phonemes.count - 1)
        append(configuration.phonemeIds[Self.beginning] ?? [], 0)
        append(padding, 0)
        for (symbol, origin) in Self.symbols(of: sentence, configuration) {
            guard let numbers = Self.numbers(of: symbol, configuration) else { continue }
            append(numbers, origin)
            append(padding, origin)
        }
        append(configuration.phonemeIds[Self.end] ?? [], last)
    }

    private mutating func append(_ numbers: [Int], _ origin: Int) {
        ids += numbers
        origins += repeatElement(origin, count: numbers.count)
    }

    private static func numbers(of symbol: String, _ configuration: PiperConfiguration) -> [Int]? {
        if let numbers = configuration.phonemeIds[symbol] { return numbers }
        if symbol == "…" { return configuration.phonemeIds["."] }
        return configuration.phonemeType == .text ? configuration.phonemeIds[symbol.lowercased()] : nil
    }

    private static func symbols(
        of sentence: SpokenSentence, _ configuration: PiperConfiguration
    ) -> [(symbol: String, origin: Int)] {
        var symbols: [(symbol: String, origin: Int)] = []
        func append(_ text: String, _ origin: Int) {
            for scalar in text._nfd {
                let symbol = String(scalar)
                for replacement in configuration.phonemeMap[symbol] ?? [symbol] {
                    symbols.append((replacement, origin))
                }
            }
        }
        switch configuration.phonemeType {
        case .text: append(sentence.text, 0)
        case .espeak:
            for (index, phoneme) in sentence.phonemes.enumerated() {
                guard phoneme != .beginning, phoneme != .end else { continue }
                append(phoneme.description, index)
                let next = index + 1 < sentence.phonemes.count ? sentence.phonemes[index + 1] : .end
                if clauseEnds.contains(phoneme.symbol), next != .end, next != .wordBoundary { append(" ", index) }
            }
        }
        return merged(symbols, configuration.vowelClusters)
    }

    /// Joins vowels that the voice knows as one phoneme.
    private static func merged(
        _ symbols: [(symbol: String, origin: Int)], _ clusters: [[String]]
    ) -> [(symbol: String, origin: Int)] {
        guard !clusters.isEmpty else { return symbols }
        var result: [(symbol: String, origin: Int)] = []
        var at = 0
        while at < symbols.count {
            let cluster = clusters.first { cluster in
                at + cluster.count <= symbols.count
                    && cluster.indices.allSatisfy { symbols[at + $0].symbol == cluster[$0] }
            }
            result.append((cluster?.joined() ?? symbols[at].symbol, symbols[at].origin))
            at += cluster?.count ?? 1
        }
        return result
    }
}
