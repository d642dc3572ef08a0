internal import Glibc

/// Puts a mark into spectra on their way to sound. It belongs to one stream of frames.
public final class WatermarkFilter {
    private let watermark: Watermark
    private let secondsPerFrame: Double
    private let start: Double
    /// The bins that bear the mark: the first of them, and for each the lower of its two bands in a row and how much the
    /// upper counts.
    private let firstBin: Int
    private let places: [(band: Int, weight: Float)]
    private var row = [Float](repeating: 0, count: Watermark.rowWidth)

    /// - Parameters:
    ///   - sampleRate: Hz of the sound.
    ///   - fftSize: samples of a frame.
    ///   - hopLength: samples between frames.
    ///   - position: samples between the beginning of the marked signal and the centre of frame 0.
    public init(_ watermark: Watermark, sampleRate: Int, fftSize: Int, hopLength: Int, position: Int) {
        self.watermark = watermark
        secondsPerFrame = Double(hopLength) / Double(sampleRate)
        start = Double(position) / Double(sampleRate)
        let hertzPerBin = Double(sampleRate) / Double(fftSize)
        let marked = (0...fftSize / 2).filter { bin in
            let band = MarkGrid.band(hertz: Double(bin) * hertzPerBin)
            return band > -0.5 && band < Double(MarkGrid.bands) + 0.5
        }
        firstBin = marked.first ?? 0
        places = marked.map { bin in
            let (lower, weight) = MarkGrid.blend(MarkGrid.band(hertz: Double(bin) * hertzPerBin))
            return (min(max(lower + 1, 0), Watermark.rowWidth - 2), weight)
        }
    }

    /// Scales the spectrum `[fftSize / 2 + 1, 2]` of a frame; frames count from 0.
    public func apply(frame: Int, _ spectrum: UnsafeMutableBufferPointer<Float>) {
        guard spectrum.count >= 2 * (firstBin + places.count) else { return }
        let (cell, weight) = MarkGrid.blend((start + Double(frame) * secondsPerFrame) / MarkGrid.cellSeconds)
        blendRows(cell, weight)
        for index in places.indices {
            let place = places[index]
            let decibels = row[place.band] + (row[place.band + 1] - row[place.band]) * place.weight
            let gain = exp2f(decibels * 0.166_096_4)
            spectrum[2 * (firstBin + index)] *= gain
            spectrum[2 * (firstBin + index) + 1] *= gain
        }
    }

    private func blendRows(_ cell: Int, _ weight: Float) {
        // The cell before the first is the last of the period before.
        let first = (cell + MarkGrid.period) % MarkGrid.period * Watermark.rowWidth
        let second = (cell + 1) % MarkGrid.period * Watermark.rowWidth
        for band in row.indices {
            let (a, b) = (watermark.decibels[first + band], watermark.decibels[second + band])
            row[band] = a + (b - a) * weight
        }
    }
}
