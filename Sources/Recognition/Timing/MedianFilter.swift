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

    /// The filtered row, as long as the given one.
    func callAsFunction(_ row: ArraySlice<Float>) -> [Float] {
        let count = row.count
        let row = Array(row)
        guard count > radius, radius > 0 else { return row }
        let width = 2 * radius + 1
        var padded = [Float](repeating: 0, count: count + 2 * radius)
        for position in -radius..<count + radius {
            let reflected = abs(position)
            padded[position + radius] = row[reflected < count ? reflected : 2 * (count - 1) - reflected]
        }
        var filtered = row
        padded.withUnsafeBufferPointer { padded in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { sorted in
                for position in 0..<count {
                    sort(padded[position..<position + width], into: sorted)
                    filtered[position] = sorted[radius]
                }
            }
        }
        return filtered
    }

    /// Insertion sort of a few values. Not-a-numbers go last, so that broken scores cannot break the order.
    private func sort(_ values: Slice<UnsafeBufferPointer<Float>>, into sorted: UnsafeMutableBufferPointer<Float>) {
        var count = 0
        for value in values {
            var position = count
            while position > 0, value < sorted[position - 1] || (sorted[position - 1].isNaN && !value.isNaN) {
                sorted[position] = sorted[position - 1]
                position -= 1
            }
            sorted[position] = value
            count += 1
        }
    }
}
