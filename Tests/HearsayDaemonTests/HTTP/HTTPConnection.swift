import Glibc
import StrictJSON

/// A connection on which any bytes can be sent, and HTTP/1.1 answers read.
final class HTTPConnection: StreamSocket {
    struct Answer {
        var status = 0
        /// By names in lower case.
        var headers: [String: String] = [:]
        var body: [UInt8] = []
        /// Whether the body came to the end that its header promised.
        var isComplete = false

        var text: String { String(decoding: body, as: UTF8.self) }
        var json: JSONValue? { try? JSONValue(parsing: body) }
        /// The stable code of an error.
        var code: String? { json?["error"]?["code"]?.string }
    }

    private var buffer: [UInt8] = []

    // MARK: Sending

    func get(_ path: String, _ headers: [String] = ["Host: localhost"]) -> Answer? {
        send("GET \(path) HTTP/1.1\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n")
        return answer()
    }

    /// Sends JSON, and does not read the answer.
    func post(_ path: String, json: String) {
        send(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(json.utf8.count)\r\n\r\n\(json)")
    }

    /// Sends a form with a recording, and does not read the answer.
    func post(_ path: String, file: [UInt8], _ fields: [(String, String)] = []) {
        let body = Self.form(file: file, fields)
        send(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=\(Self.boundary)\r\n"
                + "Content-Length: \(body.count)\r\n\r\n")
        send(body)
    }

    static let boundary = "----a-boundary"

    static func form(file: [UInt8], _ fields: [(String, String)] = []) -> [UInt8] {
        var body: [UInt8] = []
        for (name, value) in fields {
            body += Array(
                "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
        }
        body += Array(
            ("--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
                + "Content-Type: audio/wav\r\n\r\n").utf8)
        return body + file + Array("\r\n--\(boundary)--\r\n".utf8)
    }

    // MARK: Receiving

    /// The next answer; nil when the connection ends before its header does, or nothing comes for a minute.
    func answer() -> Answer? {
        guard var answer = head() else { return nil }
        if answer.headers["transfer-encoding"] == "chunked" {
            answer.isComplete = takeChunks(into: &answer.body)
        } else if let length = answer.headers["content-length"].flatMap({ Int($0) }) {
            answer.isComplete = fill(length)
            answer.body = Array(buffer.prefix(length))
            buffer.removeFirst(min(length, buffer.count))
        } else {
            answer.isComplete = true
        }
        return answer
    }

    /// The next answer's header.
    func head() -> Answer? {
        guard let text = line(endingWith: "\r\n\r\n") else { return nil }
        let lines = text.split(separator: "\r\n")
        var answer = Answer()
        answer.status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            answer.headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        return answer
    }

    /// Whether the other side has ended the connection, with nothing left to read.
    var isEnded: Bool { buffer.isEmpty && !fill() }

    private func takeChunks(into body: inout [UInt8]) -> Bool {
        while let text = line(endingWith: "\r\n"), let count = Int(text, radix: 16) {
            guard fill(count + 2) else { return false }
            body += buffer.prefix(count)
            buffer.removeFirst(count + 2)
            if count == 0 { return true }
        }
        return false
    }

    private func line(endingWith end: String) -> String? {
        let end = Array(end.utf8)
        while true {
            if let index = buffer.indices.first(where: { buffer[$0...].starts(with: end) }) {
                let text = String(decoding: buffer[..<index], as: UTF8.self)
                buffer.removeFirst(index + end.count)
                return text
            }
            guard fill() else { return nil }
        }
    }

    private func fill(_ count: Int) -> Bool {
        while buffer.count < count { guard fill() else { return false } }
        return true
    }

    private func fill() -> Bool {
        guard let bytes = receive() else { return false }
        buffer += bytes
        return true
    }
}
