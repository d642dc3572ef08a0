/// Median over a sliding window of odd width, the edges reflected without repeating the edge itself.
///
/// Rows that are not longer than half the width stay as they are, as in the reference.
struct MedianFilter: Sendable {
    /// Half of the width, rounded down: 3 for 7.
    let radius: Int

    /// - Parameter width: an odd number of values, 7 in the reference.
    init(width: Int = 7) {
        radius = width / 2
    }

    /// Filters one row in place.
    func apply(to row: inout [Float]) {
        let count = row.count
        guard count > radius, radius > 0 else { return }
        let padded = (-radius..<count + radius).map { position in
            let reflected = abs(position)
            return row[reflected < count ? reflected : 2 * (count - 1) - reflected]
        }
        let width = 2 * radius + 1
        // The window stays sorted while it slides: one value leaves, one comes in.
        var sorted = padded[0..<width].sorted(by: Self.ascending)
        row[0] = sorted[radius]
        for position in 1..<count {
            Self.remove(padded[position - 1], from: &sorted)
            Self.insert(padded[position + width - 1], into: &sorted)
            row[position] = sorted[radius]
        }
    }

    /// NaN sorts behind every number, so that broken scores cannot break the order.
    private static func ascending(_ left: Float, _ right: Float) -> Bool {
        left < right || (right.isNaN && !left.isNaN)
    }

    private static func remove(_ value: Float, from sorted: inout [Float]) {
        let position = sorted.firstIndex { $0 == value || ($0.isNaN && value.isNaN) }
        sorted.remove(at: position ?? sorted.count - 1)
    }

    private static func insert(_ value: Float, into sorted: inout [Float]) {
        let position = sorted.firstIndex { ascending(value, $0) }
        sorted.insert(value, at: position ?? sorted.count)
    }
}
