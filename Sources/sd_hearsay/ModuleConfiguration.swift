import Glibc

/// The module's configuration file, in the form of Speech Dispatcher's own: `Key "value" …` lines, `#` begins a comment.
struct ModuleConfiguration: Equatable {
    /// Which voice a language and a symbolic type (such as `female1`) mean.
    struct SymbolicVoice: Equatable {
        var language: String
        var type: String
        var name: String
    }

    /// Where hearsayd listens; nil for where it usually does.
    var socket: String?
    /// Spoken with where nothing else is asked for; nil leaves it to hearsayd.
    var defaultVoice: String?
    var symbolicVoices: [SymbolicVoice] = []

    /// A line that cannot be understood, or a file that cannot be read.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private static let mostBytes = 1 << 20

    init() {}

    /// - Parameter file: its path; nil for no file.
    init(file: String?) throws(Problem) {
        guard let file else { return }
        // Started without its file, the module can still do its work.
        guard let text = try Self.read(file) else { return }
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            do {
                try apply(Self.words(line))
            } catch {
                throw Problem(description: "\(file), line \(index + 1): \(error)")
            }
        }
    }

    private mutating func apply(_ words: [String]) throws(Problem) {
        guard let key = words.first else { return }
        let values = words.dropFirst()
        switch (key.lowercased(), values.count) {
        case ("socket", 1): socket = values[1]
        case ("defaultvoice", 1): defaultVoice = values[1]
        case ("addvoice", 3):
            symbolicVoices.append(
                SymbolicVoice(language: values[1].lowercased(), type: values[2].lowercased(), name: values[3]))
        // Speech Dispatcher's modules share this one.
        case ("debug", 1): break
        case ("socket", _), ("defaultvoice", _): throw Problem(description: "\(key) has one value")
        case ("addvoice", _): throw Problem(description: "AddVoice has three values: language, type, name")
        default:
            throw Problem(description: "there is no key \(key); there are Socket, DefaultVoice and AddVoice")
        }
    }

    /// Words of a line; those in quotation marks may hold spaces.
    private static func words(_ line: Substring) throws(Problem) -> [String] {
        var words: [String] = []
        var rest = line.drop(while: \.isWhitespace)
        while let first = rest.first, first != "#" {
            if first == "\"" {
                let content = rest.dropFirst()
                guard let end = content.firstIndex(of: "\"") else {
                    throw Problem(description: "a quotation mark is missing")
                }
                words.append(String(content[..<end]))
                rest = content[end...].dropFirst()
            } else {
                let word = rest.prefix { !$0.isWhitespace }
                words.append(String(word))
                rest = rest.dropFirst(word.count)
            }
            rest = rest.drop(while: \.isWhitespace)
        }
        return words
    }

    /// Nil if there is no file.
    private static func read(_ path: String) throws(Problem) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 12)
        while bytes.count < mostBytes {
            let count = descriptor < 0 ? -1 : Glibc.read(descriptor, &block, block.count)
            if count == 0 { break }
            guard count > 0 else {
                throw Problem(description: "cannot read \(path): \(String(cString: strerror(errno)))")
            }
            bytes += block[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
