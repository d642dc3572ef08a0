import Glibc

/// A model on this machine.
public struct InstalledModel: Sendable, Equatable {
    /// In what form its weights come.
    public enum Form: String, Sendable {
        /// A folder with `config.json` and `model.safetensors`.
        case folder
        /// One whisper.cpp `.bin` file.
        case ggml
    }

    /// The name by which `--model` finds it.
    public let name: String
    /// Folder or file.
    public let path: String
    public let form: Form
    /// Bytes on disk.
    public let size: Int
    /// Whether it is there to be tried, and taken only when it is named or nothing else is installed: its folder holds a
    /// file `PREVIEW`.
    public let isPreview: Bool
}

/// The folders in which models are looked up by name, first to last.
public struct ModelLibrary: Sendable {
    /// Folders that hold model folders and `ggml-*.bin` files; they need not exist.
    public let directories: [String]
    /// Those of `directories` whose models came with hearsay.
    private let embedded: [String]

    /// - Parameter embedded: those of `directories` from which the model is taken when none is named and people have
    ///   installed none.
    public init(directories: [String], embedded: [String] = []) {
        self.directories = directories
        self.embedded = embedded
    }

    /// The folders of this user and machine: `$XDG_DATA_HOME/hearsay/models` (default `~/.local/share`),
    /// `/var/lib/hearsay/models`, `share/hearsay/Models` beside the executable's folder, `$HEARSAY_DATA/Models`, and
    /// `Models` of the source tree that the executable was built in.
    public init(environment: [String: String], executable: String?) {
        let shared = Self.sharedFolders(environment: environment, executable: executable).map { "\($0)/Models" }
        let directories = [Self.userDirectory(environment: environment), "/var/lib/hearsay/models"] + shared
        self.init(directories: directories, embedded: shared)
    }

    /// Where what comes with hearsay is found: `share/hearsay` beside the executable's folder, `$HEARSAY_DATA`, and the
    /// source tree that the executable was built in.
    public static func sharedFolders(environment: [String: String], executable: String?) -> [String] {
        var folders: [String] = []
        if let executable {
            folders.append("\(FilePath.parent(of: FilePath.parent(of: executable)))/share/hearsay")
        }
        if let data = environment["HEARSAY_DATA"], !data.isEmpty { folders.append(data) }
        if let executable, let checkout = checkout(above: executable) { folders.append(checkout) }
        return folders
    }

    /// Where downloads go unless another folder is named.
    public static func userDirectory(environment: [String: String]) -> String {
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return "\(data)/hearsay/models" }
        return "\(environment["HOME"] ?? "/root")/.local/share/hearsay/models"
    }

    /// The path of the running program; nil where `/proc` is missing.
    public static func executablePath() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes {
            $0.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { readlink("/proc/self/exe", $0, text.count) } ?? -1
            }
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    /// All models in all folders, by name; the first folder wins where a name occurs twice.
    public func installed() -> [InstalledModel] {
        Self.models(in: directories)
    }

    private static func models(in directories: [String]) -> [InstalledModel] {
        var models: [String: InstalledModel] = [:]
        for directory in directories {
            for name in FileSystem.names(in: directory) where !name.hasPrefix(".") {
                if let model = model(at: "\(directory)/\(name)"), models[model.name] == nil {
                    models[model.name] = model
                }
            }
        }
        return models.values.sorted { $0.name < $1.name }
    }

    /// The model that `argument` means: a model at that path, else the installed model of that name. A folder
    /// that is no model does not hide an installed one.
    ///
    /// Without an argument it is the only model that people installed, and if they installed none, the first that came
    /// with hearsay, a preview only if there is nothing else. Throws `store.model_unknown` and `store.model_unspecified` with
    /// a message that lists what there is.
    public func resolve(_ argument: String?) throws(ModelStoreError) -> InstalledModel {
        guard let argument else { return try resolveDefault() }
        if let model = Self.model(at: argument) { return model }
        let name = ModelCatalogue.aliases[argument] ?? argument
        let models = installed()
        let looksLikePath = argument.contains("/") || argument.hasSuffix(".bin")
        if !looksLikePath, let model = models.first(where: { $0.name == name || $0.name == argument }) { return model }
        if looksLikePath || FileSystem.isDirectory(argument) {
            let reason =
                FileSystem.kind(of: argument) == nil ? "does not exist" : "is neither a model folder nor a ggml file"
            throw ModelStoreError(
                .unknownModel,
                "the model '\(argument)' \(reason); a model is a folder with config.json and model.safetensors, or a .bin file"
            )
        }
        throw ModelStoreError(
            .unknownModel,
            "no model called '\(argument)' is installed (\(Self.listing(models))); \(Self.advice(for: name))")
    }

    private func resolveDefault() throws(ModelStoreError) -> InstalledModel {
        let models = Self.models(in: directories.filter { !embedded.contains($0) })
        if models.count == 1 { return models[0] }
        if models.isEmpty {
            let embedded = embedded.flatMap { Self.models(in: [$0]) }
            if let model = embedded.first(where: { !$0.isPreview }) ?? embedded.first { return model }
        }
        let reason = models.isEmpty ? "no model is installed" : "several models are installed: choose one with --model"
        let hint = models.isEmpty ? "; \(Self.advice(for: "base")), or name a folder or ggml file with --model" : ""
        throw ModelStoreError(.modelUnspecified, "\(reason) (\(Self.listing(models)))\(hint)")
    }

    private static func listing(_ models: [InstalledModel]) -> String {
        models.isEmpty ? "installed: none" : "installed: " + models.map(\.name).joined(separator: ", ")
    }

    private static func advice(for name: String) -> String {
        ModelCatalogue.entries.contains { $0.name == name }
            ? "`hearsay models pull \(name)` downloads it" : "`hearsay models list` shows the names"
    }

    private static func checkout(above executable: String) -> String? {
        var folder = FilePath.parent(of: executable)
        while folder != "/" && folder != "." {
            if folder.hasSuffix("/.build") { return FilePath.parent(of: folder) }
            folder = FilePath.parent(of: folder)
        }
        return nil
    }

    /// The model at `path`; nil when there is none. Only names and sizes are looked at.
    public static func model(at path: String) -> InstalledModel? {
        var path = path
        while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
        let last = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        switch FileSystem.kind(of: path) {
        case .directory:
            // An unfinished download is no model yet.
            guard !last.hasSuffix(".part"), FileSystem.isFile("\(path)/config.json") else { return nil }
            let weights = FileSystem.names(in: path).filter { $0.hasSuffix(".safetensors") }
            guard !weights.isEmpty else { return nil }
            let size = FileSystem.names(in: path).compactMap { FileSystem.fileSize("\(path)/\($0)") }.reduce(0, +)
            return InstalledModel(
                name: last, path: path, form: .folder, size: size, isPreview: FileSystem.isFile("\(path)/PREVIEW"))
        case .file(let size):
            guard last.hasSuffix(".bin") else { return nil }
            let stem = last.dropLast(4)
            let name = stem.hasPrefix("ggml-") ? stem.dropFirst(5) : stem
            return InstalledModel(name: String(name), path: path, form: .ggml, size: size, isPreview: false)
        default: return nil
        }
    }
}
