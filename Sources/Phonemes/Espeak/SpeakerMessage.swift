import HelperProcess

/// What a program and the process that speaks say to each other, in the frames of ``HelperFrame``.
///
/// - Request, one in the life of the process: empty for the languages; else the length of a language tag (2 bytes) and the
///   tag, words per minute (2 bytes), pitch and range (1 byte each), and the text. UTF-8, numbers little-endian.
/// - Reply: a status byte and samples (16 bits, little-endian) or text. Any number of ``Reply/sound(_:)``, and one other.
enum SpeakerMessage {
    enum Request: Equatable {
        case languages
        case speech(String, language: String, EspeakManner)
    }

    enum Reply: Equatable {
        /// Samples as bytes.
        case sound(ArraySlice<UInt8>)
        case end
        case espeakMissing(String)
        case languageUnsupported(String)
        case languages([String])
    }

    static func encode(_ request: Request) -> [UInt8] {
        guard case .speech(let text, let language, let manner) = request else { return HelperFrame.encode([]) }
        var payload: [UInt8] = []
        HelperFrame.append(language.utf8.count, bytes: 2, to: &payload)
        payload += language.utf8
        HelperFrame.append(manner.wordsPerMinute, bytes: 2, to: &payload)
        HelperFrame.append(manner.pitch, bytes: 1, to: &payload)
        HelperFrame.append(manner.range, bytes: 1, to: &payload)
        return HelperFrame.encode(payload + text.utf8)
    }

    static func encode(_ reply: Reply) -> [UInt8] {
        switch reply {
        case .sound(let bytes): HelperFrame.encode([0] + bytes)
        case .end: HelperFrame.encode([1])
        case .espeakMissing(let text): HelperFrame.encode([2] + text.utf8)
        case .languageUnsupported(let text): HelperFrame.encode([3] + text.utf8)
        case .languages(let tags): HelperFrame.encode([4] + tags.joined(separator: "\n").utf8)
        }
    }

    /// - Returns: nil if the bytes are no request.
    static func decodeRequest(_ payload: [UInt8]) -> Request? {
        guard !payload.isEmpty else { return .languages }
        var rest = payload[...]
        guard let count = HelperFrame.take(2, from: &rest), rest.count >= count else { return nil }
        let language = String(decoding: rest.prefix(count), as: UTF8.self)
        rest = rest.dropFirst(count)
        guard let words = HelperFrame.take(2, from: &rest), let pitch = HelperFrame.take(1, from: &rest),
            let range = HelperFrame.take(1, from: &rest)
        else { return nil }
        let manner = EspeakManner(wordsPerMinute: words, pitch: pitch, range: range)
        return .speech(String(decoding: rest, as: UTF8.self), language: language, manner)
    }

    /// - Returns: nil if the bytes are no reply.
    static func decodeReply(_ payload: [UInt8]) -> Reply? {
        let rest = payload.dropFirst()
        let text = { String(decoding: rest, as: UTF8.self) }
        switch payload.first {
        case 0: return rest.count.isMultiple(of: 2) ? .sound(rest) : nil
        case 1: return .end
        case 2: return .espeakMissing(text())
        case 3: return .languageUnsupported(text())
        case 4: return .languages(text().split(separator: "\n").map(String.init))
        default: return nil
        }
    }
}
