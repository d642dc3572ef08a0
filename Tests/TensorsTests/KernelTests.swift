import CKernels
import Testing

/// Every vector form against the scalar reference, on shapes that do not divide by any vector or tile.
@Suite struct KernelTests {
    /// The forms that this processor runs, apart from the reference.
    static let forms: [String] = {
        defer { hk_isa_force(nil) }
        return ["avx2", "avx512", "neon"].filter { hk_isa_force($0) == 1 }
    }()

    static let shapes: [(m: Int, k: Int, n: Int)] = [
        (1, 64, 200), (1, 37, 5), (2, 131, 34), (3, 80, 33), (8, 192, 19), (5, 384, 70), (49, 63, 130), (150, 96, 64),
        (61, 240, 97),
        (200, 31, 1),
    ]

    /// Runs `body` with the scalar form and with `form`, and returns both results.
    func compare(_ form: String, threads: Int32 = 3, _ body: (OpaquePointer) -> [Float]) throws -> (
        [Float], [Float]
    ) {
        defer { hk_isa_force(nil) }
        let pool = try #require(hk_pool_create(threads))
        defer { hk_pool_destroy(pool) }
        try #require(hk_isa_force("scalar") == 1)
        let expected = body(pool)
        try #require(hk_isa_force(form) == 1)
        return (expected, body(pool))
    }

    func expectClose(
        _ pair: ([Float], [Float]), _ tolerance: Float, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(pair.0.count == pair.1.count, sourceLocation: sourceLocation)
        var worst: Float = 0
        for (a, b) in zip(pair.0, pair.1) {
            #expect(a.isFinite && b.isFinite, sourceLocation: sourceLocation)
            worst = max(worst, abs(a - b) / max(1, abs(a)))
        }
        #expect(worst <= tolerance, "largest difference \(worst)", sourceLocation: sourceLocation)
    }

    @Test(arguments: forms, [HK_F32, HK_F16, HK_BF16, HK_I8, HK_Q4_0, HK_Q4_1, HK_Q5_0, HK_Q5_1, HK_Q8_0])
    func products(form: String, type: hk_type) throws {
        for (m, k, n) in Self.shapes where type.rawValue <= HK_I8.rawValue || k.isMultiple(of: 32) {
            let weights = RandomWeights(rows: n, columns: k, type: type, seed: 1)
            let x = randomFloats(m * k, seed: 2)
            let bias = randomFloats(n, seed: 3)
            let shared = [0, Int32(HK_GELU), Int32(HK_ACCUMULATE), Int32(HK_GELU | HK_ACCUMULATE)]
            for flags in shared + (type == HK_I8 ? shared.map { $0 | Int32(HK_COARSE) } : []) {
                let pair = try compare(form) { pool in
                    var y = randomFloats(m * n, seed: 4)
                    weights.withMatrix {
                        hk_linear(pool, $0, bias, x, Int64(k), Int64(m), flags, &y, Int64(n))
                    }
                    return y
                }
                expectClose(pair, 2e-5)
            }
        }
    }

    /// ggml's blocks are multiplied with quantised activations: close to the product of the widened weights.
    @Test(arguments: [HK_Q4_0, HK_Q4_1, HK_Q5_0, HK_Q5_1, HK_Q8_0]) func blockProductsStayCloseToFloat(
        type: hk_type
    ) throws {
        let (m, k, n) = (3, 256, 50)
        let blocks = RandomWeights(rows: n, columns: k, type: type, seed: 21)
        var widened = [Float](repeating: 0, count: n * k)
        blocks.withMatrix { matrix in
            for row in 0..<n {
                widened.withUnsafeMutableBufferPointer {
                    hk_widen(matrix, Int64(row), 0, Int64(k), $0.baseAddress.unsafelyUnwrapped + row * k)
                }
            }
        }
        let x = randomFloats(m * k, seed: 22)
        let pool = try #require(hk_pool_create(2))
        defer { hk_pool_destroy(pool) }
        var y = [Float](repeating: 0, count: m * n)
        blocks.withMatrix { hk_linear(pool, $0, nil, x, Int64(k), Int64(m), 0, &y, Int64(n)) }
        var difference: Double = 0
        var power: Double = 0
        for row in 0..<m {
            for column in 0..<n {
                var exact: Double = 0
                for i in 0..<k { exact += Double(x[row * k + i]) * Double(widened[column * k + i]) }
                difference += (Double(y[row * n + column]) - exact) * (Double(y[row * n + column]) - exact)
                power += exact * exact
            }
        }
        #expect((difference / power).squareRoot() < 0.01)
    }

    /// A convolution reads overlapping rows: the row stride is smaller than the row.
    @Test(arguments: forms) func overlappingRows(form: String) throws {
        let (rows, width, n) = (100, 24, 40)
        let weights = RandomWeights(rows: n, columns: 3 * width, type: HK_F16, seed: 5)
        let x = randomFloats((rows + 2) * width, seed: 6)
        let pair = try compare(form) { pool in
            var y = [Float](repeating: 0, count: rows * n)
            weights.withMatrix { hk_linear(pool, $0, nil, x, Int64(width), Int64(rows), 0, &y, Int64(n)) }
            return y
        }
        expectClose(pair, 2e-5)
    }

    @Test(arguments: forms) func layerNorm(form: String) throws {
        for columns in [1, 7, 64, 384, 385] {
            let x = randomFloats(70 * columns, seed: 7)
            let gain = randomFloats(columns, seed: 8)
            let bias = randomFloats(columns, seed: 9)
            let pair = try compare(form) { pool in
                var y = [Float](repeating: 0, count: x.count)
                hk_layer_norm(pool, x, 70, Int64(columns), gain, bias, 1e-5, &y)
                return y
            }
            expectClose(pair, 2e-5)
        }
    }

    @Test(arguments: forms) func depthwiseConvolution(form: String) throws {
        for (frames, channels, taps, dilation) in [(1, 5, 7, 1), (70, 37, 7, 1), (9, 64, 7, 3), (131, 20, 3, 2)] {
            let x = randomFloats((frames + (taps - 1) * dilation) * channels, seed: 31)
            let w = randomFloats(taps * channels, seed: 32)
            let bias = randomFloats(channels, seed: 33)
            for bias in [bias, nil] {
                let pair = try compare(form) { pool in
                    var y = [Float](repeating: 0, count: frames * channels)
                    hk_depthwise(
                        pool, x, Int64(frames), Int64(channels), w, Int64(taps), Int64(dilation), bias, &y)
                    return y
                }
                expectClose(pair, 1e-5)
            }
        }
    }

    @Test(arguments: forms) func scaledAddition(form: String) throws {
        for columns in [1, 15, 64, 200] {
            let x = randomFloats(70 * columns, seed: 34)
            let gain = randomFloats(columns, seed: 35)
            let pair = try compare(form) { pool in
                var y = randomFloats(70 * columns, seed: 36)
                hk_scale_add(pool, x, 70, Int64(columns), gain, &y)
                return y
            }
            expectClose(pair, 1e-6)
        }
    }

    @Test(arguments: forms) func encoderAttention(form: String) throws {
        for (positions, heads, width) in [(1, 2, 64), (50, 1, 64), (131, 3, 20), (97, 2, 33)] {
            let state = heads * width
            let qkv = randomFloats(positions * 3 * state, seed: 10).map { $0 * 2 }
            let pair = try compare(form) { pool in
                var workspace = [Float](
                    repeating: 0, count: Int(hk_attention_workspace(Int64(positions), Int64(heads), Int64(width))))
                var out = [Float](repeating: 0, count: positions * state)
                qkv.withUnsafeBufferPointer { qkv in
                    guard let q = qkv.baseAddress else { return }
                    hk_attention(
                        pool, q, q + state, q + 2 * state, Int64(3 * state), Int64(positions), Int64(heads),
                        Int64(width), 0.3, &workspace, &out, Int64(state))
                }
                return out
            }
            expectClose(pair, 1e-5)
        }
    }

    @Test(arguments: forms, [HK_F32, HK_F16]) func crossAttention(form: String, type: hk_type) throws {
        let rows: [Int32] = [4, 0, 2, 1, 3]
        for (positions, heads, width) in [(1, 1, 64), (50, 2, 64), (47, 2, 20), (33, 1, 8)] {
            let state = heads * width
            let k = randomFloats(positions * state, seed: 11)
            let v = randomFloats(positions * state, seed: 12)
            let q = randomFloats(5 * state, seed: 13).map { $0 * 2 }
            let pair = try compare(form) { pool in
                let size = Int(hk_key_rows(Int64(positions))) * state
                var keys = [Float](repeating: 0, count: size)
                var values = [Float](repeating: 0, count: size)
                var out = [Float](repeating: 0, count: 5 * state)
                var scores = [Float](repeating: 0, count: heads * 5 * positions)
                hk_store_cross(
                    pool, k, v, Int64(state), Int64(positions), Int64(heads), Int64(width), type, &keys, &values)
                rows.withUnsafeBufferPointer { rows in
                    keys.withUnsafeBytes { keys in
                        values.withUnsafeBytes { values in
                            guard let keys = keys.baseAddress, let values = values.baseAddress,
                                let rows = rows.baseAddress
                            else { return }
                            var group = hk_cross_group(
                                keys: keys, values: values, rows: rows, row_count: 5, positions: Int64(positions))
                            hk_cross_attention(
                                pool, &group, 1, type, q, Int64(state), Int64(heads), Int64(width), 0.5, &scores,
                                &out,
                                Int64(state))
                        }
                    }
                }
                return out + scores
            }
            expectClose(pair, 1e-5)
        }
    }

    @Test(arguments: forms) func cachedAttention(form: String) throws {
        let (heads, width, cacheRows, context) = (2, 20, 30, 25)
        let state = heads * width
        let keys = randomFloats(cacheRows * state, seed: 14)
        let values = randomFloats(cacheRows * state, seed: 15)
        let q = randomFloats(3 * state, seed: 16)
        let slots = (0..<3 * context).map { Int32(($0 * 7 + 3) % cacheRows) }
        let pair = try compare(form) { pool in
            var out = [Float](repeating: 0, count: 3 * state)
            hk_self_attention(
                pool, q, Int64(state), 3, keys, values, Int64(state), slots, Int64(context), [1, 25, 13],
                Int64(heads),
                Int64(width), 0.4, &out, Int64(state))
            return out
        }
        expectClose(pair, 1e-5)
    }

    @Test(arguments: forms) func reductions(form: String) throws {
        for count in [1, 15, 16, 33, 1000] {
            let x = randomFloats(count, seed: 17).map { $0 * 20 }
            let y = randomFloats(count, seed: 18)
            let pair = try compare(form) { _ in
                [
                    hk_maximum(x, Int64(count)), Float(hk_argmax(x, Int64(count))), hk_log_sum_exp(x, Int64(count)),
                    hk_dot(x, y, Int64(count)),
                ]
            }
            expectClose(pair, 1e-4)
        }
        let masked = [Float](repeating: -.infinity, count: 40)
        #expect(hk_log_sum_exp(masked, 40) == -.infinity)
        #expect(hk_argmax(masked, 40) == 0)
        #expect(hk_argmax(masked, 0) == -1)
    }

    /// Large scores neither overflow nor lose the largest weight.
    @Test(arguments: forms) func exponentialRange(form: String) throws {
        let scores: [Float] = [-1e30, -200, -88, -20, -1, 0, 3000, 2999, -.infinity]
        let pair = try compare(form) { _ in [hk_log_sum_exp(scores, Int64(scores.count))] }
        expectClose(pair, 1e-6)
        #expect(abs(pair.1[0] - 3000.3132) < 1e-2)
    }
}
