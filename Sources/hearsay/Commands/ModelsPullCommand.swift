import ArgumentParser
import ModelStore

/// `hearsay models pull`
struct ModelsPullCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Download public models by name.",
        discussion: """
            A broken download is continued, now or by the same command later. Every file is checked against the digest \
            that the server names, or that a SHA256SUMS file beside it lists; where there is none, the digest is \
            recorded, so that `hearsay models verify` finds later changes. Proxies are taken from the environment \
            (https_proxy, no_proxy).
            """)

    @Argument(help: "Names from `hearsay models list`, or owner/repository on the hub.")
    var names: [String]

    @Option(
        help: ArgumentHelp(
            "Address of the hub or a mirror: {url}/{repository}/resolve/main/{file}.",
            discussion: "The default is HEARSAY_MODEL_URL, else \(ModelDownload.defaultBaseURL).", valueName: "url"))
    var baseURL: String?

    @Option(
        help: ArgumentHelp("Folder to put the models in, instead of the user's.", valueName: "folder"),
        completion: .directory)
    var directory: String?

    @Flag(help: "Download again what is there already.")
    var force = false

    @Flag(name: [.customShort("q"), .long], help: "No progress bar, no remarks; errors only.")
    var quiet = false

    func run() throws {
        let environment = Environment.current
        let interruption = HearsayCommand.interruption
        let base = baseURL ?? environment["HEARSAY_MODEL_URL"].flatMap { $0.isEmpty ? nil : $0 }
        let download = ModelDownload(baseURL: base ?? ModelDownload.defaultBaseURL)
        let directory = directory ?? ModelLibrary.userDirectory(environment: environment)
        // All names first: nobody wants to learn of a typing error after the first gigabyte.
        for entry in try names.map({ name throws(ModelStoreError) in try ModelCatalogue.entry(named: name) }) {
            let bars = Bars(model: entry.name, isShown: !quiet)
            let summary = try download.run(
                entry, into: directory, replacing: force, progress: { bars.update($0) },
                shouldStop: { interruption.isRequested })
            bars.clear()
            if !quiet { Self.report(entry, summary) }
        }
    }

    private static func report(_ entry: CatalogueEntry, _ summary: ModelDownload.Summary) {
        Message.note("\(entry.name): \(ProgressBar.byteCount(summary.size)) in \(summary.path)")
        let unconfirmed = summary.files.filter { $0.evidence == .firstUse }.map(\.name)
        if !unconfirmed.isEmpty {
            Message.note(
                "\(entry.name): the server names no SHA-256 for \(unconfirmed.joined(separator: ", ")); "
                    + "recorded what arrived, `hearsay models verify \(entry.name)` finds later changes")
        }
    }
}

/// A bar for each file in turn.
private final class Bars {
    private let model: String
    private let isShown: Bool
    private var file = ""
    private var bar: ProgressBar

    init(model: String, isShown: Bool) {
        self.model = model
        self.isShown = isShown
        bar = ProgressBar(model, unit: .bytes, isShown: false)
    }

    func update(_ progress: ModelDownload.Progress) {
        if progress.file != file {
            bar.clear()
            file = progress.file
            bar = ProgressBar("\(model)/\(file)", unit: .bytes, isShown: isShown)
        }
        bar.update(Double(progress.received), of: progress.total.map(Double.init))
    }

    func clear() {
        bar.clear()
    }
}
