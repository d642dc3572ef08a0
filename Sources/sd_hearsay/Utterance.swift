import HearsayClient
import WireProtocol

/// One message on its way from hearsayd to speech-dispatcher.
///
/// It has a connection of its own, so that to stop is to close it.
struct Utterance {
    private let client: HearsayClient
    private let output: ModuleOutput
    private var rate = 22_050
    /// To end at the next mark, from where speech-dispatcher goes on later.
    private var isPausing = false

    /// Speech-dispatcher's own marks; others are the text's.
    private static let pauseMark = "__spd_"
    /// Bytes of sound in one event: little, so that what is asked meanwhile is soon heard of.
    private static let bytesPerEvent = 4_096

    init(_ request: Synthesize, client: HearsayClient, output: ModuleOutput) throws {
        try client.send(request)
        self.client = client
        self.output = output
    }

    /// To be waited for.
    var descriptor: Int32 { client.descriptor }
    var hasAnswer: Bool { client.hasAnswer }

    mutating func pause() { isPausing = true }

    /// Passes on what hearsayd sends next; true if that was the last.
    mutating func takeNext() throws -> Bool {
        let event = try next()
        switch event.type {
        case AudioStart.type: rate = try AudioStart(event).format.rate
        case AudioChunk.type:
            let sound = try AudioChunk(event).audio
            for start in stride(from: 0, to: sound.count, by: Self.bytesPerEvent) {
                try output.send(sound: sound[start..<min(sound.count, start + Self.bytesPerEvent)], rate: rate)
            }
        case SpeechMark.type:
            let name = try SpeechMark(event).name
            try output.send("700-\(name.filter { !$0.isNewline })", "700 INDEX MARK")
            if isPausing, name.hasPrefix(Self.pauseMark) {
                try output.send("704 PAUSE")
                return true
            }
        case AudioStop.type:
            try output.send("702 END")
            return true
        default: break
        }
        return false
    }

    /// The next event; what went wrong ends the message, and is no concern of the next one.
    private func next() throws -> WireEvent {
        do {
            return try client.next()
        } catch let error as ClientError {
            ModuleLog.write("a message was not spoken to its end [\(error.code.rawValue)]")
            return AudioStop().event
        }
    }
}
