internal import Glibc
internal import HearsayDaemon
internal import Hummingbird
internal import StrictJSON

/// `GET /v1/models`, `/v1/models/NAME`: recognisers and voices, the default ones first.
struct ModelsEndpoint {
    let daemon: DaemonContext

    func list() -> Response { .json(["object": .string("list"), "data": .array(models.map { .object($0) })]) }

    /// - Throws: ``RequestError/Code/notFound``.
    func one(_ name: String) throws -> Response {
        guard let model = models.first(where: { $0["id"]?.string == name }) else {
            throw RequestError(.notFound, "no model or voice called '\(name.prefix(80))' is installed")
        }
        return .json(model)
    }

    private var models: [JSONObject] {
        let catalogue = daemon.host.catalogue
        let recognisers = catalogue.models.filter { $0.problem == nil }.map { model in
            Self.object(
                model.name, task: "automatic-speech-recognition", languages: model.languages, path: model.path,
                isDefault: model.name == catalogue.defaultModel)
        }
        let voices = catalogue.voices.filter { $0.problem == nil }.map { voice in
            Self.object(
                voice.name, task: "text-to-speech", languages: voice.languages, path: voice.path,
                isDefault: voice.name == catalogue.defaultVoice)
        }
        return (recognisers + voices).map { $0 }
    }

    private static func object(
        _ name: String, task: String, languages: [String], path: String, isDefault: Bool
    ) -> JSONObject {
        var status = stat()
        let created = stat(path, &status) == 0 ? Int64(status.st_mtim.tv_sec) : 0
        return [
            "id": .string(name), "object": .string("model"), "created": .integer(created),
            "owned_by": .string("hearsay"), "task": .string(task),
            "languages": .array(languages.map { .string($0) }), "default": .bool(isDefault),
        ]
    }
}
