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

    @Flag(name: [.customShort("q"), .long], help: "No progress bar, no remarks; results and errors only.")
    var quiet = false

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
        var bar = ProgressBar("\(model.name): digests", unit: .bytes, isShown: !quiet)
        defer { bar.clear() }
        var done = 0
        bar.update(0, of: Double(model.size))
        let verification = try ModelVerification(
            of: model,
            progress: {
                done += $0
                bar.update(Double(done), of: Double(model.size))
            }, shouldStop: { interruption.isRequested })
        bar.clear()
        if !verification.hasRecord, !quiet {
            Message.note("\(model.path) has no record of digests; opening it only")
        }
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
            try verifyWeights(of: model, interruption)
        } catch let failure as Failure where failure.status == .interrupted {
            throw failure
        } catch {
            problems.append("\(Failure(error))")
        }
        return problems
    }

    private func verifyWeights(of model: InstalledModel, _ interruption: Interruption) throws {
        let weights: any WeightSource =
            model.form == .folder ? try SafetensorsIndex(directory: model.path) : try GGMLFile(path: model.path)
        var bar = ProgressBar("\(model.name): weights", unit: .bytes, isShown: !quiet)
        defer { bar.clear() }
        var done = 0
        for name in weights.names {
            guard let tensor = weights[name] else { continue }
            guard !interruption.isRequested else { throw Failure(CancellationError()) }
            try tensor.verifyFinite()
            done += tensor.bytes.count
            bar.update(Double(done), of: Double(model.size))
        }
    }
}
