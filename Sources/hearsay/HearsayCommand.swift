import ArgumentParser

@main
struct HearsayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hearsay",
        abstract: "Speech recognition on this machine: sound in, text out.",
        version: "0.1.0")
}
