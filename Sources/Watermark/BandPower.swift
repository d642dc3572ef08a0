internal import Glibc
internal import Spectral

/// The power of a recording's bands over time, from which cells of any length and any place are cut.
struct BandPower {
    /// Hz of the samples that are analysed.
    static let sampleRate = 16_000
    private static let fftSize = 512
    private static let hopLength = 128
    /// A cell's loudness is the mean of those of its parts, so that one loud part does not hide the others.
    private static let parts = (time: 2, frequency: 2)
    private static let width = MarkGrid.bands * parts.frequency
    /// How far below its mean a band's silence lies, in dB: what is softer is taken for as soft as this.
    private static let depth: Float = 45

    /// Running sums over time, `[frames + 1, width]`.
    private let sums: [Double]
    private let frames: Int
    /// The least power that counts, by band part.
    private let floors: [Double]

    /// Running sums of power over the bins of each frame.
    struct Spectra {
        fileprivate let sums: [Float]
        fileprivate let frames: Int
        fileprivate static let bins = fftSize / 2 + 1

        /// - Parameter samples: at ``BandPower/sampleRate``.
        /// - Throws: `spectral.size_unsupported`.
        init(_ samples: UnsafeBufferPointer<Float>) throws(SpectralError) {
            let stream = try STFTStream(try Framing(fftSize: fftSize, hopLength: hopLength))
            stream.append(zeros: fftSize / 2)
            stream.append(samples)
            stream.append(zeros: fftSize / 2)
            var sums: [Float] = []
            sums.reserveCapacity((samples.count / hopLength + 2) * (Self.bins + 1))
            var frames = 0
            while let spectrum = stream.next() {
                var sum: Float = 0
                sums.append(0)
                for bin in 0..<Self.bins {
                    let (real, imaginary) = (spectrum[2 * bin], spectrum[2 * bin + 1])
                    sum += real * real + imaginary * imaginary
                    sums.append(sum)
                }
                frames += 1
            }
            self.sums = sums
            self.frames = frames
        }
    }

    /// - Parameter scale: of frequencies: above 1 where the recording is played too fast.
    init(_ spectra: Spectra, scale: Double) {
        let (bins, width, frames) = (Spectra.bins, Self.width, spectra.frames)
        let edges: [(bin: Int, part: Float)] = (0...width).map { index in
            let hertz = MarkGrid.edge(band: Double(index) / Double(Self.parts.frequency)) * scale
            // Bin k stands for k − ½ ..< k + ½.
            let place = min(hertz * Double(Self.fftSize) / Double(Self.sampleRate) + 0.5, Double(bins))
            let bin = min(Int(place), bins - 1)
            return (bin, Float(place - Double(bin)))
        }
        var sums = [Double](repeating: 0, count: (frames + 1) * width)
        spectra.sums.withUnsafeBufferPointer { power in
            sums.withUnsafeMutableBufferPointer { sums in
                for frame in 0..<frames {
                    var below: Float = 0
                    for (index, edge) in edges.enumerated() {
                        let at = frame * (bins + 1) + edge.bin
                        let reached = power[at] + (power[at + 1] - power[at]) * edge.part
                        if index > 0 {
                            let place = (frame + 1) * width + index - 1
                            sums[place] = sums[place - width] + Double(max(reached - below, 0))
                        }
                        below = reached
                    }
                }
            }
        }
        let framesPerPart = Self.framesPerPart(tempo: 1)
        let lowest = pow(10, -Double(Self.depth) / 10) * framesPerPart / Double(max(frames, 1))
        floors = sums[(frames * width)...].map { $0 * lowest + 1e-20 }
        self.sums = sums
        self.frames = frames
    }

    private static func framesPerPart(tempo: Double) -> Double {
        MarkGrid.cellSeconds / tempo / Double(parts.time) * Double(sampleRate) / Double(hopLength)
    }

    /// Cells that fit into the recording behind `offset`.
    func cellCount(tempo: Double, offset: Double) -> Int {
        let parts = Double(frames - 1) / Self.framesPerPart(tempo: tempo)
        return max(0, Int(parts / Double(Self.parts.time) - offset))
    }

    /// The loudness of cells in dB, `[cells, bands]`.
    ///
    /// - Parameters:
    ///   - tempo: above 1 where the recording runs too fast.
    ///   - offset: where the first cell begins, in cells.
    func loudness(tempo: Double, offset: Double) -> [Float] {
        let (width, count) = (Self.width, cellCount(tempo: tempo, offset: offset))
        let step = Self.framesPerPart(tempo: tempo)
        let (time, frequency) = (Self.parts.time, Self.parts.frequency)
        var cells = [Float](repeating: 0, count: count * MarkGrid.bands)
        let scale = 10 / Float(time * frequency)
        sums.withUnsafeBufferPointer { sums in
            cells.withUnsafeMutableBufferPointer { cells in
                /// The running sums at a place in frames.
                func row(_ part: Int) -> (start: Int, weight: Double) {
                    let place = min((offset * Double(time) + Double(part)) * step + 0.5, Double(frames))
                    let frame = min(Int(place), max(frames - 1, 0))
                    return (frame * width, place - Double(frame))
                }
                for part in 0..<count * time {
                    let (begin, end) = (row(part), row(part + 1))
                    let target = part / time * MarkGrid.bands
                    for index in 0..<width {
                        let a = sums[begin.start + index]
                        let b = sums[end.start + index]
                        let from = a + (sums[begin.start + width + index] - a) * begin.weight
                        let to = b + (sums[end.start + width + index] - b) * end.weight
                        cells[target + index / frequency] += scale * log10f(Float(max(to - from, 0) + floors[index]))
                    }
                }
            }
        }
        return cells
    }
}
