import ArgumentParser
import ModelStore
import Recognition
import WeightFiles

/// `hearsay models verify`
struct ModelsVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check models: digests against the record of the download, and all files by opening them.",
        discussion: "Copied models have no record (SHA256SUMS); they are opened, and their weights read, all the same.")

    @Argument(help: ArgumentHelp("Model folders, ggml files, or names of installed models.", valueName: "model"))
    var models: [String]

    func run() throws {
        let library = ModelsCommand.library
        let interruption = HearsayCommand.interruption
        var damaged: [String] = []
        for name in models {
            let model = try library.resolve(name)
            let problems = try problems(of: model, interruption)
            for problem in problems { try StandardStream.output.write("\(name): \(problem)\n") }
            if problems.isEmpty { try StandardStream.output.write("\(name): good\n") } else { damaged.append(name) }
        }
        if !damaged.isEmpty {
            throw Failure(
                .model, code: "store.damaged",
                "damaged: \(damaged.joined(separator: ", ")); `hearsay models pull --force` downloads a public model anew"
            )
        }
    }

    private func problems(of model: InstalledModel, _ interruption: Interruption) throws -> [String] {
        let verification = try ModelVerification(of: model, shouldStop: { interruption.isRequested })
        if !verification.hasRecord { Message.note("\(model.path) has no record of digests; opening it only") }
        var problems: [String] = []
        for file in verification.files {
            switch file.state {
            case .intact: break
            case .missing: problems.append("\(file.name) is missing")
            case .changed(let digest): problems.append("\(file.name) has changed: its SHA-256 is \(digest)")
            }
        }
        do {
            _ = try WhisperModel.open(model.path)
            let weights: any WeightSource =
                model.form == .folder ? try SafetensorsIndex(directory: model.path) : try GGMLFile(path: model.path)
            for name in weights.names { try weights[name]?.verifyFinite() }
        } catch {
            problems.append("\(Failure(error))")
        }
        return problems
    }
}
