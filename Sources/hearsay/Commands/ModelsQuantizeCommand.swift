public import ArgumentParser
public import ModelStore

/// `hearsay models quantize`
struct ModelsQuantizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Write a model anew as a folder with smaller weights.",
        discussion: """
            int8 keeps a scale for each row of a matrix, which is what the kernels compute with; f16 halves a model that \
            is stored in f32.
            """)

    @Argument(help: ArgumentHelp("A model folder, a ggml file, or the name of an installed model.", valueName: "model"))
    var model: String

    @Argument(help: "The folder to make.", completion: .directory)
    var destination: String

    @Option(help: "Type of the matrices.")
    var type = WeightQuantizer.Target.int8

    @Flag(name: [.customShort("q"), .long], help: "No progress bar, no remarks; errors only.")
    var quiet = false

    func run() throws {
        let interruption = HearsayCommand.interruption
        let model = try ModelsCommand.library.resolve(model)
        var destination = destination
        while destination.count > 1, destination.hasSuffix("/") { destination.removeLast() }
        var bar = ProgressBar("\(model.name) to \(type.rawValue)", unit: .pieces, isShown: !quiet)
        defer { bar.clear() }
        let sizes = try WeightQuantizer(type).run(
            from: model, to: destination, progress: { bar.update(Double($0), of: Double($1)) },
            shouldStop: { interruption.isRequested })
        bar.clear()
        guard !quiet else { return }
        Message.note(
            "\(destination): weights of \(ProgressBar.byteCount(sizes.after)), before \(ProgressBar.byteCount(sizes.before))"
        )
    }
}

extension WeightQuantizer.Target: ExpressibleByArgument {}
