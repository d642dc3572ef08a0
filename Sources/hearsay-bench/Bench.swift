import Spectral
import StrictJSON

/// Holds what measures share: the sound, the model and the last results, each made when first needed.
final class Bench {
    private let arguments: Arguments
    private var samples: [Float]?
    private var spectrogram: LogMelSpectrogram?

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func answer(_ request: Request) throws -> Answer {
        switch request.measure {
        case "version": [("version", .string("hearsay"))]
        case "log-mel": try logMel()
        case "front-end": try FrontEnd.pass(request.path ?? arguments.audio())
        default: throw BenchError("unknown measure '\(request.measure)'")
        }
    }

    private func window() throws -> [Float] {
        if let samples { return samples }
        let read = try FrontEnd.samples(of: arguments.audio(), seconds: 30)
        samples = read
        return read
    }

    private func logMel() throws -> Answer {
        let samples = try window()
        let spectrogram = spectrogram ?? LogMelSpectrogram(melBins: 80)
        self.spectrogram = spectrogram
        let (timing, _) = samples.withUnsafeBufferPointer { samples in time { spectrogram(samples) } }
        return timing.answer
    }
}
