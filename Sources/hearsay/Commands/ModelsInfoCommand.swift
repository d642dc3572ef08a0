import ArgumentParser
import ModelStore
import Recognition
import WeightFiles

/// `hearsay models info`
struct ModelsInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show a model's dimensions, weights, vocabulary and languages.")

    @Argument(help: ArgumentHelp("A model folder, a ggml file, or the name of an installed model.", valueName: "model"))
    var model: String

    func run() throws {
        let installed = try ModelsCommand.library.resolve(model)
        let model = try WhisperModel.open(installed.path)
        let weights = try WeightSummary(installed)
        let sizes = model.dimensions
        let languages = model.tokenizer.special.languages.map(\.code)
        var rows: [(String, String)] = [
            ("path", installed.path),
            ("form", installed.form == .folder ? "Hugging Face folder" : "whisper.cpp ggml file"),
            ("size", ProgressBar.byteCount(installed.size)),
            ("parameters", "\(weights.parameters)"),
            ("weights", weights.types),
            ("mel bins", "\(sizes.melBins)"),
            ("window", "\(sizes.windowFrames) frames of 10 ms"),
            ("encoder", "\(sizes.audioLayers) layers, width \(sizes.audioState), \(sizes.audioHeads) heads"),
            ("decoder", "\(sizes.textLayers) layers, width \(sizes.textState), \(sizes.textHeads) heads"),
            ("text context", "\(sizes.textContext) tokens"),
            ("vocabulary", "\(sizes.vocabularySize) tokens"),
            ("alignment heads", model.alignmentHeads.map { "\($0.layer)/\($0.head)" }.joined(separator: " ")),
            (
                "languages",
                model.tokenizer.isMultilingual
                    ? "\(languages.count): \(languages.joined(separator: " "))" : "English only"
            ),
        ]
        if model.variableLength { rows.append(("short windows", "not padded")) }
        let width = rows.map(\.0.count).max() ?? 0
        let text = rows.map { "\($0.0):\(String(repeating: " ", count: width - $0.0.count + 1))\($0.1)\n" }.joined()
        try StandardStream.output.write(text)
    }
}

/// How many numbers a model's weights are, and of what types.
struct WeightSummary {
    let parameters: Int
    /// Such as `i8 98 %, f32 2 %` by bytes.
    let types: String

    init(_ model: InstalledModel) throws {
        let source: any WeightSource =
            model.form == .folder ? try SafetensorsIndex(directory: model.path) : try GGMLFile(path: model.path)
        var parameters = 0
        var bytes: [ElementType: Int] = [:]
        for tensor in source.names.compactMap({ source[$0] }) {
            // Scales belong to the matrix whose name they bear.
            if !tensor.name.hasSuffix("_scale") { parameters += tensor.elementCount }
            bytes[tensor.type, default: 0] += tensor.bytes.count
        }
        self.parameters = parameters
        let total = max(1, bytes.values.reduce(0, +))
        types = bytes.sorted { $0.value > $1.value }.map { type, count in
            let share = Double(count) / Double(total) * 100
            return "\(type) \(share < 1 ? "< 1" : "\(Int(share.rounded()))") %"
        }.joined(separator: ", ")
    }
}
