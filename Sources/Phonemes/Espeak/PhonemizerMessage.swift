/// What a program and its phonemizer process say to each other: frames of a length (4 bytes, little-endian) and as many
/// bytes.
///
/// - Request: the length of a language tag (2 bytes) and the tag; the number of clauses (2 bytes); of each clause its
///   length (4 bytes) and text. UTF-8, numbers little-endian. A request without clauses only selects the language, and is
///   not answered.
/// - Reply: one frame for each clause in order, a status byte and text, so that it is known which clause broke the
///   process. A status other than ``Reply/phonemes(_:)`` ends the request.
enum PhonemizerMessage {
    static let headerCount = 4
    /// Bytes of a frame behind its header.
    static let longestFrame = 1 << 20
    static let mostClauses = 64

    struct Request: Equatable {
        var language: String
        var clauses: [String]
    }

    enum Reply: Equatable {
        case phonemes(String)
        case espeakMissing(String)
        case languageUnsupported(String)
    }

    static func encode(_ request: Request) -> [UInt8] {
        let language = request.language.utf8.prefix(Int(UInt16.max))
        var payload: [UInt8] = []
        append(language.count, bytes: 2, to: &payload)
        payload += language
        append(request.clauses.count, bytes: 2, to: &payload)
        for clause in request.clauses {
            append(clause.utf8.count, bytes: 4, to: &payload)
            payload += clause.utf8
        }
        return frame(payload)
    }

    static func encode(_ reply: Reply) -> [UInt8] {
        switch reply {
        case .phonemes(let text): frame([0] + text.utf8)
        case .espeakMissing(let text): frame([1] + text.utf8)
        case .languageUnsupported(let text): frame([2] + text.utf8)
        }
    }

    /// - Returns: nil if the bytes are no request.
    static func decodeRequest(_ payload: ArraySlice<UInt8>) -> Request? {
        var rest = payload
        guard let languageCount = take(2, from: &rest), rest.count >= languageCount else { return nil }
        let language = String(decoding: rest.prefix(languageCount), as: UTF8.self)
        rest = rest.dropFirst(languageCount)
        guard let count = take(2, from: &rest), count <= mostClauses else { return nil }
        var clauses: [String] = []
        for _ in 0..<count {
            guard let length = take(4, from: &rest), rest.count >= length else { return nil }
            clauses.append(String(decoding: rest.prefix(length), as: UTF8.self))
            rest = rest.dropFirst(length)
        }
        return rest.isEmpty ? Request(language: language, clauses: clauses) : nil
    }

    /// - Returns: nil if the bytes are no reply.
    static func decodeReply(_ payload: ArraySlice<UInt8>) -> Reply? {
        let text = String(decoding: payload.dropFirst(), as: UTF8.self)
        switch payload.first {
        case 0: return .phonemes(text)
        case 1: return .espeakMissing(text)
        case 2: return .languageUnsupported(text)
        default: return nil
        }
    }

    /// The length in a frame's header; nil if it is longer than any frame may be.
    static func payloadCount(_ header: ArraySlice<UInt8>) -> Int? {
        var rest = header
        guard let count = take(headerCount, from: &rest), count <= longestFrame else { return nil }
        return count
    }

    private static func frame(_ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(headerCount + payload.count)
        append(payload.count, bytes: headerCount, to: &frame)
        return frame + payload
    }

    private static func append(_ value: Int, bytes count: Int, to target: inout [UInt8]) {
        for index in 0..<count { target.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }

    private static func take(_ count: Int, from rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
