import AudioCore
import AudioIO

/// The sound of a job, which can be opened once or, if it is a file, as often as needed.
struct Recording {
    private enum Origin {
        case file(AudioFileHandle)
        case raw(fileDescriptor: Int32, rate: Int, channels: Int, encoding: PCMEncoding)
    }

    private let origin: Origin
    private let decoder: any AudioFileDecoder
    private let maximumSeconds: Double?

    /// - Throws: `AudioError` if there is no such file.
    init(_ job: TranscriptionJob) throws(AudioError) {
        decoder = job.decoder
        maximumSeconds = job.maximumSeconds
        switch job.source {
        case .file(let path, let name):
            // One handle for both passes: they read the same file, even if another takes its name in between.
            origin = .file(try AudioFileHandle(path: path, name: name))
        case .rawPCM(let fileDescriptor, let rate, let channels, let encoding):
            origin = .raw(fileDescriptor: fileDescriptor, rate: rate, channels: channels, encoding: encoding)
        }
    }

    var canBeReadAgain: Bool {
        if case .file = origin { true } else { false }
    }

    /// The sound from its start.
    func open() throws(AudioError) -> any AudioReader {
        let reader: any AudioReader =
            switch origin {
            case .file(let file):
                try decoder.open(file)
            case .raw(let fileDescriptor, let rate, let channels, let encoding):
                try RawPCMReader(fileDescriptor: fileDescriptor, rate: rate, channels: channels, encoding: encoding)
            }
        guard let maximumSeconds else { return reader }
        return DurationLimitedReader(reader, maximumSeconds: maximumSeconds)
    }
}
