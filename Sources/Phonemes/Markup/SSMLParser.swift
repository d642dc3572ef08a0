/// Reads the part of SSML 1.1 that makes sense to a voice here: `speak`, `p`, `s`, `break`, `prosody`, `emphasis`,
/// `say-as`, `sub`, `phoneme` and `mark`. What is inside any other element is spoken, and a warning says so.
struct SSMLParser {
    private var reader: MarkupReader
    private let normalizer: TextNormalizer
    private let notation: PhonemeNotation
    private let attributes: ProsodyAttributes
    private let isLenient: Bool

    private var marked = MarkedText()
    private var block = MarkedText.Block()
    /// Of the elements that are open, the prosody around each.
    private var around: [Prosody] = []
    private var prosody = Prosody.neutral

    /// - Parameter isLenient: values that mean nothing are ignored with a warning.
    /// - Throws: ``PhonemeError/Code/textTooLong``.
    init(
        _ text: String, normalizer: TextNormalizer, notation: PhonemeNotation, referencePitch: Double, isLenient: Bool
    ) throws(PhonemeError) {
        reader = try MarkupReader(text)
        self.normalizer = normalizer
        self.notation = notation
        self.isLenient = isLenient
        attributes = ProsodyAttributes(referencePitch: referencePitch)
    }

    /// - Throws: ``PhonemeError/Code/ssmlInvalid`` or ``PhonemeError/Code/phonemesInvalid``.
    mutating func parse() throws(PhonemeError) -> MarkedText {
        var hasRoot = false
        while true {
            switch try reader.read() {
            case .finished:
                guard hasRoot else { throw reader.error("SSML begins with <speak>", at: 0) }
                flush()
                return marked
            case .text(let text):
                if reader.depth > 0 {
                    append(.text(Self.collapsed(text), prosody))
                } else if !text.allSatisfy(\.isWhitespace) {
                    throw reader.error("There is text outside <speak>", at: reader.eventOffset)
                }
            case .start(let name, let attributes):
                if reader.depth == 1 {
                    guard name == "speak", !hasRoot else {
                        throw reader.error("SSML is one element <speak>, not <\(name)>", at: reader.eventOffset)
                    }
                    hasRoot = true
                }
                around.append(prosody)
                try begin(name, attributes)
            case .end(let name):
                end(name)
            }
        }
    }

    private mutating func begin(_ name: String, _ attributes: [MarkupReader.Attribute]) throws(PhonemeError) {
        switch name {
        case "speak": break
        case "p": flushParagraph()
        case "s": flush()
        case "prosody": try beginProsody(attributes)
        case "emphasis": try beginEmphasis(attributes)
        case "break": try pause(attributes)
        case "mark":
            if let name = try value("name", of: attributes, in: "mark") { append(.mark(name)) }
        case "say-as": try sayAs(attributes)
        case "sub":
            let alias = try value("alias", of: attributes, in: "sub")
            let text = try content()
            append(.text(Self.collapsed(alias ?? text), prosody))
        case "phoneme": try phoneme(attributes)
        default: warn("<\(name)> is not known; its text is spoken", at: reader.eventOffset)
        }
    }

    private mutating func end(_ name: String) {
        prosody = around.popLast() ?? .neutral
        switch name {
        case "p": flushParagraph()
        case "s":
            block.isSentence = true
            flush()
        default: break
        }
    }

    private mutating func beginProsody(_ attributes: [MarkupReader.Attribute]) throws(PhonemeError) {
        for attribute in attributes {
            switch attribute.name {
            case "rate", "pitch", "range", "volume":
                let written = "\(attribute.name)=\"\(EspeakText.clean(attribute.value))\""
                switch self.attributes.apply(attribute.name, attribute.value, to: &prosody) {
                case .applied: break
                case .limited(let most):
                    warn("\(written) is more than voices follow; it is spoken with \(most)", at: attribute.offset)
                case .refused: try refuse("\(written) is no value for prosody", at: attribute.offset)
                }
            default: ignore(attribute, of: "prosody")
            }
        }
    }

    private mutating func beginEmphasis(_ attributes: [MarkupReader.Attribute]) throws(PhonemeError) {
        let level = attributes.first { $0.name == "level" }
        switch level?.value {
        case "strong": prosody.emphasis = .strong
        case "moderate", nil: prosody.emphasis = .moderate
        case "none": prosody.emphasis = .none
        case "reduced": prosody.emphasis = .reduced
        default:
            try refuse(
                "The level of emphasis is strong, moderate, none or reduced", at: level?.offset ?? reader.eventOffset)
        }
    }

    /// Seconds of the strengths, between a short breath and a paragraph.
    private static let strengths = [
        "none": 0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.2,
    ]
    private static let longestPause = 60.0

    private mutating func pause(_ attributes: [MarkupReader.Attribute]) throws(PhonemeError) {
        var seconds = Self.strengths["medium"]
        var offset = reader.eventOffset
        for attribute in attributes where attribute.name == "strength" || attribute.name == "time" {
            // A time is more precise than a strength, whichever comes first.
            if attribute.name == "strength" && attributes.contains(where: { $0.name == "time" }) { continue }
            offset = attribute.offset
            seconds = attribute.name == "time" ? Self.seconds(attribute.value) : Self.strengths[attribute.value]
            if seconds == nil {
                try refuse(
                    "\(attribute.name)=\"\(EspeakText.clean(attribute.value))\" is no pause; write 500ms, 1.5s or "
                        + "strength=\"medium\"", at: attribute.offset)
            }
        }
        guard let seconds else { return }
        if seconds > Self.longestPause {
            warn("no pause lasts longer than \(Int(Self.longestPause)) seconds; this one is cut to that", at: offset)
        }
        append(.pause(min(seconds, Self.longestPause)))
    }

    private static func seconds(_ text: String) -> Double? {
        guard let number = DecimalNumber(text), number.value >= 0 else { return nil }
        switch number.unit {
        case "ms": return number.value / 1_000
        case "s": return number.value
        default: return nil
        }
    }

    private mutating func sayAs(_ attributes: [MarkupReader.Attribute]) throws(PhonemeError) {
        let kind = try value("interpret-as", of: attributes, in: "say-as")
        let offset = reader.eventOffset
        let format = attributes.first { $0.name == "format" }?.value
        let text = try content()
        guard let kind else { return append(.text(text, prosody)) }
        guard let sayAs = SayAs(interpretAs: kind, format: format) else {
            warn("interpret-as=\"\(EspeakText.clean(kind))\" is not known; read as plain text", at: offset)
            return append(.text(text, prosody))
        }
        append(.words(normalizer.spoken(text, as: sayAs), prosody))
    }

    private mutating func phoneme(_ attributes: [MarkupReader.Attribute]) throws(PhonemeError) {
        let given = try value("ph", of: attributes, in: "phoneme")
        let offset = (attributes.first { $0.name == "ph" }?.offset ?? reader.eventOffset)
        let alphabet = attributes.first { $0.name == "alphabet" }?.value.lowercased() ?? "ipa"
        let text = try content()
        guard let given else { return append(.text(text, prosody)) }
        let result: Result<[Phoneme], PhonemeNotation.Unknown>
        switch alphabet {
        case "ipa": result = notation.ipa(given)
        case "x-espeak", "espeak", "x-espeak-ng": result = notation.mnemonics(given)
        default:
            try refuse("The alphabet of phonemes is ipa or x-espeak", at: offset)
            return append(.text(text, prosody))
        }
        switch result {
        case .success(let phonemes):
            let shown = text.allSatisfy(\.isWhitespace) ? given : text
            append(.phonemes(phonemes, text: shown, prosody))
        case .failure(let unknown):
            guard isLenient else {
                throw PhonemeError(.phonemesInvalid, unknown.description, at: reader.position(of: offset))
            }
            warn(unknown.description, at: offset)
            append(.text(text, prosody))
        }
    }

    /// All text up to the end of the element that has just begun; elements inside count only by their text.
    private mutating func content() throws(PhonemeError) -> String {
        var text = ""
        let depth = reader.depth
        while true {
            switch try reader.read() {
            case .text(let more): text += more
            case .start(let name, _):
                warn("<\(name)> has no meaning here", at: reader.eventOffset)
            case .end(let name):
                if reader.depth < depth {
                    end(name)
                    return Self.collapsed(text)
                }
            case .finished: return text
            }
        }
    }

    private mutating func value(
        _ name: String, of attributes: [MarkupReader.Attribute], in element: String
    ) throws(PhonemeError) -> String? {
        if let attribute = attributes.first(where: { $0.name == name }) { return attribute.value }
        try refuse("<\(element)> needs the attribute \(name)", at: reader.eventOffset)
        return nil
    }

    private mutating func refuse(_ message: String, at offset: Int) throws(PhonemeError) {
        guard isLenient else { throw reader.error(message, at: offset) }
        warn(message, at: offset)
    }

    private mutating func ignore(_ attribute: MarkupReader.Attribute, of element: String) {
        guard !attribute.name.hasPrefix("xml") else { return }
        warn("\(attribute.name) of <\(element)> is ignored", at: attribute.offset)
    }

    private mutating func warn(_ message: String, at offset: Int) {
        guard marked.warnings.count < SpeechWarning.most else { return }
        marked.warnings.append(SpeechWarning(message: message, position: reader.position(of: offset)))
    }

    private mutating func append(_ item: MarkedText.Item) {
        block.items.append(item)
    }

    /// Ends a paragraph, whose last sentence may have ended before it.
    private mutating func flushParagraph() {
        flush()
        if !marked.blocks.isEmpty { marked.blocks[marked.blocks.count - 1].endsParagraph = true }
    }

    /// Ends a block, which may have nothing but pauses.
    private mutating func flush() {
        defer { block = MarkedText.Block() }
        let isBlank = block.items.allSatisfy { item in
            if case .text(let text, _) = item { text.allSatisfy(\.isWhitespace) } else { false }
        }
        if !isBlank { marked.blocks.append(block) }
    }

    /// Line breaks are but spaces in SSML; in plain text they end something.
    private static func collapsed(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            let isSpace = scalar.properties.isWhitespace
            if !isSpace || result.unicodeScalars.last != " " { result.unicodeScalars.append(isSpace ? " " : scalar) }
        }
        return result
    }
}
