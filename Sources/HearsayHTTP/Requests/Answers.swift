internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import StrictJSON

extension Response {
    static func json(_ object: JSONObject, status: HTTPResponse.Status = .ok) -> Response {
        bytes(object.text, type: "application/json", status: status)
    }

    static func text(_ text: String, type: String) -> Response { bytes(Array(text.utf8), type: type) }

    static func bytes(_ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

extension JSONObject {
    /// On one line, in UTF-8.
    var text: [UInt8] {
        var writer = JSONWriter(style: .compact)
        writer.value(.object(self))
        return writer.bytes
    }
}

/// One event of `text/event-stream`.
struct ServerSentEvent {
    let bytes: [UInt8]

    init(_ data: JSONObject) {
        bytes = Array("data: ".utf8) + data.text + Array("\n\n".utf8)
    }
}

extension String {
    /// Without the white space at its ends.
    var strippingWhitespace: String {
        let start = drop { $0.isWhitespace }
        let end = start.lastIndex { !$0.isWhitespace }
        return end.map { String(start[...$0]) } ?? ""
    }
}
