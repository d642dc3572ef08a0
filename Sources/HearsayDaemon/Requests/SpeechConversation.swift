internal import Tensors
internal import WireProtocol

/// `synthesize-start`, `synthesize-chunk` …, `synthesize-stop`: the speech begins with the first whole sentence.
final class SpeechConversation: Sendable {
    private let feed: TextFeed
    private let speaking: Task<Void, any Error>
    private let outbox: Outbox

    /// - Parameters:
    ///   - isMarkup: SSML is spoken when it is complete; plain text as it comes.
    ///   - limit: bytes of text.
    init(_ request: SpeechRequest, isMarkup: Bool, limit: Int, outbox: Outbox) {
        let feed = TextFeed(limit: limit)
        self.feed = feed
        self.outbox = outbox
        speaking = Task {
            let text = isMarkup ? SpeechRequest.Text.ssml(try await feed.whole()) : .feed(feed)
            try await request.run(text, into: { WireSpeechSink(outbox, turn: $0, sampleRate: $1) })
        }
    }

    func append(_ text: String) throws { try feed.append(text) }

    /// The text is complete: waits for the rest of the speech.
    ///
    /// The client hears `synthesize-stopped` in any case, and last.
    func finish() async throws {
        feed.finish()
        let result = await withTaskCancellationHandler {
            await speaking.result
        } onCancel: {
            speaking.cancel()
        }
        if case .failure(let error) = result {
            // One error, and then what the client waits for.
            outbox.post(WireErrorEvent(WireFailure(error)).event)
        }
        try await outbox.send(SynthesizeStopped().event)
    }

    func cancel() async {
        speaking.cancel()
        feed.finish()
        _ = await speaking.result
    }
}
