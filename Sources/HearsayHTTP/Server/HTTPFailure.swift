internal import HTTPTypes
internal import HearsayDaemon
internal import Hummingbird
internal import StrictJSON

/// An error as an HTTP client sees it: OpenAI's form, with hearsay's stable code in `code`.
struct HTTPFailure {
    let status: HTTPResponse.Status
    let code: String
    let message: String
    let field: String?

    init(_ error: any Error) {
        switch error {
        case let error as RequestError:
            code = error.code.rawValue
            message = error.message
            field = error.field
        default:
            let failure = WireFailure(error)
            code = failure.code
            message = failure.text
            field = nil
        }
        status = Self.status(of: code)
    }

    /// JSON in UTF-8.
    var body: [UInt8] {
        let error: JSONObject = [
            "message": .string(message), "type": .string(type), "param": field.map { .string($0) } ?? .null,
            "code": .string(code),
        ]
        return JSONObject([("error", .object(error))]).text
    }

    var response: Response {
        var response = Response.bytes(body, type: "application/json", status: status)
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        if status == .serviceUnavailable { response.headers[.retryAfter] = "1" }
        return response
    }

    private var type: String {
        switch status.code {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 429: "rate_limit_error"
        case 400..<500: "invalid_request_error"
        default: "server_error"
        }
    }

    private static func status(of code: String) -> HTTPResponse.Status {
        if let status = statuses[code] { return status }
        // What is wrong with a recording, its language or a text is the client's; the rest is ours.
        return code.hasPrefix("audio.") ? .badRequest : .internalServerError
    }

    private static let statuses: [String: HTTPResponse.Status] = [
        "http.malformed": .badRequest, "http.header_too_long": .requestHeaderFieldsTooLarge,
        "http.body_too_long": .contentTooLarge, "http.too_slow": .requestTimeout,
        "http.content_type_unsupported": .unsupportedMediaType, "http.body_invalid": .badRequest,
        "http.field_invalid": .badRequest, "http.not_found": .notFound, "http.host_forbidden": .forbidden,
        "http.origin_forbidden": .forbidden, "http.unauthorized": .unauthorized,
        "server.busy": .serviceUnavailable, "server.stopping": .serviceUnavailable,
        "server.too_many_connections": .tooManyRequests, "server.forbidden": .forbidden,
        "engine.memory_ceiling": .serviceUnavailable,
        "storage.full": .init(code: 507, reasonPhrase: "Insufficient Storage"),
        "store.model_unknown": .notFound, "store.voice_unknown": .notFound,
        "recognition.option_invalid": .badRequest, "recognition.language_unsupported": .badRequest,
        "speech.option_invalid": .badRequest, "speech.language_unsupported": .badRequest,
        "speech.speaker_unknown": .badRequest, "speech.ssml_invalid": .badRequest,
        "speech.sentence_too_long": .badRequest, "speech.text_too_long": .contentTooLarge,
        "audio.too_long": .contentTooLarge, "pipeline.recording_too_long": .contentTooLarge,
        "audio.cancelled": .internalServerError, "audio.resample_failed": .internalServerError,
        "audio.write_failed": .internalServerError, "audio.ffmpeg_failed": .badRequest,
    ]
}
