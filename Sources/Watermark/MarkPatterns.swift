/// What a key's marks look like: `[period, chipsPerCell]` numbers ±1.
enum MarkPatterns {
    /// The one pattern of a key that says only that the mark is there.
    static func plain(_ key: WatermarkKey) -> [Float] { key.chips(MarkGrid.chips, number: 0) }

    /// Values of one half of a payload.
    static let symbols = 256
    /// Chips of one half: those of every other cell of time.
    static let halfChips = MarkGrid.chips / 2

    /// The pattern of one half of a payload, `[period / 2, chipsPerCell]`.
    static func half(_ half: Int, symbol: Int, _ key: WatermarkKey) -> [Float] {
        key.chips(halfChips, number: UInt32(1 + half * symbols + symbol))
    }

    /// The pattern that carries a payload: its upper byte in even cells of time, its lower byte in odd ones. Each payload
    /// is another pattern, so that adding up many recordings of different payloads does not bring one out.
    static func carrying(_ payload: UInt16, _ key: WatermarkKey) -> [Float] {
        let halves = [
            half(0, symbol: Int(payload >> 8), key), half(1, symbol: Int(payload & 0xFF), key),
        ]
        let width = MarkGrid.chipsPerCell
        var chips: [Float] = []
        chips.reserveCapacity(MarkGrid.chips)
        for cell in 0..<MarkGrid.period {
            let start = cell / 2 * width
            chips += halves[cell % 2][start..<start + width]
        }
        return chips
    }
}
