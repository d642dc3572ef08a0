import Testing

@testable import Tensors

/// The layers against plain formulas in double precision, with the kernels that this machine chose.
@Suite struct LayerTests {
    @Test(arguments: [1, 2, 5]) func linearMatchesTheFormula(threads: Int) throws {
        let pool = try #require(ThreadPool(threads: threads))
        #expect(pool.threads == threads)
        let (rows, inputs, outputs) = (57, 48, 75)
        let x = randomFloats(rows * inputs, seed: 1)
        let w = randomFloats(outputs * inputs, seed: 2)
        let b = randomFloats(outputs, seed: 3)
        let weight = try #require(WeightMatrix(copying: w, rows: outputs, columns: inputs))
        let layer = try #require(Linear(weight: weight, bias: b))
        for count in [1, rows] {
            var y = [Float](repeating: 0, count: count * outputs)
            layer(x, rows: count, into: &y, on: pool)
            for row in 0..<count {
                for output in 0..<outputs {
                    var sum = Double(b[output])
                    for input in 0..<inputs {
                        sum += Double(x[row * inputs + input]) * Double(w[output * inputs + input])
                    }
                    #expect(abs(Double(y[row * outputs + output]) - sum) < 1e-4)
                }
            }
        }
    }

    @Test func int8ProductsStayCloseToFloat() throws {
        let pool = try #require(ThreadPool(threads: 2))
        let (rows, inputs, outputs) = (60, 256, 90)
        let x = randomFloats(rows * inputs, seed: 4)
        let w = randomFloats(outputs * inputs, seed: 5)
        let bytes = AlignedBuffer<Int8>(count: outputs * inputs)
        let scales = FloatBuffer(count: outputs)
        Reduction.quantizeRows(w, rows: outputs, columns: inputs, into: bytes.pointer, scales: scales.pointer)
        let quantized = try #require(
            WeightMatrix(
                bytes: UnsafeRawBufferPointer(bytes.elements), scales: scales.pointer, rows: outputs,
                columns: inputs,
                type: .int8, owner: bytes))
        let exact = try #require(WeightMatrix(copying: w, rows: outputs, columns: inputs))
        var difference: Double = 0
        var power: Double = 0
        var a = [Float](repeating: 0, count: rows * outputs)
        var b = a
        let quantizedLayer = try #require(Linear(weight: quantized, bias: nil))
        let exactLayer = try #require(Linear(weight: exact, bias: nil))
        quantizedLayer(x, rows: rows, into: &a, on: pool)
        exactLayer(x, rows: rows, into: &b, on: pool)
        for (x, y) in zip(a, b) {
            difference += Double((x - y) * (x - y))
            power += Double(y * y)
        }
        withExtendedLifetime(scales) {}
        #expect((difference / power).squareRoot() < 0.015)
    }

    @Test func discardedMemoryCanBeUsedAgain() {
        let buffer = FloatBuffer(count: 1 << 20)
        buffer.elements.update(repeating: 1)
        buffer.discard()
        // Whole pages come back as zeros, which shows that they were given back.
        #expect(buffer.pointer[buffer.count / 2] == 0)
        buffer.elements.update(repeating: 2)
        #expect(buffer.elements.allSatisfy { $0 == 2 })
        let small = FloatBuffer(count: 100)
        small.elements.update(repeating: 3)
        small.discard()
        #expect(small.elements.allSatisfy { $0 == 3 })
    }

    /// Of few rows an int8 layer reads 15 bits, so that only its weights are rounded.
    @Test func fewRowsAreMultipliedFinely() throws {
        let pool = try #require(ThreadPool(threads: 2))
        let (inputs, outputs) = (250, 91)
        let w = randomFloats(outputs * inputs, seed: 6)
        let rounded = try #require(WeightMatrix(copying: w, rows: outputs, columns: inputs)?.roundedToBytes())
        let values = rounded.widened()
        let layer = try #require(Linear(weight: rounded, bias: nil))
        for rows in [1, 2, 5, 48] {
            let x = randomFloats(rows * inputs, seed: 7)
            func error(_ epilogue: LinearEpilogue) -> Double {
                var y = [Float](repeating: 0, count: rows * outputs)
                layer(x, rows: rows, into: &y, epilogue, on: pool)
                var (difference, power) = (0.0, 0.0)
                for row in 0..<rows {
                    for output in 0..<outputs {
                        var exact = 0.0
                        for input in 0..<inputs {
                            exact += Double(x[row * inputs + input]) * Double(values[output * inputs + input])
                        }
                        difference += (Double(y[row * outputs + output]) - exact).magnitudeSquared
                        power += exact.magnitudeSquared
                    }
                }
                return (difference / power).squareRoot()
            }
            let (fine, coarse) = (error([]), error(.coarse))
            #expect(fine < 1e-4, "\(rows) rows: \(fine)")
            #expect(coarse > 1e-3 && coarse < 1e-2, "\(rows) rows: \(coarse)")
        }
    }

    @Test func matrixRefusesWhatDoesNotFit() {
        let owner = FloatBuffer(count: 64)
        let bytes = UnsafeRawBufferPointer(owner.elements)
        #expect(WeightMatrix(bytes: bytes, rows: 9, columns: 8, type: .float32, owner: owner) == nil)
        #expect(WeightMatrix(bytes: bytes, rows: 1, columns: 33, type: .q8_0, owner: owner) == nil)
        #expect(WeightMatrix(bytes: bytes, rows: .max, columns: 2, type: .float32, owner: owner) == nil)
        #expect(WeightMatrix(bytes: bytes, rows: 2, columns: 8, type: .int8, owner: owner) == nil)
        #expect(WeightMatrix(bytes: bytes, rows: 8, columns: 8, type: .float32, owner: owner) != nil)
    }

    /// Several callers on one pool get the results that each alone would get.
    @Test func callersTakeTurns() async throws {
        let pool = try #require(ThreadPool(threads: 3))
        let w = randomFloats(64 * 64, seed: 6)
        let weight = try #require(WeightMatrix(copying: w, rows: 64, columns: 64))
        let layer = try #require(Linear(weight: weight, bias: nil))
        let x = randomFloats(200 * 64, seed: 7)
        @Sendable func run() -> [Float] {
            var y = [Float](repeating: 0, count: 200 * 64)
            layer(x, rows: 200, into: &y, on: pool)
            return y
        }
        let expected = run()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 { group.addTask { (0..<20).allSatisfy { _ in run() == expected } } }
            for await equal in group { #expect(equal) }
        }
    }
}

extension Double {
    fileprivate var magnitudeSquared: Double { self * self }
}
