/// The cheapest monotonic path through a cost matrix, from its first to its last corner, in steps of one row, one
/// column or both (Sakoe and Chiba 1978).
///
/// Costs are added in double and kept in single precision and ties are broken as in the reference, so that the same
/// path comes out.
enum DynamicTimeWarping {
    /// The path's cells in order: row `rows[i]`, column `columns[i]`. Costs that are no numbers can lead it out of the
    /// matrix: to −1, before the first column.
    struct Path: Sendable, Equatable {
        var rows: [Int]
        var columns: [Int]
    }

    private enum Step {
        static let both: UInt8 = 0
        static let row: UInt8 = 1
        static let column: UInt8 = 2
    }

    /// - Parameter cost: `[rowCount, columnCount]`.
    static func path(cost: [Float], rowCount: Int, columnCount: Int) -> Path {
        guard rowCount > 0, columnCount > 0, cost.count >= rowCount * columnCount else {
            return Path(rows: [], columns: [])
        }
        let steps = steps(cost, rowCount, columnCount)
        var path = Path(rows: [], columns: [])
        var row = rowCount
        var column = columnCount
        while row > 0 || column > 0 {
            path.rows.append(row - 1)
            path.columns.append(column - 1)
            let step = row == 0 ? Step.column : column == 0 ? Step.row : steps[row * (columnCount + 1) + column]
            if step != Step.column { row -= 1 }
            if step != Step.row { column -= 1 }
        }
        path.rows.reverse()
        path.columns.reverse()
        return path
    }

    /// By which step each cell is reached most cheaply, `[rowCount + 1, columnCount + 1]`; row and column 0 stand
    /// before the matrix.
    private static func steps(_ cost: [Float], _ rowCount: Int, _ columnCount: Int) -> [UInt8] {
        let width = columnCount + 1
        var steps = [UInt8](repeating: Step.both, count: (rowCount + 1) * width)
        var above = [Float](repeating: .infinity, count: width)
        above[0] = 0
        var current = above
        steps.withUnsafeMutableBufferPointer { steps in
            for row in 1...rowCount {
                current[0] = .infinity
                for column in 1...columnCount {
                    let both = above[column - 1]
                    let byRow = above[column]
                    let byColumn = current[column - 1]
                    let best: Float
                    if both < byRow, both < byColumn {
                        (best, steps[row * width + column]) = (both, Step.both)
                    } else if byRow < both, byRow < byColumn {
                        (best, steps[row * width + column]) = (byRow, Step.row)
                    } else {
                        (best, steps[row * width + column]) = (byColumn, Step.column)
                    }
                    let own = Double(cost[(row - 1) * columnCount + column - 1])
                    current[column] = Float(own + Double(best))
                }
                swap(&above, &current)
            }
        }
        return steps
    }
}
