/// Raw log-mel frames of those parts of a recording that may still be asked for.
///
/// Frames arrive in order and are dropped as soon as they lie before the released frame or outside of the needed parts,
/// so that what is held depends on the window and not on the recording.
struct MelFrameStore {
    let melBins: Int
    /// Frames appended so far, held or not.
    private(set) var count = 0

    /// Frames `framesPerBlock * key` and on, `[frames, melBins]`.
    private var blocks: [Int: [Float]] = [:]
    private var firstHeld = 0
    private let needed: [Range<Int>]

    static let framesPerBlock = 500

    /// - Parameter needed: the parts that will be asked for; nil for all.
    init(melBins: Int, needed: [Range<Int>]? = nil) {
        self.melBins = melBins
        self.needed = needed ?? [0..<Int.max]
    }

    /// Frames in memory.
    var heldFrames: Int {
        blocks.values.reduce(0) { $0 + $1.count / melBins }
    }

    /// Appends frames `[frames, melBins]`.
    mutating func append(_ values: [Float]) {
        var start = 0
        while start < values.count {
            let block = count / Self.framesPerBlock
            let blockEnd = (block + 1) * Self.framesPerBlock
            let end = min(values.count, start + (blockEnd - count) * melBins)
            if isNeeded(block) {
                blocks[block, default: Self.emptyBlock(melBins)].append(contentsOf: values[start..<end])
            }
            count += (end - start) / melBins
            start = end
        }
    }

    /// Forgets what lies before `frame`, now and when it comes.
    mutating func release(before frame: Int) {
        guard frame > firstHeld else { return }
        firstHeld = frame
        for block in blocks.keys where !isNeeded(block) {
            blocks[block] = nil
        }
    }

    /// Copies frames `from ..< from + count` to `output`, `[count, melBins]`.
    ///
    /// - Returns: false if one of them is not held or does not fit.
    func copy(from: Int, count: Int, into output: UnsafeMutableBufferPointer<Float>) -> Bool {
        guard from >= 0, count >= 0, count <= self.count - from, count * melBins <= output.count else { return false }
        var frame = from
        while frame < from + count {
            let block = frame / Self.framesPerBlock
            let end = min(from + count, (block + 1) * Self.framesPerBlock)
            let first = (frame - block * Self.framesPerBlock) * melBins
            let values = (end - frame) * melBins
            guard let held = blocks[block], first + values <= held.count else { return false }
            let target = UnsafeMutableBufferPointer(rebasing: output[((frame - from) * melBins)...])
            _ = target.update(fromContentsOf: held[first..<first + values])
            frame = end
        }
        return true
    }

    /// With all its room from the start: growing by doubling would leave half of it unused.
    private static func emptyBlock(_ melBins: Int) -> [Float] {
        var block: [Float] = []
        block.reserveCapacity(framesPerBlock * melBins)
        return block
    }

    private func isNeeded(_ block: Int) -> Bool {
        let range = block * Self.framesPerBlock..<(block + 1) * Self.framesPerBlock
        return range.upperBound > firstHeld && needed.contains { $0.overlaps(range) }
    }
}
