/// Web addresses, e-mail addresses, file names and paths, hashtags and handles, read character by character where no
/// word can be seen in them.
extension EnglishReader {
    /// Tokens of an address after which it is no longer read.
    private static let longestAddress = 120

    private static let topLevelDomains: Set<String> = [
        "com", "org", "net", "edu", "gov", "mil", "int", "io", "info", "biz", "dev", "app", "ai", "tv", "uk", "de",
        "fr",
        "eu", "ca", "au", "jp", "cn", "ru", "nl", "ch", "br", "kr", "xyz", "nz", "ie", "co", "gg", "online", "tech",
    ]
    private static let fileEndings: Set<String> = [
        "txt", "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "csv", "json", "xml", "html", "htm", "css", "js",
        "ts",
        "py", "swift", "c", "h", "cpp", "rs", "go", "java", "rb", "sh", "md", "yml", "yaml", "toml", "ini", "cfg",
        "conf",
        "log", "zip", "tar", "gz", "jpg", "jpeg", "png", "gif", "svg", "bmp", "mp", "wav", "flac", "ogg", "avi", "mov",
        "exe", "dll", "so", "iso", "img", "bin", "dat", "db", "sql", "php", "tex", "bak", "tmp", "onnx", "webp",
    ]

    /// An address that begins at `index`.
    func webAddress(at index: Int) -> Reading? {
        guard text.isBlank(index - 1) || (text.isBlank(index - 2) && text.beginsChunk(index)),
            let end = chunkEnd(from: index)
        else { return nil }
        if let address = schemeAddress(at: index, end) ?? emailAddress(at: index, end) { return address }
        if let tag = mention(at: index, end) ?? path(at: index, end) { return tag }
        return bareDomain(at: index, end) ?? fileName(at: index, end)
    }

    /// The end of the run of characters at `index` without the punctuation that closes it; nil for a huge one.
    private func chunkEnd(from index: Int) -> Int? {
        var end = index
        while !text.isBlank(end) {
            end += 1
            if end - index > 4 * Self.longestAddress { return nil }
        }
        while end > index + 1,
            text.isSymbol(end - 1, ".", ",", ";", ":", "!", "?", "\"", "'", ")", "]", "}", ">", "\u{2026}", "*", "_")
        {
            end -= 1
        }
        return end
    }

    /// "https://example.com/a?b=1", "www.example.com", "mailto:a@b.org": the scheme is not said.
    private func schemeAddress(at index: Int, _ end: Int) -> Reading? {
        if text.lowercasedWord(index) == "www", text.isSymbol(index + 1, "."), index + 2 < end {
            return Reading(words: spelledAddress(index..<end), end: end)
        }
        guard text.kind(index) == .word, text.isSymbol(index + 1, ":") else { return nil }
        if text.isSymbol(index + 2, "/"), text.isSymbol(index + 3, "/"), index + 4 < end {
            let isWeb = ["http", "https"].contains(text.lowercasedWord(index) ?? "")
            let scheme = isWeb ? "" : Self.letters(text.text(index)) + " colon slash slash "
            return Reading(words: scheme + spelledAddress(index + 4..<end), end: end)
        }
        return text.lowercasedWord(index) == "mailto" ? emailAddress(at: index + 2, end) : nil
    }

    /// "first.last@example.com".
    private func emailAddress(at index: Int, _ end: Int) -> Reading? {
        guard text.kind(index) == .word || text.kind(index) == .number,
            let sign = (index..<end).first(where: { text.isSymbol($0, "@") }), text.kind(sign + 1) == .word,
            (sign..<end).contains(where: { text.isSymbol($0, ".") }),
            (index..<end).allSatisfy({ text.kind($0) != .symbol || text.isSymbol($0, "@", ".", "-", "_", "+") })
        else { return nil }
        return Reading(words: spelledAddress(index..<end), end: end)
    }

    /// "#hashTag", "@name".
    private func mention(at index: Int, _ end: Int) -> Reading? {
        guard text.isSymbol(index, "#", "@"), text.kind(index + 1) == .word, index + 1 < end,
            (index + 1..<end).allSatisfy({ text.kind($0) != .symbol || text.isSymbol($0, "_", ".", "-") })
        else { return nil }
        let mark = text.isSymbol(index, "#") ? "hashtag" : "at"
        var words = [mark]
        for token in index + 1..<end {
            switch text.kind(token) {
            case .word: words += mark == "hashtag" ? Self.camelCaseWords(text.text(token)) : [text.text(token)]
            case .number: words.append(addressNumber(token))
            default: words.append(text.isSymbol(token, "_") ? "underscore" : text.isSymbol(token, ".") ? "dot" : "dash")
            }
        }
        return Reading(words: words.joined(separator: " "), end: end)
    }

    /// "/usr/bin", "~/notes.txt", "./run.sh", "C:\Users".
    private func path(at index: Int, _ end: Int) -> Reading? {
        let isDrive =
            text.isAllCapitals(index) && text.tokens[index].count == 1 && text.isSymbol(index + 1, ":")
            && text.isSymbol(index + 2, "\\")
        let isHome = text.isSymbol(index, "~") && text.isSymbol(index + 1, "/")
        let isRelative =
            text.isSymbol(index, ".") && text.isSymbol(index + 1, "/", ".")
            && text.isSymbol(text.isSymbol(index + 1, ".") ? index + 2 : index + 1, "/")
        let isAbsolute = text.isSymbol(index, "/") && text.kind(index + 1) == .word
        guard isDrive || isHome || isRelative || isAbsolute else { return nil }
        return Reading(words: spelledAddress(index..<end), end: end)
    }

    /// "example.com", "docs.example.org/start".
    private func bareDomain(at index: Int, _ end: Int) -> Reading? {
        guard text.kind(index) == .word || text.kind(index) == .number else { return nil }
        var position = index
        var labels = 0
        while position < end,
            text.kind(position) == .word || text.kind(position) == .number || text.isSymbol(position, "-")
        {
            position += 1
            if text.isSymbol(position, "."), position + 1 < end {
                labels += 1
                position += 1
            }
        }
        guard labels > 0, position == end || text.isSymbol(position, "/", ":", "?", "#"),
            let last = text.word(position - 1), Self.topLevelDomains.contains(last)
        else { return nil }
        return Reading(words: spelledAddress(index..<end), end: end)
    }

    /// "report.pdf", "main_2.swift".
    private func fileName(at index: Int, _ end: Int) -> Reading? {
        guard text.kind(index) == .word || text.kind(index) == .number || text.isSymbol(index, "_"), end - index >= 3,
            (index..<end).allSatisfy({ text.kind($0) != .symbol || text.isSymbol($0, ".", "-", "_", "/") })
        else { return nil }
        // The ending of "song.mp3" is two tokens.
        let ending = text.kind(end - 1) == .number && text.kind(end - 2) == .word ? end - 2 : end - 1
        guard ending > index + 1, text.isSymbol(ending - 1, "."), let word = text.word(ending),
            Self.fileEndings.contains(word)
        else { return nil }
        return Reading(words: spelledAddress(index..<end), end: end)
    }

    // MARK: Spelling

    private func spelledAddress(_ range: Range<Int>) -> String {
        var words: [String] = []
        // Nobody says the stroke at the end.
        let said = text.isSymbol(range.upperBound - 1, "/") && range.count > 1 ? range.dropLast() : range
        for index in said.prefix(Self.longestAddress) {
            switch text.kind(index) {
            case .word: words.append(Self.addressWord(text.text(index)))
            case .number: words.append(addressNumber(index))
            default:
                if let symbol = text.symbol(index), let name = SymbolNames.inAddresses[symbol] { words.append(name) }
            }
        }
        return words.joined(separator: " ")
    }

    private func addressNumber(_ index: Int) -> String {
        guard let digits = text.digits(index) else { return "" }
        let spells = digits.first == "0" || digits.count > 4
        return spells ? numbers.spelled(digits) : digits.count == 4 ? numbers.year(digits) : numbers.cardinal(digits)
    }

    /// Parts of addresses that are said letter by letter.
    private static let spelledParts: Set<String> = [
        "io", "ai", "uk", "eu", "tv", "edu", "de", "fr", "us", "au", "nl", "ch", "cn", "ru", "nz", "ie", "jp", "br",
        "kr",
        "pdf", "html", "htm", "css", "js", "ts", "php", "xml", "csv", "sql", "jpg", "png", "svg", "exe", "dll", "py",
        "rs",
        "rb", "sh", "md", "yml", "cpp", "txt", "api", "faq", "mp", "gz", "xls", "xlsx", "ppt", "pptx", "docx", "db",
        "so",
        "cfg", "ini", "http", "https", "ftp", "url", "usr", "src", "etc", "gif", "avi", "iso", "tmp", "bak", "id", "ui",
    ]
    private static let spokenParts = [
        "etc": "etc", "txt": "text", "jpg": "jay peg", "src": "source", "tmp": "temp", "gif": "gif", "sql": "S.Q.L",
        "usr": "user", "a": "eh", "A": "eh",
    ]

    private static func addressWord(_ word: String) -> String {
        if let spoken = spokenParts[word] { return spoken }
        return spelledParts.contains(word.lowercased()) ? letters(word) : word
    }

    /// "throwBackThursday" in three words.
    private static func camelCaseWords(_ word: String) -> [String] {
        var words: [String] = []
        var current = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        for scalar in word.unicodeScalars {
            if scalar.isUppercaseLetter, previous.isLowercaseLetter {
                words.append(String(current))
                current = String.UnicodeScalarView()
            }
            current.append(scalar)
            previous = scalar
        }
        return words + [String(current)]
    }
}
