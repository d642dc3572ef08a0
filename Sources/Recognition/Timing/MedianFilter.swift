/// Median over a sliding window of 7 values, the edges reflected without repeating the edge itself.
///
/// Rows of 3 values or fewer stay as they are, as in the reference. Not-a-numbers count as larger than every number.
struct MedianFilter: Sendable {
    private static let radius = 3

    /// The filtered row, as long as the given one.
    func callAsFunction(_ row: [Float]) -> [Float] {
        var filtered = row
        var padded: [Float] = []
        filtered.withUnsafeMutableBufferPointer { apply(to: $0, padded: &padded) }
        return filtered
    }

    /// Filters a row in place. `padded` is memory to work in, kept between rows.
    func apply(to row: UnsafeMutableBufferPointer<Float>, padded: inout [Float]) {
        let count = row.count
        let radius = Self.radius
        guard count > radius else { return }
        if padded.count != count + 2 * radius {
            padded = [Float](repeating: 0, count: count + 2 * radius)
        }
        padded.withUnsafeMutableBufferPointer { padded in
            for position in 0..<count {
                padded[position + radius] = row[position].isNaN ? .infinity : row[position]
            }
            for distance in 1...radius {
                padded[radius - distance] = padded[radius + distance]
                padded[radius + count - 1 + distance] = padded[radius + count - 1 - distance]
            }
            for position in 0..<count {
                row[position] = Self.median(padded, position)
            }
        }
        for position in 0..<count where row[position] == .infinity {
            row[position] = .nan
        }
    }

    /// Median of seven values by a selection network of thirteen exchanges, without branches.
    @inline(__always)
    private static func median(_ values: UnsafeMutableBufferPointer<Float>, _ first: Int) -> Float {
        var (a, b, c, d) = (values[first], values[first + 1], values[first + 2], values[first + 3])
        var (e, f, g) = (values[first + 4], values[first + 5], values[first + 6])
        order(&a, &f)
        order(&a, &d)
        order(&b, &g)
        order(&c, &e)
        order(&a, &b)
        order(&d, &f)
        order(&c, &g)
        order(&c, &d)
        order(&d, &g)
        order(&e, &f)
        order(&b, &e)
        order(&b, &d)
        order(&d, &e)
        return d
    }

    @inline(__always)
    private static func order(_ low: inout Float, _ high: inout Float) {
        let (left, right) = (low, high)
        low = right < left ? right : left
        high = right < left ? left : right
    }
}
