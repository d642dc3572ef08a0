/// Merges a letter with the combining mark after it (`e` + U+0301 = `é`): phonemizers know only the merged form.
enum LetterComposition {
    /// The one scalar that is canonically equal to `base` followed by `mark`; nil where there is none.
    static func composed(_ base: Unicode.Scalar, _ mark: Unicode.Scalar) -> Unicode.Scalar? {
        guard mark.value >= 0x300, mark.value < 0x370, base.isLetter else { return nil }
        var pair = String.UnicodeScalarView()
        pair.append(base)
        pair.append(mark)
        return table[String(pair)]
    }

    /// Letters of the Latin, Greek and Cyrillic blocks, found by canonical equivalence, which is how strings compare.
    private static let table: [String: Unicode.Scalar] = {
        var table: [String: Unicode.Scalar] = [:]
        let blocks: [ClosedRange<UInt32>] = [0xC0...0x24F, 0x386...0x3CE, 0x400...0x4FF, 0x1E00...0x1EFF]
        for value in blocks.joined() {
            guard let scalar = Unicode.Scalar(value), scalar.isLetter else { continue }
            table[String(scalar)] = scalar
        }
        return table
    }()
}
