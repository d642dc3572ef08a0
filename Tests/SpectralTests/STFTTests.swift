import Testing

@testable import Spectral

@Suite struct STFTTests {
    static func framing(_ name: String) throws -> Framing {
        switch name {
        case "short-window": try Framing(fftSize: 60, hopLength: 25, window: Window.hann(40))
        case "uncentered":
            // torch.hamming_window: 0.54 − 0.46 cos, which is 0.08 + 0.92 of the Hann window.
            try Framing(
                fftSize: 64, hopLength: 24, window: Window.hann(64).map { 0.08 + 0.92 * $0 }, padding: .none)
        default: try Framing(fftSize: 64, hopLength: 16)
        }
    }

    @Test(arguments: ["centered", "short-window", "uncentered"])
    func equalsTorch(name: String) throws {
        let transform = try STFT(Self.framing(name))
        let spectrogram = noise(1000, seed: 3).withUnsafeBufferPointer { transform($0) }
        #expect(distance(spectrogram.values, try Fixture.floats("stft-\(name)")) < 1e-5)
    }

    @Test func inverseEqualsTorchOnSpectraOfNoSignal() throws {
        let spectra = Spectrogram(frames: 40, bins: 33, values: noise(40 * 33 * 2, seed: 4))
        let signal = try InverseSTFT(Self.framing("centered"))(spectra)
        #expect(distance(signal, try Fixture.floats("istft-centered")) < 1e-6)
    }

    @Test(arguments: [Framing.Padding.centered, .same])
    func inverseUndoesForward(padding: Framing.Padding) throws {
        let framing = try Framing(fftSize: 64, hopLength: 16, padding: padding)
        let signal = noise(16 * 50, seed: 8)
        let spectra = try signal.withUnsafeBufferPointer { try STFT(framing)($0) }
        #expect(spectra.frames == (padding == .same ? 50 : 51))
        #expect(distance(try InverseSTFT(framing)(spectra), signal) < 2e-6)
    }

    /// Spectra that belong to no signal, however they are cut, sample for sample as the whole.
    @Test(arguments: [Framing.Padding.centered, .same, .none], [1, 7, 40])
    func inverseStreamEqualsWhole(padding: Framing.Padding, piece: Int) throws {
        let framing = try Framing(fftSize: 64, hopLength: 24, padding: padding)
        let values = noise(40 * 33 * 2, seed: 4)
        let whole = try InverseSTFT(framing)(Spectrogram(frames: 40, bins: 33, values: values))
        let stream = try InverseSTFTStream(framing)
        // The second signal finds nothing left of the first.
        for _ in 0..<2 {
            var signal: [Float] = []
            values.withUnsafeBufferPointer { values in
                guard let base = values.baseAddress else { return }
                for start in stride(from: 0, to: 40, by: piece) {
                    stream.append(base + start * 66, frames: min(piece, 40 - start), into: &signal)
                }
            }
            stream.finish(into: &signal)
            let isEqual = signal == whole
            #expect(isEqual)
        }
        var nothing: [Float] = []
        stream.finish(into: &nothing)
        #expect(nothing.isEmpty)
    }

    @Test func forwardStreamEqualsWhole() throws {
        let framing = try Framing(fftSize: 64, hopLength: 24, padding: .none)
        let signal = noise(1000, seed: 3)
        let whole = try signal.withUnsafeBufferPointer { try STFT(framing)($0) }
        for piece in [1, 23, 64, 1000] {
            let stream = try STFTStream(framing)
            var spectra: [Float] = []
            signal.withUnsafeBufferPointer { signal in
                for start in stride(from: 0, to: 1000, by: piece) {
                    stream.append(.init(rebasing: signal[start..<min(1000, start + piece)]))
                    while let spectrum = stream.next() {
                        spectra.append(contentsOf: UnsafeBufferPointer(start: spectrum, count: 66))
                    }
                }
            }
            let isEqual = spectra == whole.values
            #expect(isEqual)
        }
    }

    @Test func inverseStreamRefusesHopsBeyondTheMargin() throws {
        let framing = try Framing(fftSize: 64, hopLength: 40)
        #expect(throws: SpectralError.self) { try InverseSTFTStream(framing) }
    }

    @Test func inverseGivesTheLengthAskedFor() throws {
        let framing = try Framing(fftSize: 64, hopLength: 16)
        let signal = noise(333, seed: 9)
        let spectra = try signal.withUnsafeBufferPointer { try STFT(framing)($0) }
        let inverse = try InverseSTFT(framing)
        #expect(distance(try inverse(spectra, length: 333), signal) < 2e-6)
        // The last of 21 frames ends at 20 · 16 + 32; what it mirrored is there up to then, zeros afterwards.
        let lengthened = try inverse(spectra, length: 400)
        #expect(distance(Array(lengthened.prefix(333)), signal) < 2e-6)
        #expect(abs(lengthened[340] - signal[324]) < 2e-6)
        #expect(lengthened.count == 400 && lengthened[352...].allSatisfy { $0 == 0 })
        #expect(try inverse(Spectrogram(frames: 0, bins: 33, values: []), length: 5) == [0, 0, 0, 0, 0])
        #expect(try inverse(Spectrogram(frames: 0, bins: 33, values: [])) == [])
    }

    @Test func samplesUnderNoWindowAreZero() throws {
        let framing = try Framing(fftSize: 8, hopLength: 8, window: Window.hann(4), padding: .none)
        let signal = noise(24, seed: 10)
        let spectra = try signal.withUnsafeBufferPointer { try STFT(framing)($0) }
        let back = try InverseSTFT(framing)(spectra)
        // Centred between zeros, the window covers 2 ... 5 and begins with a zero of its own.
        for (index, value) in back.enumerated() {
            #expect(abs(value - ((3...5).contains(index % 8) ? signal[index] : 0)) < 1e-6)
        }
    }

    @Test func shortAndEmptySignals() throws {
        let transform = try STFT(Self.framing("centered"))
        #expect([].withUnsafeBufferPointer { transform($0) }.frames == 0)
        let one = [Float(0.5)].withUnsafeBufferPointer { transform($0) }
        // One sample mirrors to a constant: all power is in the first bin, ½ · Σ window = 16.
        #expect(one.frames == 1)
        #expect(abs(one.values[0] - 16) < 1e-4)
    }

    @Test func refusesFramingsThatDoNotFit() {
        for (size, hop, window) in [(0, 1, 0), (.max, 1, 1), (64, 0, 64), (64, 65, 64), (64, 16, 65)] {
            #expect {
                try Framing(fftSize: size, hopLength: hop, window: [Float](repeating: 1, count: window))
            } throws: {
                ($0 as? SpectralError)?.code == .framingInvalid
            }
        }
        #expect {
            try InverseSTFT(Framing(fftSize: 64, hopLength: 16))(Spectrogram(frames: 1, bins: 2, values: [1, 2, 3, 4]))
        } throws: {
            ($0 as? SpectralError)?.code == .framingInvalid
        }
    }
}
