internal import Glibc
internal import TOMLKit

/// The configuration from its sources: defaults, then the file, then the environment, then the command line.
public struct ConfigurationReader: Sendable {
    /// One thing wrong with a configuration.
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        /// A path, or `environment`.
        public let source: String
        /// Counted from 1; nil where there are no lines.
        public let line: Int?
        public let message: String

        public var description: String { "\(source):\(line.map { "\($0):" } ?? "") \(message)" }
    }

    /// Nil for the first of the usual places where there is a file.
    private let path: String?
    private let environment: [String: String]

    /// - Parameter path: the file to read; nil for the usual places, where none need be.
    public init(path: String?, environment: [String: String]) {
        self.path = path
        self.environment = environment
    }

    /// The file that is read; nil for none.
    public var file: String? {
        if let path { return path }
        let user = environment["XDG_CONFIG_HOME"] ?? environment["HOME"].map { "\($0)/.config" }
        return [user.map { "\($0)/hearsay/hearsayd.toml" }, "/etc/hearsay/hearsayd.toml"].compactMap(\.self)
            .first { access($0, F_OK) == 0 }
    }

    /// Reads the configuration.
    ///
    /// - Throws: ``DaemonError`` `config.unreadable`, or `config.invalid` with every problem on a line of its own.
    public func read() throws(DaemonError) -> DaemonConfiguration {
        var configuration = DaemonConfiguration()
        var problems: [Problem] = []
        if let file {
            problems += Self.apply(try Self.contents(of: file), source: file, to: &configuration)
        }
        problems += applyEnvironment(to: &configuration)
        guard problems.isEmpty else {
            throw DaemonError(.configurationInvalid, problems.map(\.description).joined(separator: "\n"))
        }
        return configuration
    }

    /// Environment variables are `HEARSAYD_` and a key in capitals with underscores: `HEARSAYD_LIMITS_CONNECTIONS`.
    private func applyEnvironment(to configuration: inout DaemonConfiguration) -> [Problem] {
        let prefix = "HEARSAYD_"
        var names: [String: ConfigurationKey] = [:]
        for key in ConfigurationKey.all {
            names[prefix + key.name.replacing(".", with: "_").uppercased()] = key
        }
        var problems: [Problem] = []
        for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) {
            guard let key = names[name] else {
                let nearest = Suggestion.nearest(to: name, among: Array(names.keys))
                problems.append(Self.unknown(name, nearest, source: "environment", line: nil))
                continue
            }
            do {
                try key.apply(key.parse(text), &configuration)
            } catch {
                problems.append(Problem(source: "environment", line: nil, message: "\(name): \(error.reason)"))
            }
        }
        return problems
    }

    /// Applies the text of a file.
    ///
    /// - Returns: what is wrong with it.
    static func apply(_ text: String, source: String, to configuration: inout DaemonConfiguration) -> [Problem] {
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            return [Problem(source: source, line: error.source.begin.line, message: error.description)]
        } catch {
            return [Problem(source: source, line: nil, message: "\(error)")]
        }
        let lines = TOMLLines(text)
        let sections = Set(ConfigurationKey.all.compactMap { $0.name.split(separator: ".").dropLast().first })
            .map(String.init)
        var problems: [Problem] = []
        for (name, value) in Self.flatten(table, prefix: "") {
            let line = lines.line(of: name)
            guard let key = ConfigurationKey.all.first(where: { $0.name == name }) else {
                // A section is no advice for a key, nor for what is meant to be in it.
                let known = ConfigurationKey.all.map(\.name) + (name.contains(".") ? [] : sections)
                problems.append(unknown(name, Suggestion.nearest(to: name, among: known), source: source, line: line))
                continue
            }
            do {
                try key.apply(value, &configuration)
            } catch {
                problems.append(Problem(source: source, line: line, message: "\(name): \(error.reason)"))
            }
        }
        return problems.sorted { ($0.line ?? 0, $0.message) < ($1.line ?? 0, $1.message) }
    }

    private static func unknown(_ name: String, _ nearest: String?, source: String, line: Int?) -> Problem {
        let hint = nearest.map { "; did you mean \"\($0)\"?" } ?? ""
        return Problem(source: source, line: line, message: "unknown key \"\(name)\"\(hint)")
    }

    /// Keys of all tables, dotted. An empty table that no key belongs to counts as a key.
    private static func flatten(_ table: TOMLTable, prefix: String) -> [(String, ConfigurationKey.Value)] {
        var result: [(String, ConfigurationKey.Value)] = []
        for key in table.keys {
            guard let value = table[key] else { continue }
            let name = prefix + key
            if let inner = value.table {
                let isKnown = ConfigurationKey.all.contains { $0.name.hasPrefix(name + ".") }
                result += isKnown ? flatten(inner, prefix: name + ".") : [(name, .other("a table"))]
            } else if let text = value.string {
                result.append((name, .string(text)))
            } else if let number = value.int {
                result.append((name, .integer(number)))
            } else if let flag = value.bool {
                result.append((name, .bool(flag)))
            } else if let array = value.array {
                let texts = array.compactMap(\.string)
                result.append((name, texts.count == array.count ? .strings(texts) : .other("an array")))
            } else {
                result.append((name, .other("\(value.type)")))
            }
        }
        return result
    }

    private static let longestFile = 1 << 20

    private static func contents(of path: String) throws(DaemonError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= longestFile else {
            throw unreadable(path, "it is no regular file of at most \(longestFile) bytes")
        }
        var bytes = [UInt8](repeating: 0, count: longestFile)
        var count = 0
        while count < bytes.count {
            let read = bytes.withUnsafeMutableBytes { buffer in
                let room = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
                return Glibc.read(descriptor, room.baseAddress, room.count)
            }
            guard read >= 0 else { throw unreadable(path, String(cString: strerror(errno))) }
            if read == 0 { break }
            count += read
        }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw unreadable(path, "it is not UTF-8")
        }
        return text
    }

    private static func unreadable(_ path: String, _ reason: String) -> DaemonError {
        DaemonError(.configurationUnreadable, "could not read the configuration \(path): \(reason)")
    }
}
