public import AudioCore
public import AudioIO
public import Phonemes
public import Synthesis
internal import Watermark

/// Where speech goes: a loudspeaker, a file, a socket. It belongs to the one thread that speaks.
public protocol SpeechSink: AnyObject {
    /// Takes the next mono samples, waiting as long as it has to.
    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError)
    /// Returns when all has been heard, or stored for good.
    func finish() throws(AudioError)
}

extension ALSAPlayback: SpeechSink {}
extension AudioFileWriter: SpeechSink {}

/// What to read aloud, and how: a value that a command line, a request or a stored job maps onto.
public struct ReadAloudJob: Sendable {
    /// Where the text comes from.
    public enum Text: Sendable {
        case plain(String)
        /// - isLenient: malformed markup is read as plain text.
        case ssml(String, isLenient: Bool)
        /// Plain text from an open descriptor (0 is standard input), which stays the caller's to close; each sentence
        /// is spoken as soon as it is complete. Errors call it `name`.
        case stream(fileDescriptor: Int32, name: String = "the text")
        /// Plain text that somebody else brings in pieces, nil at its end; each sentence is spoken as soon as it is
        /// complete. Called on the thread that speaks, which it may block.
        case pieces(@Sendable () throws -> String?)
    }

    public var text: Text
    public var voice: any SpeechVoice
    public var frontEnd: SpeechFrontEnd
    public var options: SpeechOptions
    /// Whose mark the sound bears besides everyone's; without any it is never made.
    public var signature: SpeechSignature
    /// Whether a text of which nothing can be heard is an error, `speech.nothing_to_say`, before the sink finishes.
    public var refusesSilence = false

    public init(
        _ text: Text, voice: any SpeechVoice, frontEnd: SpeechFrontEnd, options: SpeechOptions = SpeechOptions(),
        signature: SpeechSignature = SpeechSignature()
    ) {
        self.text = text
        self.voice = voice
        self.frontEnd = frontEnd
        self.options = options
        self.signature = signature
    }

    /// Speaks on the calling thread, and stops between two pieces of sound when the task around it is cancelled.
    ///
    /// - Parameter onEvent: hears of each event when its sound is handed to the sink, which may be well before it is
    ///   heard; an error that it throws ends the job.
    /// - Returns: seconds of sound.
    /// - Throws: `PhonemeError`, `SynthesisError`, `AudioError`, `CancellationError`, or what `onEvent` throws.
    @discardableResult
    public func speak(
        into sink: any SpeechSink, onEvent: (ReadAloudEvent) throws -> Void = { _ in }
    ) throws -> Double {
        try withoutActuallyEscaping(onEvent) { onEvent in
            var flow = ReadAloud(self, sink: sink, onEvent: onEvent)
            return try flow.run()
        }
    }

    /// Speaks on a thread of its own, and returns when all is over: the sink has finished, or has been let go of.
    ///
    /// - Parameter makeSink: is asked on that thread, before anything is computed.
    /// - Returns: seconds of sound.
    /// - Throws: as ``speak(into:onEvent:)`` does.
    @discardableResult
    public func run(
        into makeSink: @escaping @Sendable () throws -> any SpeechSink,
        onEvent: @escaping @Sendable (ReadAloudEvent) throws -> Void = { _ in }
    ) async throws -> Double {
        let task = Task(executorPreference: ThreadPerJobExecutor()) {
            try speak(into: makeSink(), onEvent: onEvent)
        }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

/// What a running job reports.
public enum ReadAloudEvent: Sendable, Equatable {
    /// A sentence begins, so many seconds after the first.
    case sentence(String, seconds: Double)
    /// The text's mark of that name.
    case mark(String, seconds: Double)
    /// Something that does not stop the speech but may explain it.
    case warning(String)
}
