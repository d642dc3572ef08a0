import Recognition
import Spectral
import StrictJSON
import Tensors

/// Holds what measures share: the sound, the model and the last results, each made when first needed.
final class Bench {
    private let arguments: Arguments
    private var samples: [Float]?
    private var spectrogram: LogMelSpectrogram?
    private var model: WhisperModel?
    private var engine: EngineMeasures?

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func answer(_ request: Request) throws -> Answer {
        switch request.measure {
        case "version": [("version", .string("hearsay (\(kernelInstructionSet))"))]
        case "log-mel": try logMel()
        case "front-end": try FrontEnd.pass(request.path ?? arguments.audio())
        case "listen": try Listening.pass(request.path ?? arguments.audio(), model: arguments.model())
        case "encoder": try opened().encode()
        case "decoder": try opened().decode(request)
        case "file":
            try FileMeasure.run(
                request.path ?? arguments.audio(), model: openedModel(), threads: arguments.threads,
                windows: request.windows)
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

    private func opened() throws -> EngineMeasures {
        if let engine { return engine }
        let model = try openedModel()
        let spectrogram = LogMelSpectrogram(melBins: model.dimensions.melBins)
        let mel = try window().withUnsafeBufferPointer { spectrogram($0) }
        let made = try EngineMeasures(model: model, threads: arguments.threads, mel: mel)
        engine = made
        return made
    }

    private func openedModel() throws -> WhisperModel {
        if let model { return model }
        let opened = try WhisperModel.open(arguments.model())
        model = opened
        return opened
    }
}
