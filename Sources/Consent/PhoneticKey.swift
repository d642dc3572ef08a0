/// How a name sounds, roughly, whatever language it is of: letters of one sound are one symbol.
struct PhoneticKey {
    private let symbols: [Character]

    init(_ text: String) {
        var symbols: [Character] = []
        let letters = Array(text.lowercased().flatMap { Self.folded($0) })
        var index = 0
        while index < letters.count {
            let pair = index + 1 < letters.count ? String([letters[index], letters[index + 1]]) : ""
            let symbol: Character?
            if let known = Self.pairs[pair] {
                symbol = known
                index += 2
            } else {
                symbol = Self.symbol(letters, index)
                index += 1
            }
            // Doubled letters are one sound.
            if let symbol, symbols.last != symbol { symbols.append(symbol) }
        }
        self.symbols = symbols
    }

    /// 0 for the same sound, 1 for nothing in common.
    func distance(to other: PhoneticKey) -> Double {
        let longest = max(symbols.count, other.symbols.count)
        guard longest > 0 else { return 0 }
        var row = (0...other.symbols.count).map { Double($0) }
        for (index, symbol) in symbols.enumerated() {
            var next = [Double(index + 1)]
            for (place, wanted) in other.symbols.enumerated() {
                let change = row[place] + Self.cost(symbol, wanted)
                next.append(min(change, min(row[place + 1], next[place]) + 1))
            }
            row = next
        }
        return row[other.symbols.count] / Double(longest)
    }

    /// Vowels are the least certain part of a spelling.
    private static func cost(_ a: Character, _ b: Character) -> Double {
        if a == b { return 0 }
        return vowels.contains(a) && vowels.contains(b) ? 0.4 : 1
    }

    private static let vowels: Set<Character> = ["a", "e", "i", "o", "u"]

    private static let pairs: [String: Character] = [
        "ph": "f", "ck": "k", "sh": "S", "ch": "S", "sch": "S", "th": "t", "gh": "g", "wh": "w", "kn": "n", "wr": "r",
        "ee": "i", "ea": "i", "ie": "i", "ey": "i", "oo": "u", "ou": "u", "ei": "a", "ai": "a", "ay": "a",
    ]

    private static func symbol(_ letters: [Character], _ index: Int) -> Character? {
        switch letters[index] {
        case "c":
            index + 1 < letters.count && ["e", "i", "y"].contains(letters[index + 1]) ? "s" : "k"
        case "q": "k"
        case "x": "s"
        case "z": "s"
        case "v": "f"
        case "y": "i"
        case "j": "J"
        case "h": index == 0 ? "h" : nil
        default: letters[index]
        }
    }

    /// Latin letters without their marks; other scripts stay as they are.
    private static func folded(_ character: Character) -> [Character] {
        guard character.isLetter else { return [] }
        for (plain, marked) in marks where marked.contains(character) { return Array(plain) }
        return [character]
    }

    private static let marks: [(String, String)] = [
        ("a", "àáâãåā"), ("ae", "äæ"), ("c", "çćč"), ("e", "èéêëēęě"), ("i", "ìíîïī"), ("n", "ñńň"), ("o", "òóôõō"),
        ("oe", "öøœ"), ("s", "śšș"), ("ss", "ß"), ("u", "ùúûūů"), ("ue", "ü"), ("y", "ýÿ"), ("z", "źżž"), ("l", "ł"),
        ("r", "ř"), ("t", "țť"), ("d", "ďđð"), ("th", "þ"), ("g", "ğ"),
    ]
}
