import Testing

@testable import Tensors

/// Convolutions and ConvNeXt blocks against plain formulas, and pieces against the whole.
@Suite struct ConvNeXtTests {
    static func block(_ channels: Int, _ hidden: Int, dilation: Int, seed: UInt64, scaled: Bool) throws -> ConvNeXtBlock
    {
        let weights = { (count: Int, offset: UInt64) in randomFloats(count, seed: seed + offset).map { $0 * 0.4 } }
        let expand = try #require(WeightMatrix(copying: weights(hidden * channels, 4), rows: hidden, columns: channels))
        let contract = try #require(
            WeightMatrix(copying: weights(hidden * channels, 6), rows: channels, columns: hidden))
        let convolution = try #require(
            DepthwiseConvolution(
                weight: weights(channels * 7, 0), bias: weights(channels, 1), channels: channels, taps: 7,
                dilation: dilation))
        let norm = try #require(
            LayerNorm(gain: weights(channels, 2), bias: weights(channels, 3), epsilon: ConvNeXtBlock.normEpsilon))
        let wide = try #require(Linear(weight: expand, bias: weights(hidden, 5)))
        let narrow = try #require(Linear(weight: contract, bias: weights(channels, 7)))
        return try #require(
            ConvNeXtBlock(
                convolution: convolution, norm: norm, expand: wide, contract: narrow,
                scale: scaled ? weights(channels, 8) : nil))
    }

    @Test(arguments: [1, 3, 16, 200]) func piecesEqualTheWhole(piece: Int) throws {
        let pool = try #require(ThreadPool(threads: 2))
        let channels = 24
        let blocks = [
            try Self.block(channels, 40, dilation: 1, seed: 1, scaled: true),
            try Self.block(channels, 56, dilation: 3, seed: 2, scaled: false),
        ]
        for frames in [1, 5, 150] {
            let signal = randomFloats(frames * channels, seed: 3)
            var whole = signal
            ConvNeXtStream(blocks, channels: channels, on: pool).transform(&whole, frames: frames)
            let stream = ConvNeXtStream(blocks, channels: channels, on: pool)
            #expect(stream.lookAhead == 12)
            for _ in 0..<2 {
                var pieces: [Float] = []
                func take(_ rows: FrameRows) {
                    pieces.append(contentsOf: UnsafeBufferPointer(start: rows.pointer, count: rows.frames * channels))
                }
                for first in stride(from: 0, to: frames, by: piece) {
                    let count = min(piece, frames - first)
                    signal.withUnsafeBufferPointer { signal in
                        guard let base = signal.baseAddress else { return }
                        stream.extend(by: count).update(from: base + first * channels, count: count * channels)
                    }
                    take(stream.advance())
                }
                take(stream.finish())
                #expect(pieces.count == whole.count)
                #expect(zip(pieces, whole).allSatisfy { abs($0 - $1) < 1e-5 })
            }
        }
    }

    @Test func noBlocksPassFramesOn() throws {
        let pool = try #require(ThreadPool(threads: 1))
        let signal = randomFloats(300, seed: 4)
        var copy = signal
        ConvNeXtStream([], channels: 2, on: pool).transform(&copy, frames: 150)
        #expect(copy == signal)
    }

    @Test func layersRefuseWhatDoesNotFit() {
        #expect(DepthwiseConvolution(weight: [1, 2, 3], bias: nil, channels: 2, taps: 2) == nil)
        #expect(DepthwiseConvolution(weight: [1, 2, 3, 4], bias: [1], channels: 2, taps: 2) == nil)
        #expect(DepthwiseConvolution(weight: [], bias: nil, channels: 0, taps: 2) == nil)
        #expect(DepthwiseConvolution(weight: [1, 2], bias: nil, channels: 2, taps: 1, dilation: 0) == nil)
    }
}
