import AudioCore
import AudioIO
import HearsayClient
import JobStore
import ModelStore
import NeuralCodec
import Phonemes
import Pipelines
import Recognition
import Synthesis
import VoiceActivity
import Watermark
import WeightFiles

/// An error as the user sees it: one line, and the status that the program ends with.
struct Failure: Error, CustomStringConvertible {
    let status: ExitStatus
    /// The stable, dotted name, e.g. `audio.format_unrecognised`.
    let code: String
    /// What was tried on what, why it failed, what to do.
    let message: String

    init(_ status: ExitStatus, code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// The errors of every module map to a status here and nowhere else.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case is CancellationError: self.init(.interrupted, code: "interrupted", "interrupted")
        case let error as AudioError:
            self.init(Self.status(error.code), code: error.code.rawValue, error.message, error.cause)
        case let error as RecognitionError:
            self.init(Self.status(error.code), code: error.code.rawValue, error.message, error.cause)
        case let error as PipelineError:
            self.init(Self.status(error.code), code: error.code.rawValue, error.message, error.cause)
        case let error as VoiceActivityError:
            self.init(.model, code: error.code.rawValue, error.message, error.cause)
        case let error as ModelStoreError:
            self.init(Self.status(error.code), code: error.code.rawValue, error.message, error.cause)
        case let error as WeightFileError:
            self.init(
                error.code == .fileWrite ? .output : .model, code: error.code.rawValue, Self.words(of: error), nil)
        case let error as JobStoreError:
            self.init(Self.status(error.code), code: error.code.rawValue, error.message, nil)
        case let error as PhonemeError:
            self.init(Self.status(error.code), code: error.code.rawValue, error.message, nil)
        case let error as SynthesisError:
            self.init(Self.status(error.code), code: error.code.rawValue, error.message, error.cause)
        case let error as CodecError:
            self.init(Self.status(error.code), code: error.code.rawValue, error.message, error.cause)
        case let error as WatermarkError:
            self.init(
                error.code == .rateUnsupported ? .audio : .failure, code: error.code.rawValue, error.message,
                error.cause)
        case let error as ClientError: self.init(Self.status(error.code), code: error.code.rawValue, error.message)
        default: self.init(.failure, code: "unexpected", "\(error)")
        }
    }

    private init(_ status: ExitStatus, code: String, _ message: String, _ cause: (any Error)?) {
        self.init(status, code: code, cause.map { "\(message): \(Self.words(of: $0))" } ?? message)
    }

    var description: String { "\(message) [\(code)]" }

    /// An error below another one, without its code: one code a line is enough.
    private static func words(of error: any Error) -> String {
        switch error {
        case let error as AudioError: error.message
        case let error as RecognitionError: error.message
        case let error as ModelStoreError: error.message
        case let error as SynthesisError: error.message
        case let error as CodecError: error.cause.map { "\(error.message): \(words(of: $0))" } ?? error.message
        case let error as WeightFileError:
            String("\(error)".dropFirst(error.code.rawValue.count + 2))
        default: "\(error)"
        }
    }

    /// The daemon's errors end the program as the same errors in this process do.
    private static func status(_ code: ClientError.Code) -> ExitStatus {
        switch code.rawValue {
        case RecognitionError.Code.optionInvalid.rawValue, RecognitionError.Code.languageUnsupported.rawValue: .usage
        case let code where code.hasPrefix("audio."): .audio
        case let code where ["model.", "tokenizer.", "store.", "engine."].contains { code.hasPrefix($0) }: .model
        case let code where code.hasPrefix("speech."): status(PhonemeError.Code(rawValue: code))
        default: .failure
        }
    }

    private static func status(_ code: AudioError.Code) -> ExitStatus {
        switch code {
        case .cancelled: .interrupted
        case .writeFailed: .output
        case .outputFormatUnknown: .usage
        default: .audio
        }
    }

    private static func status(_ code: PipelineError.Code) -> ExitStatus {
        switch code {
        case .recordingTooLong: .audio
        case .folderUnusable: .output
        default: .failure
        }
    }

    private static func status(_ code: JobStoreError.Code) -> ExitStatus {
        switch code {
        case .unknown, .wrongState: .usage
        case .requestInvalid, .sourceChanged: .audio
        case .full, .resultsInTheWay: .output
        default: .failure
        }
    }

    private static func status(_ code: PhonemeError.Code) -> ExitStatus {
        switch code {
        case .cancelled: .interrupted
        case .languageUnsupported: .usage
        case .ssmlInvalid, .lexiconInvalid, .phonemesInvalid, .textTooLong, .textUnreadable, .textEncodingInvalid,
            .nothingToSay:
            .text
        default: .failure
        }
    }

    private static func status(_ code: SynthesisError.Code) -> ExitStatus {
        switch code {
        case .optionInvalid, .speakerUnknown: .usage
        case .sentenceTooLong, .init(rawValue: PhonemeError.Code.speakerFailed.rawValue): .text
        default: .model
        }
    }

    private static func status(_ code: CodecError.Code) -> ExitStatus {
        switch code {
        case .unwritable: .output
        case .inputInvalid, .streamInvalid: .audio
        default: .model
        }
    }

    private static func status(_ code: RecognitionError.Code) -> ExitStatus {
        switch code {
        case .cancelled: .interrupted
        case .optionInvalid, .languageUnsupported: .usage
        default: code.rawValue.hasPrefix("model.") || code.rawValue.hasPrefix("tokenizer.") ? .model : .failure
        }
    }

    private static func status(_ code: ModelStoreError.Code) -> ExitStatus {
        switch code {
        case .cancelled: .interrupted
        case .nameInvalid: .usage
        case .fileSystem, .noSpace, .alreadyInstalled: .output
        default: .model
        }
    }
}
