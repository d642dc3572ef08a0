internal import AudioCore
internal import Consent
internal import JobStore
internal import ModelStore
internal import Phonemes
internal import Pipelines
internal import Recognition
internal import SpeakerIdentity
internal import Synthesis
public import WireProtocol

/// An error as a client sees it: the stable code of the module where it began, and a text for people. The errors of
/// every module map here and nowhere else.
public struct WireFailure: Error, Sendable, Equatable {
    /// Dotted, e.g. `audio.format_unrecognised`.
    public let code: String
    public let text: String

    public init(code: String, text: String) {
        self.code = code
        self.text = text
    }

    public init(_ error: any Error) {
        switch error {
        case let failure as WireFailure: self = failure
        case is CancellationError: self.init(code: "request.cancelled", text: "the request was cancelled")
        case let error as WireError: self.init(error.code.rawValue, error.message, nil)
        case let error as DaemonError: self.init(error.code.rawValue, error.message, error.cause)
        case let error as AudioError: self.init(error.code.rawValue, error.message, error.cause)
        case let error as RecognitionError: self.init(error.code.rawValue, error.message, error.cause)
        case let error as PipelineError: self.init(error.code.rawValue, error.message, error.cause)
        case let error as ModelStoreError: self.init(error.code.rawValue, error.message, error.cause)
        case let error as JobStoreError: self.init(error.code.rawValue, error.message, nil)
        case let error as PhonemeError: self.init(error.code.rawValue, error.message, nil)
        case let error as SynthesisError: self.init(error.code.rawValue, error.message, error.cause)
        case let error as ConsentError: self.init(error.code.rawValue, error.fullMessage, nil)
        case let error as SpeakerIdentityError: self.init(error.code.rawValue, error.message, nil)
        default: self.init(code: DaemonError.Code.broken.rawValue, text: "\(error)")
        }
    }

    private init(_ code: String, _ message: String, _ cause: (any Error)?) {
        self.init(code: code, text: cause.map { "\(message): \(WireFailure($0).text)" } ?? message)
    }
}

extension WireErrorEvent {
    public init(_ failure: WireFailure) { self.init(text: failure.text, code: failure.code) }
}
