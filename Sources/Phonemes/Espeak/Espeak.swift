import CEspeak

/// libespeak-ng itself: global, not for two threads at once, and known to end its process on some texts.
enum Espeak {
    /// Separates the phonemes of a word in what espeak-ng writes.
    static let separator: Character = "_"
    private static let separatorByte = CChar(0x5F)

    /// Opens the library, which is done once.
    ///
    /// - Throws: ``PhonemeError/Code/espeakMissing``.
    static func open() throws(PhonemeError) {
        var reason = ""
        let outcome = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress else { return HEARSAY_ESPEAK_NO_LIBRARY }
            let outcome = hearsay_espeak_open(base, buffer.count)
            reason = String(cString: base)
            return outcome
        }
        switch outcome {
        case HEARSAY_ESPEAK_OK: return
        case HEARSAY_ESPEAK_NO_DATA:
            throw PhonemeError(
                .espeakMissing,
                "Speaking needs espeak-ng's dictionaries, which are not where libespeak-ng looks for them (\(reason)). "
                    + "Install them (Debian, Ubuntu: apt install espeak-ng-data), or set ESPEAK_DATA_PATH.")
        default:
            throw PhonemeError(
                .espeakMissing,
                "Speaking needs libespeak-ng, which could not be opened (\(reason)). Install it (Debian, Ubuntu: apt "
                    + "install libespeak-ng1).")
        }
    }

    /// Where the opened library has its data.
    static var dataFolder: String? { hearsay_espeak_data().map { String(cString: $0) } }

    /// All voices of the opened library; reads some hundred small files.
    static func voices() -> [EspeakVoice] {
        var voices: [EspeakVoice] = []
        var identifier: UnsafePointer<CChar>?
        var languages: UnsafePointer<CChar>?
        while hearsay_espeak_voice(voices.count, &identifier, &languages) != 0 {
            voices.append(
                EspeakVoice(identifier: identifier.map { String(cString: $0) } ?? "", tags: languages.map(tags) ?? []))
        }
        return voices
    }

    /// - Returns: true if the voice could be loaded.
    static func select(_ identifier: String) -> Bool {
        hearsay_espeak_select(identifier) == 0
    }

    /// Phonemes of a text in the selected voice, its parts joined by spaces.
    ///
    /// - Parameter text: has been through ``EspeakText/clean(_:)``, or ends this process if it should.
    static func phonemes(of text: String) -> String {
        var result = ""
        text.withCString { start in
            var rest: UnsafePointer<CChar>? = start
            while let next = rest, next.pointee != 0 {
                guard let part = hearsay_espeak_next(&rest, separatorByte) else { break }
                if part.pointee != 0 {
                    if !result.isEmpty { result += " " }
                    result += String(cString: part)
                }
                // A part that takes nothing would be handed out for ever.
                if rest == next { break }
            }
        }
        return result
    }

    /// Pairs of a priority byte and a tag that ends with a zero byte, behind the last of which there is another one.
    private static func tags(_ list: UnsafePointer<CChar>) -> [EspeakVoice.Tag] {
        var tags: [EspeakVoice.Tag] = []
        var next = list
        while next.pointee != 0 {
            let name = String(cString: next + 1)
            tags.append(EspeakVoice.Tag(priority: Int(UInt8(bitPattern: next.pointee)), name: name.lowercased()))
            next += 2 + name.utf8.count
        }
        return tags
    }
}
