internal import Glibc

/// The cells of time and frequency whose loudness carries the mark. Both the one who marks and the one who looks use
/// these numbers; other numbers are another mark.
enum MarkGrid {
    static let cellSeconds = 0.064
    /// Cells after which the pattern begins again: 2.05 s.
    static let period = 32
    static let bands = 60
    /// Hz. What telephones pass carries two thirds of the bands.
    static let lowest = 300.0
    static let highest = 7_000.0
    /// A chip raises one band and lowers the one above it, or the other way round: speech itself seldom does that from
    /// one narrow band to the next, and the loudness as a whole stays what it is.
    static let chipsPerCell = bands / 2
    static let chips = period * chipsPerCell

    /// Where a frequency lies among the bands, band b being b ..< b + 1.
    static func band(hertz: Double) -> Double {
        Double(bands) * log(max(hertz, 1) / lowest) / log(highest / lowest)
    }

    /// The lower edge of a band, in Hz.
    static func edge(band: Double) -> Double {
        lowest * pow(highest / lowest, band / Double(bands))
    }

    /// The two cells between which a place lies, centres being at halves, and how much the upper one counts: cells are
    /// even in their middle and go over smoothly into their neighbours.
    static func blend(_ place: Double) -> (lower: Int, weight: Float) {
        let centred = place - 0.5
        let lower = centred.rounded(.down)
        let step = min(max((centred - lower - 0.5) / softness + 0.5, 0), 1)
        return (Int(lower), Float(step * step * (3 - 2 * step)))
    }

    /// The part of a cell's length in which it goes over into the next.
    private static let softness = 0.5
}
