internal import CKernels
internal import Glibc

/// What the cells of a recording say about each chip of a period, freed from what speech itself would say.
///
/// Speech changes little from one cell to the next, so each cell is compared with its neighbours in time and frequency:
/// once to find what is unexpected in it, clipped so that no single cell decides, and once more, as the matched filter of a
/// mark that went through the same comparison.
struct MarkStatistic {
    /// `[period, chipsPerCell]`
    private(set) var chips: [Float]
    /// √Σ chip²
    private(set) var norm: Float

    /// How much of a neighbour a cell is expected to share: what best predicts read speech.
    private static let expectation: (time: Float, frequency: Float) = (0.21, 0.34)
    /// In mean magnitudes of the band.
    private static let limit: Float = 2

    /// - Parameter loudness: `[cells, bands]`, in dB.
    init(loudness: [Float]) {
        let bands = MarkGrid.bands
        let cells = loudness.count / bands
        var values = Self.surprise(loudness, cells)
        Self.clip(&values, cells)
        values = Self.surprise(values, cells)
        var chips = [Float](repeating: 0, count: MarkGrid.chips)
        for cell in 0..<cells {
            let target = cell % MarkGrid.period * MarkGrid.chipsPerCell
            for pair in 0..<MarkGrid.chipsPerCell {
                let place = cell * bands + 2 * pair
                chips[target + pair] += values[place] - values[place + 1]
            }
        }
        self.chips = chips
        norm = Self.norm(chips)
    }

    private static func norm(_ chips: [Float]) -> Float { product(chips, chips).squareRoot() }

    /// Σ a · b, of arrays of one length.
    static func product(_ a: [Float], _ b: [Float]) -> Float { hk_dot(a, b, Int64(min(a.count, b.count))) }

    /// Each cell less what its neighbours let expect.
    private static func surprise(_ values: [Float], _ cells: Int) -> [Float] {
        let bands = MarkGrid.bands
        var across = values
        values.withUnsafeBufferPointer { values in
            across.withUnsafeMutableBufferPointer { across in
                for cell in 0..<cells {
                    let row = cell * bands
                    for band in 0..<bands {
                        let (below, above) = (values[row + max(band - 1, 0)], values[row + min(band + 1, bands - 1)])
                        across[row + band] -= expectation.frequency * (below + above)
                    }
                }
            }
        }
        var result = across
        across.withUnsafeBufferPointer { across in
            result.withUnsafeMutableBufferPointer { result in
                for cell in 0..<cells {
                    let (before, after) = (max(cell - 1, 0) * bands, min(cell + 1, cells - 1) * bands)
                    for band in 0..<bands {
                        result[cell * bands + band] -=
                            expectation.time * (across[before + band] + across[after + band])
                    }
                }
            }
        }
        return result
    }

    /// Makes all bands equally strong and cuts off what is far out.
    private static func clip(_ values: inout [Float], _ cells: Int) {
        let bands = MarkGrid.bands
        var means = [Float](repeating: 0, count: bands)
        for place in values.indices { means[place % bands] += values[place].magnitude }
        for band in means.indices { means[band] /= Float(max(cells, 1)) }
        for place in values.indices {
            let mean = means[place % bands]
            // A band that is empty, as above what a telephone passes, says nothing.
            values[place] = mean > 0.01 ? min(max(values[place] / mean, -limit), limit) : 0
        }
    }

    /// How well a pattern fits, if the recording began in each cell of the period.
    ///
    /// - Parameter pattern: `[2 · period, chipsPerCell]`: twice the same.
    /// - Returns: the best normalised correlation and its cell.
    func best(_ pattern: [Float]) -> (correlation: Float, cell: Int) {
        guard norm > 0 else { return (0, 0) }
        var best: (correlation: Float, cell: Int) = (-.infinity, 0)
        pattern.withUnsafeBufferPointer { pattern in
            guard let base = pattern.baseAddress else { return }
            for cell in 0..<MarkGrid.period {
                let correlation = hk_dot(chips, base + cell * MarkGrid.chipsPerCell, Int64(chips.count))
                if correlation > best.correlation { best = (correlation, cell) }
            }
        }
        return (best.correlation / norm, best.cell)
    }

    /// The same as if the recording had begun in the period's first cell, and freed from a known pattern in it.
    func aligned(to cell: Int, without pattern: [Float]) -> MarkStatistic {
        let width = MarkGrid.chipsPerCell
        var copy = self
        for index in chips.indices {
            copy.chips[(index + cell * width) % chips.count] = chips[index]
        }
        let share = Self.product(copy.chips, pattern) / Float(pattern.count)
        for index in pattern.indices { copy.chips[index] -= share * pattern[index] }
        copy.norm = Self.norm(copy.chips)
        return copy
    }

    /// The chips of even (0) or odd (1) cells of time.
    func half(_ half: Int) -> [Float] {
        let width = MarkGrid.chipsPerCell
        return (0..<MarkGrid.period / 2).flatMap { cell in
            let start = (2 * cell + half) * width
            return chips[start..<start + width]
        }
    }
}
