import HelperProcess

/// What a program and its phonemizer process say to each other, in the frames of ``HelperFrame``.
///
/// - Request: the length of a language tag (2 bytes) and the tag; the number of clauses (2 bytes); of each clause its
///   length (4 bytes) and text. UTF-8, numbers little-endian. A request without clauses only selects the language, and is
///   not answered.
/// - Reply: one frame for each clause in order, a status byte and text, so that it is known which clause broke the
///   process. A status other than ``Reply/phonemes(_:)`` ends the request.
enum PhonemizerMessage {
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
        HelperFrame.append(language.count, bytes: 2, to: &payload)
        payload += language
        HelperFrame.append(request.clauses.count, bytes: 2, to: &payload)
        for clause in request.clauses {
            HelperFrame.append(clause.utf8.count, bytes: 4, to: &payload)
            payload += clause.utf8
        }
        return HelperFrame.encode(payload)
    }

    static func encode(_ reply: Reply) -> [UInt8] {
        switch reply {
        case .phonemes(let text): HelperFrame.encode([0] + text.utf8)
        case .espeakMissing(let text): HelperFrame.encode([1] + text.utf8)
        case .languageUnsupported(let text): HelperFrame.encode([2] + text.utf8)
        }
    }

    /// - Returns: nil if the bytes are no request.
    static func decodeRequest(_ payload: ArraySlice<UInt8>) -> Request? {
        var rest = payload
        guard let languageCount = HelperFrame.take(2, from: &rest), rest.count >= languageCount else { return nil }
        let language = String(decoding: rest.prefix(languageCount), as: UTF8.self)
        rest = rest.dropFirst(languageCount)
        guard let count = HelperFrame.take(2, from: &rest), count <= mostClauses else { return nil }
        var clauses: [String] = []
        for _ in 0..<count {
            guard let length = HelperFrame.take(4, from: &rest), rest.count >= length else { return nil }
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
}
