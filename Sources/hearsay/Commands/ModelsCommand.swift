import ArgumentParser
import ModelStore

/// `hearsay models`: what can be transcribed with.
struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List, download, check and convert models.",
        subcommands: [
            ModelsListCommand.self, ModelsInfoCommand.self, ModelsPullCommand.self, ModelsQuantizeCommand.self,
            ModelsVerifyCommand.self,
        ],
        defaultSubcommand: ModelsListCommand.self)

    /// The models of this user and machine.
    static var library: ModelLibrary {
        ModelLibrary(environment: Environment.current, executable: ModelLibrary.executablePath())
    }
}

/// `hearsay models list`
struct ModelsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the installed models and the public ones that can be downloaded.")

    func run() throws {
        let library = ModelsCommand.library
        let installed = library.installed()
        var text = "Installed\n"
        if installed.isEmpty {
            text += "  none; they are looked for in\n" + library.directories.map { "    \($0)\n" }.joined()
        }
        let width = (installed.map(\.name.count) + ModelCatalogue.entries.map(\.name.count)).max() ?? 0
        for model in installed {
            text += "  \(model.name.padded(to: width))  \(ProgressBar.byteCount(model.size).padded(to: 10))  "
            text += model.path + (model.isPreview ? " (preview)" : "") + "\n"
        }
        text += "Public, for `hearsay models pull NAME`\n"
        let names = Set(installed.map(\.name))
        for entry in ModelCatalogue.entries {
            let parameters = entry.millionParameters.map { "\($0) M parameters" } ?? ""
            let languages = entry.isMultilingual == true ? "multilingual" : "English only"
            text += "  \(entry.name.padded(to: width))  \(parameters.padded(to: 18))  \(languages.padded(to: 12))  "
            text += entry.repository + (names.contains(entry.name) ? " (installed)" : "") + "\n"
        }
        try StandardStream.output.write(text)
    }
}

extension String {
    /// The text, followed by spaces up to `width` characters.
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
