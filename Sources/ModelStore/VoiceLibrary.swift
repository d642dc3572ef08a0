import Glibc

/// A voice on this machine.
public struct InstalledVoice: Sendable, Equatable {
    /// In what form it comes.
    public enum Form: String, Sendable {
        /// A folder with `voice.json`, hearsay's own form.
        case neural
        /// `voice.onnx` with `voice.onnx.json` beside it, Piper's form.
        case piper
        /// espeak-ng's own, which comes with the library that all voices need.
        case espeak = "espeak-ng"
    }

    /// The name by which `--voice` finds it.
    public let name: String
    /// A folder, or an `.onnx` file; espeak-ng's voice has its name here.
    public let path: String
    public let form: Form
    /// Bytes on disk.
    public let size: Int
}

extension InstalledVoice {
    /// The voice of espeak-ng, which is installed where any voice can speak, and which ``VoiceLibrary/installed()`` leaves out.
    public static let espeak = InstalledVoice(
        name: Form.espeak.rawValue, path: Form.espeak.rawValue, form: .espeak, size: 0)

    /// The voice that `espeak-ng` or `espeak-ng:LANGUAGE` names; nil for another name.
    public static func espeak(named name: String) -> InstalledVoice? {
        if name == espeak.name { return espeak }
        guard name.hasPrefix(espeak.name + ":"), name.utf8.count > espeak.name.utf8.count + 1 else { return nil }
        return InstalledVoice(name: name, path: name, form: .espeak, size: 0)
    }

    /// The language in the name of a voice of espeak-ng; nil where there is none.
    public var namedLanguage: String? {
        guard form == .espeak, let colon = name.firstIndex(of: ":") else { return nil }
        return String(name[name.index(after: colon)...])
    }
}

/// The folders in which voices are looked up by name, first to last.
public struct VoiceLibrary: Sendable {
    /// Folders of voices that people installed, then of those that came with hearsay; they need not exist.
    public let directories: [String]
    /// Those of `directories` whose voices came with hearsay.
    private let embedded: [String]

    /// - Parameter embedded: those of `directories` from which the voice is taken when none is named.
    public init(directories: [String], embedded: [String] = []) {
        self.directories = directories
        self.embedded = embedded
    }

    /// The folders of this user and machine: `$XDG_DATA_HOME/hearsay/voices` (default `~/.local/share`),
    /// `/var/lib/hearsay/voices`; then `share/hearsay/Voices` beside the executable's folder, `$HEARSAY_DATA/Voices`,
    /// and `Voices` of the source tree that the executable was built in.
    public init(environment: [String: String], executable: String?) {
        let user = FilePath.parent(of: ModelLibrary.userDirectory(environment: environment)) + "/voices"
        let embedded = ModelLibrary.sharedFolders(environment: environment, executable: executable).map {
            "\($0)/Voices"
        }
        self.init(directories: [user, "/var/lib/hearsay/voices"] + embedded, embedded: embedded)
    }

    /// All voices in all folders, by name; the first folder wins where a name occurs twice.
    public func installed() -> [InstalledVoice] {
        Self.voices(in: directories)
    }

    /// The voice that `argument` means: a voice at that path, else the installed voice of that name, else espeak-ng's.
    ///
    /// Without an argument it is the first that came with hearsay, else the only installed one. Throws
    /// `store.voice_unknown` and `store.voice_unspecified` with a message that lists what there is.
    public func resolve(_ argument: String?) throws(ModelStoreError) -> InstalledVoice {
        guard let argument else { return try resolveDefault() }
        if let voice = Self.voice(at: argument) { return voice }
        let voices = installed()
        if let voice = voices.first(where: { $0.name == argument }) { return voice }
        if let voice = InstalledVoice.espeak(named: argument) { return voice }
        if argument.hasSuffix(".onnx"), FileSystem.isFile(argument) {
            throw ModelStoreError(
                .unknownVoice,
                "'\(argument)' needs its configuration '\(argument).json' beside it, which does not exist; it can be had "
                    + "from where the voice came from")
        }
        if argument.contains("/") || argument.hasSuffix(".onnx") || FileSystem.isDirectory(argument) {
            let reason = FileSystem.kind(of: argument) == nil ? "does not exist" : "is no voice"
            throw ModelStoreError(
                .unknownVoice,
                "'\(argument)' \(reason); a voice is a folder with voice.json, or a .onnx file of Piper's with its "
                    + ".onnx.json beside it")
        }
        throw ModelStoreError(
            .unknownVoice, "no voice called '\(argument)' is installed (\(Self.listing(voices)))")
    }

    private func resolveDefault() throws(ModelStoreError) -> InstalledVoice {
        for directory in embedded {
            if let voice = Self.voices(in: [directory]).first { return voice }
        }
        let voices = installed()
        if voices.count == 1 { return voices[0] }
        let reason = voices.isEmpty ? "no voice is installed" : "several voices are installed: choose one with --voice"
        let hint =
            voices.isEmpty ? "; put one into \(directories.first ?? "a folder") or name its path with --voice" : ""
        throw ModelStoreError(.voiceUnspecified, "\(reason) (\(Self.listing(voices)))\(hint)")
    }

    private static func listing(_ voices: [InstalledVoice]) -> String {
        voices.isEmpty ? "installed: none" : "installed: " + voices.map(\.name).joined(separator: ", ")
    }

    private static func voices(in directories: [String]) -> [InstalledVoice] {
        var voices: [String: InstalledVoice] = [:]
        for directory in directories {
            for name in FileSystem.names(in: directory) where !name.hasPrefix(".") {
                if let voice = voice(at: "\(directory)/\(name)"), voices[voice.name] == nil {
                    voices[voice.name] = voice
                }
            }
        }
        return voices.values.sorted { $0.name < $1.name }
    }

    /// The voice at `path`; nil when there is none. Only names and sizes are looked at.
    public static func voice(at path: String) -> InstalledVoice? {
        var path = path
        while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
        let last = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        switch FileSystem.kind(of: path) {
        case .directory:
            let names = FileSystem.names(in: path)
            if names.contains("voice.json") {
                let size = names.compactMap { FileSystem.fileSize("\(path)/\($0)") }.reduce(0, +)
                return InstalledVoice(name: last, path: path, form: .neural, size: size)
            }
            // A folder around one Piper voice is that voice.
            let files = names.filter { $0.hasSuffix(".onnx") && names.contains("\($0).json") }
            guard files.count == 1, let file = voice(at: "\(path)/\(files[0])") else { return nil }
            return InstalledVoice(name: last, path: file.path, form: .piper, size: file.size)
        case .file(let size):
            guard last.hasSuffix(".onnx"), FileSystem.isFile("\(path).json") else { return nil }
            return InstalledVoice(name: String(last.dropLast(5)), path: path, form: .piper, size: size)
        default: return nil
        }
    }
}

extension ModelStoreError.Code {
    /// No installed voice and no path of this name.
    public static let unknownVoice = Self(rawValue: "store.voice_unknown")
    /// No voice was named, and which one is meant cannot be told.
    public static let voiceUnspecified = Self(rawValue: "store.voice_unspecified")
}
