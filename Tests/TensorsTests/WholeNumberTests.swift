import CKernels
import Testing

/// Attention in whole numbers and products that share their activations.
extension KernelTests {
    private func attention(
        _ pool: OpaquePointer, _ qkv: [Float], _ shape: (positions: Int, heads: Int, width: Int), whole: Bool
    ) -> [Float] {
        let (positions, heads, width) = (Int64(shape.positions), Int64(shape.heads), Int64(shape.width))
        let state = shape.heads * shape.width
        let bytes =
            whole
            ? hk_attention_i8_workspace(positions, heads, width) : 4 * hk_attention_workspace(positions, heads, width)
        let workspace = UnsafeMutablePointer<Float>.allocate(capacity: Int(bytes) / 4 + 1)
        defer { workspace.deallocate() }
        var out = [Float](repeating: 0, count: shape.positions * state)
        qkv.withUnsafeBufferPointer { qkv in
            guard let q = qkv.baseAddress else { return }
            let (k, v) = (q + state, q + 2 * state)
            if whole {
                hk_attention_i8(
                    pool, q, k, v, Int64(3 * state), positions, heads, width, 0.3, workspace, &out, Int64(state))
            } else {
                hk_attention(
                    pool, q, k, v, Int64(3 * state), positions, heads, width, 0.3, workspace, &out, Int64(state))
            }
        }
        return out
    }

    private static let attentionShapes: [(positions: Int, heads: Int, width: Int)] = [
        (1, 2, 64), (2, 1, 8), (50, 1, 64), (128, 1, 64), (131, 3, 20), (97, 2, 33),
        (300, 2, 64),
    ]

    @Test(arguments: forms) func attentionInWholeNumbers(form: String) throws {
        for shape in Self.attentionShapes {
            let qkv = randomFloats(shape.positions * 3 * shape.heads * shape.width, seed: 40).map { $0 * 2 }
            let pair = try compare(form) { attention($0, qkv, shape, whole: true) }
            // A number that lies halfway between two bytes may be rounded either way.
            expectClose(pair, 4e-3)
        }
    }

    /// Keys with a large common part, as trained models have them, and one position that takes most of the weight from
    /// a thousand others: neither may cost precision.
    @Test(arguments: forms + ["scalar"]) func wholeNumbersStayCloseToFloat(form: String) throws {
        for shape in Self.attentionShapes + [(positions: 1000, heads: 1, width: 64)] {
            let state = shape.heads * shape.width
            var qkv = randomFloats(shape.positions * 3 * state, seed: 41)
            for position in 0..<shape.positions {
                for d in stride(from: 0, to: state, by: 5) { qkv[(position * 3 + 1) * state + d] += 7 }
            }
            for d in 0..<state { qkv[(shape.positions / 2 * 3 + 1) * state + d] *= 1.5 }
            defer { hk_isa_force(nil) }
            try #require(hk_isa_force(form) == 1)
            let pool = try #require(hk_pool_create(2))
            defer { hk_pool_destroy(pool) }
            let (exact, rounded) = (
                attention(pool, qkv, shape, whole: false), attention(pool, qkv, shape, whole: true)
            )
            var difference: Float = 0
            var power: Float = 0
            for (a, b) in zip(exact, rounded) {
                difference += (a - b) * (a - b)
                power += a * a
            }
            #expect((difference / power).squareRoot() < 0.015, "\(shape)")
        }
    }

    /// Activations of nothing but zeros and values of nothing but zeros have no scale.
    @Test(arguments: forms + ["scalar"]) func zerosAttendToZeros(form: String) throws {
        defer { hk_isa_force(nil) }
        try #require(hk_isa_force(form) == 1)
        let pool = try #require(hk_pool_create(1))
        defer { hk_pool_destroy(pool) }
        let shape = (positions: 140, heads: 1, width: 64)
        let out = attention(pool, [Float](repeating: 0, count: 140 * 3 * 64), shape, whole: true)
        #expect(out.allSatisfy { $0 == 0 })
    }

    @Test(arguments: [HK_F32, HK_F16, HK_I8, HK_Q8_0], [1, 5, 70]) func productsTogether(
        type: hk_type, rows: Int
    ) throws {
        let inputs = 96
        let counts = [64, 130, 33]
        let weights = counts.enumerated().map {
            RandomWeights(rows: $0.element, columns: inputs, type: type, seed: UInt64(50 + $0.offset))
        }
        let x = randomFloats(rows * inputs, seed: 55)
        let bias = randomFloats(130, seed: 56)
        let pool = try #require(hk_pool_create(3))
        defer { hk_pool_destroy(pool) }
        func alone(_ index: Int) -> [Float] {
            var y = [Float](repeating: 0, count: rows * counts[index])
            weights[index].withMatrix {
                hk_linear(
                    pool, $0, index == 1 ? bias : nil, x, Int64(inputs), Int64(rows), 0, &y, Int64(counts[index]))
            }
            return y
        }
        let expected = counts.indices.map(alone)
        let outputs = counts.map { UnsafeMutablePointer<Float>.allocate(capacity: rows * $0) }
        defer { outputs.forEach { $0.deallocate() } }
        bias.withUnsafeBufferPointer { bias in
            weights[0].withMatrix { first in
                weights[1].withMatrix { second in
                    weights[2].withMatrix { third in
                        let products = [
                            hk_product(w: first, bias: nil, y: outputs[0], ldy: 64),
                            hk_product(w: second, bias: bias.baseAddress, y: outputs[1], ldy: 130),
                            hk_product(w: third, bias: nil, y: outputs[2], ldy: 33),
                        ]
                        hk_linear_group(pool, products, 3, x, Int64(inputs), Int64(rows), 0)
                    }
                }
            }
        }
        for index in counts.indices {
            #expect(Array(UnsafeBufferPointer(start: outputs[index], count: rows * counts[index])) == expected[index])
        }
    }
}
