/// A run of frames in memory that something else owns.
public struct FrameRows {
    /// `[frames, channels]`
    public let pointer: UnsafePointer<Float>
    public let frames: Int

    public init(pointer: UnsafePointer<Float>, frames: Int) {
        self.pointer = pointer
        self.frames = frames
    }
}

/// ConvNeXt blocks one after another, fed in pieces: each block keeps the frames that its convolution still needs, so
/// the pieces' results joined are the result of the whole, with zeros beyond both ends of every block's input.
///
/// A block's output runs span / 2 frames behind its input. Not thread-safe; the blocks are shared.
public final class ConvNeXtStream {
    private let blocks: [ConvNeXtBlock]
    private let queues: [FrameQueue]
    private let pool: ThreadPool
    private let workspace = ConvNeXtWorkspace()
    private var output = FloatBuffer(count: 0)
    private let channels: Int

    /// Frames that must follow an input frame before its output appears.
    public var lookAhead: Int { blocks.reduce(0) { $0 + $1.convolution.span / 2 } }

    /// - Precondition: all blocks have `channels` channels.
    public init(_ blocks: [ConvNeXtBlock], channels: Int, on pool: ThreadPool) {
        precondition(blocks.allSatisfy { $0.channels == channels })
        self.blocks = blocks
        self.channels = channels
        self.pool = pool
        queues = blocks.map {
            FrameQueue(channels: channels, span: $0.convolution.span, after: $0.convolution.span / 2)
        }
    }

    /// Where the caller writes `frames` frames `[frames, channels]` before it calls ``advance()``.
    public func extend(by frames: Int) -> UnsafeMutablePointer<Float> {
        if let first = queues.first { return first.extend(by: frames) }
        if output.count < frames * channels { output = FloatBuffer(count: frames * channels) }
        passed = frames
        return output.pointer
    }

    private var passed = 0

    /// Takes what was written behind ``extend(by:)`` through the blocks; the result is valid until the next call.
    public func advance() -> FrameRows { run(isEnding: false) }

    /// Ends the signal and gives the frames that are left. The next frame begins a new signal.
    public func finish() -> FrameRows {
        defer { for queue in queues { queue.reset() } }
        return run(isEnding: true)
    }

    /// Takes a whole signal `[frames, channels]` through the blocks, in place; nothing may be pending.
    public func transform(_ signal: UnsafeMutablePointer<Float>, frames: Int) {
        let piece = 128
        var (read, written) = (0, 0)
        func store(_ rows: FrameRows) {
            (signal + written * channels).update(from: rows.pointer, count: rows.frames * channels)
            written += rows.frames
        }
        while read < frames {
            let count = min(piece, frames - read)
            extend(by: count).update(from: signal + read * channels, count: count * channels)
            read += count
            store(advance())
        }
        store(finish())
    }

    private func run(isEnding: Bool) -> FrameRows {
        guard !blocks.isEmpty else {
            defer { passed = 0 }
            return FrameRows(pointer: output.pointer, frames: passed)
        }
        var ready = 0
        for (index, block) in blocks.enumerated() {
            let queue = queues[index]
            if isEnding { queue.end() }
            ready = queue.ready
            guard ready > 0 || isEnding else { break }
            guard ready > 0 else { continue }
            let target = index + 1 < blocks.count ? queues[index + 1].extend(by: ready) : reserveOutput(ready)
            block(queue.frames, frames: ready, into: target, workspace: workspace, on: pool)
            queue.drop(ready)
        }
        return FrameRows(pointer: output.pointer, frames: ready)
    }

    private func reserveOutput(_ frames: Int) -> UnsafeMutablePointer<Float> {
        if output.count < frames * channels { output = FloatBuffer(count: frames * channels) }
        return output.pointer
    }
}
