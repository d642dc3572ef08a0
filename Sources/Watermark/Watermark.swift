/// A mark that synthetic speech bears: nobody hears it, ``WatermarkDetector`` finds it.
///
/// Bands a semitone wide are made up to 2.4 dB louder or softer for 64 ms each, by a pattern that the keys
/// decide. A spread-spectrum mark in the logarithm of short-time magnitudes, as I. Cox et al., "Secure spread spectrum
/// watermarking for multimedia" (1997), after the manner of D. Kirovski and H. Malvar, "Spread-spectrum watermarking of
/// audio signals" (2003).
public struct Watermark: Sendable {
    /// What the key of this machine says in the mark, besides that it is there.
    public struct Payload: Sendable, Equatable {
        public enum Kind: UInt16, Sendable {
            /// A voice that came with hearsay, or one of Piper's.
            case stock = 0
            /// A copy of somebody's voice.
            case cloned = 1
        }

        /// Nil for one that this version does not know.
        public var kind: Kind? { Kind(rawValue: value >> 12) }
        /// Tells utterances apart: 12 bits.
        public var tag: UInt16 { value & 0xFFF }
        public let value: UInt16

        public init(_ kind: Kind, tag: UInt16) {
            value = kind.rawValue << 12 | tag & 0xFFF
        }

        init(value: UInt16) {
            self.value = value
        }
    }

    /// In dB, the strength of everyone's mark and of this machine's.
    private static let strengths: (everyones: Float, own: Float) = (1.4, 1)

    /// `[period, bands + 2]` in dB, a silent band at each end.
    let decibels: [Float]

    static let rowWidth = MarkGrid.bands + 2

    /// Everyone's mark, and that of `key` with a payload, if there is one.
    public init(key: WatermarkKey?, payload: Payload = Payload(.stock, tag: 0)) {
        let own = key.map { MarkPatterns.carrying(payload.value, $0) }
        decibels = Self.rows(Self.everyones) { place in
            Self.strengths.everyones * Self.everyones[place] + Self.strengths.own * (own?[place] ?? 0)
        }
    }

    private static let everyones = MarkPatterns.plain(.everyones)

    private static func rows(_ pattern: [Float], _ strength: (Int) -> Float) -> [Float] {
        var rows = [Float](repeating: 0, count: MarkGrid.period * rowWidth)
        for place in pattern.indices {
            let (cell, pair) = place.quotientAndRemainder(dividingBy: MarkGrid.chipsPerCell)
            let decibels = strength(place)
            rows[cell * rowWidth + 1 + 2 * pair] = decibels
            rows[cell * rowWidth + 2 + 2 * pair] = -decibels
        }
        return rows
    }
}
