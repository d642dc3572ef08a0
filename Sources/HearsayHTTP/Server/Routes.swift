internal import HearsayDaemon
internal import Hummingbird
internal import Recognition
internal import StrictJSON

/// What is answered at which path.
enum Routes {
    static func responder(_ daemon: DaemonContext) -> RouterResponder<ConnectionContext> {
        let router = Router(context: ConnectionContext.self)
        let transcription = TranscriptionEndpoint(daemon: daemon, task: .transcribe)
        let translation = TranscriptionEndpoint(daemon: daemon, task: .translate)
        let speech = SpeechEndpoint(daemon: daemon)
        let models = ModelsEndpoint(daemon: daemon)
        let metrics = MetricsEndpoint(daemon)
        router.post("/v1/audio/transcriptions") { try await transcription.respond($0, $1) }
        router.post("/v1/audio/translations") { try await translation.respond($0, $1) }
        router.post("/v1/audio/speech") { try await speech.respond($0, $1) }
        router.get("/v1/models") { _, _ in models.list() }
        router.get("/v1/models/:name") { _, context in try models.one(context.parameters.require("name")) }
        router.get("/health") { _, _ in Response.json(["status": .string("ok")]) }
        router.get("/metrics") { _, _ in metrics.respond() }
        return router.buildResponder()
    }
}
