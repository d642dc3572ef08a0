public import Consent
public import SpeakerIdentity
public import VoiceActivity
public import Watermark

/// A phrase as a microphone gave it.
public struct RecordedStatement: Sendable {
    /// Mono, 16 kHz, full scale ±1.
    public var samples: [Float]
    /// Whether this daemon's microphone has heard it just now.
    public var isLive: Bool
    /// Times that something was lost in between.
    public var losses: Int
    /// Hz of the device.
    public var deviceRate: Int

    public init(samples: [Float], isLive: Bool, losses: Int = 0, deviceRate: Int = 16_000) {
        self.samples = samples
        self.isLive = isLive
        self.losses = losses
        self.deviceRate = deviceRate
    }
}

/// Records somebody who reads a phrase.
public protocol StatementRecording: Sendable {
    /// Records on the calling thread until the reader is silent again.
    ///
    /// - Parameter onListening: the microphone is open.
    /// - Throws: `AudioError`, `CancellationError`.
    func record(onListening: () throws -> Void) throws -> RecordedStatement
}

/// A word that a recogniser heard, with its place in seconds.
public struct HeardWord: Sendable, Hashable {
    public var text: String
    public var start: Double
    public var end: Double

    public init(text: String, start: Double, end: Double) {
        self.text = text
        self.start = start
        self.end = end
    }
}

/// Hears what was read, without knowing what should have been.
public protocol StatementHearing: Sendable {
    /// The recogniser's name.
    var model: String { get }
    /// The words, in their order.
    ///
    /// - Parameter samples: mono, 16 kHz.
    func words(in samples: [Float]) throws -> [HeardWord]
}

/// Tells voices apart.
public protocol SpeakerVerifying: Sendable {
    /// Which encoder it is: embeddings of different ones cannot be compared.
    var model: String { get }
    /// Similarity from which two recordings count as one person's, the shorter of which has so many seconds of speech.
    func threshold(seconds: Double) -> Double
    /// The voice in a recording.
    ///
    /// - Parameter samples: mono, 16 kHz.
    func embed(_ samples: ArraySlice<Float>) throws -> SpeakerEmbedding
}

/// Looks for the mark that synthetic speech bears.
public protocol MarkDetecting: Sendable {
    /// - Parameter samples: mono, 16 kHz.
    func isMarked(_ samples: UnsafeBufferPointer<Float>) throws -> Bool
}

/// What a ceremony needs; it does not take place where any of it is missing.
public struct CeremonyMeans: Sendable {
    public var recorder: any StatementRecording
    public var hearing: any StatementHearing
    public var speaker: any SpeakerVerifying
    public var marks: any MarkDetecting
    public var voiceActivity: VoiceActivityModel

    public init(
        recorder: any StatementRecording, hearing: any StatementHearing, speaker: any SpeakerVerifying,
        marks: any MarkDetecting, voiceActivity: VoiceActivityModel
    ) {
        self.recorder = recorder
        self.hearing = hearing
        self.speaker = speaker
        self.marks = marks
        self.voiceActivity = voiceActivity
    }
}

/// What the daemon has for copied voices; looked at whenever it is needed, because models come and go.
public protocol ConsentMeans: Sendable {
    /// What a ceremony needs.
    ///
    /// - Throws: `ConsentError` `consent.no_recognizer`, `consent.no_encoder`, `watermark.unavailable`.
    func ceremony() throws -> CeremonyMeans
    /// The speaker encoder in use; nil where none is installed.
    func encoder() throws -> (any SpeakerVerifying)?
    /// Whether speech will be marked as synthetic, and files signed.
    var marking: ConsentStore.Marking { get }
    /// This machine's own, beside everyone's; nil where there is none.
    var markingKey: MarkingKey? { get }
    /// What speaks as somebody; nil where no such voice model is installed.
    func synthesizer() throws -> (any CloneSynthesizing)?
}
