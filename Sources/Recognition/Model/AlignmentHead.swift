/// A head of the decoder's cross-attention.
public struct AlignmentHead: Sendable, Hashable {
    public let layer: Int
    public let head: Int

    /// The heads to use for a model whose files name none: those published with the public model of the same shape (a
    /// ggml file has no field for them), else every head of the upper half of the layers, the reference's choice.
    static func standard(for dimensions: ModelDimensions) -> [AlignmentHead] {
        let multilingual = dimensions.vocabularySize >= 51_865
        for known in published
        where known.shape == [dimensions.audioLayers, dimensions.textLayers, dimensions.textState]
            && known.melBins == dimensions.melBins && known.multilingual == multilingual
            && dimensions.vocabularySize >= 51_864 && dimensions.textHeads * publishedHeadWidth == dimensions.textState
        {
            return known.heads.map { AlignmentHead(layer: $0.0, head: $0.1) }
        }
        return (dimensions.textLayers / 2..<dimensions.textLayers).flatMap { layer in
            (0..<dimensions.textHeads).map { AlignmentHead(layer: layer, head: $0) }
        }
    }

    /// Width of each head of OpenAI's models. A file may share a model's sizes and have fewer, wider heads.
    private static let publishedHeadWidth = 64

    private struct Published {
        /// Encoder layers, decoder layers, width.
        let shape: [Int]
        let melBins: Int
        let multilingual: Bool
        let heads: [(Int, Int)]
    }

    /// What OpenAI measured for its models, tiny to large-v3 and turbo. large-v1 has large-v2's shape and cannot be told
    /// apart from it; large-v2 is the one that people use.
    private static let published: [Published] = [
        Published(
            shape: [4, 4, 384], melBins: 80, multilingual: false,
            heads: [(1, 0), (2, 0), (2, 5), (3, 0), (3, 1), (3, 2), (3, 3), (3, 4)]),
        Published(
            shape: [4, 4, 384], melBins: 80, multilingual: true,
            heads: [(2, 2), (3, 0), (3, 2), (3, 3), (3, 4), (3, 5)]),
        Published(
            shape: [6, 6, 512], melBins: 80, multilingual: false, heads: [(3, 3), (4, 7), (5, 1), (5, 5), (5, 7)]),
        Published(
            shape: [6, 6, 512], melBins: 80, multilingual: true,
            heads: [(3, 1), (4, 2), (4, 3), (4, 7), (5, 1), (5, 2), (5, 4), (5, 6)]),
        Published(
            shape: [12, 12, 768], melBins: 80, multilingual: false,
            heads: [
                (6, 6), (7, 0), (7, 3), (7, 8), (8, 2), (8, 5), (8, 7), (9, 0), (9, 4), (9, 8), (9, 10), (10, 0),
                (10, 1),
                (10, 2), (10, 3), (10, 6), (10, 11), (11, 2), (11, 4),
            ]),
        Published(
            shape: [12, 12, 768], melBins: 80, multilingual: true,
            heads: [(5, 3), (5, 9), (8, 0), (8, 4), (8, 7), (8, 8), (9, 0), (9, 7), (9, 9), (10, 5)]),
        Published(
            shape: [24, 24, 1024], melBins: 80, multilingual: false,
            heads: [
                (11, 4), (14, 1), (14, 12), (14, 14), (15, 4), (16, 0), (16, 4), (16, 9), (17, 12), (17, 14), (18, 7),
                (18, 10), (18, 15), (20, 0), (20, 3), (20, 9), (20, 14), (21, 12),
            ]),
        Published(
            shape: [24, 24, 1024], melBins: 80, multilingual: true,
            heads: [(13, 15), (15, 4), (15, 15), (16, 1), (20, 0), (23, 4)]),
        Published(
            shape: [32, 32, 1280], melBins: 80, multilingual: true,
            heads: [
                (10, 12), (13, 17), (16, 11), (16, 12), (16, 13), (17, 15), (17, 16), (18, 4), (18, 11), (18, 19),
                (19, 11), (21, 2), (21, 3), (22, 3), (22, 9), (22, 12), (23, 5), (23, 7), (23, 13), (25, 5), (26, 1),
                (26, 12), (27, 15),
            ]),
        Published(
            shape: [32, 32, 1280], melBins: 128, multilingual: true,
            heads: [
                (7, 0), (10, 17), (12, 18), (13, 12), (16, 1), (17, 14), (19, 11), (21, 4), (24, 1), (25, 6),
            ]),
        Published(
            shape: [32, 4, 1280], melBins: 128, multilingual: true,
            heads: [(2, 4), (2, 11), (3, 3), (3, 6), (3, 11), (3, 14)]),
    ]
}
