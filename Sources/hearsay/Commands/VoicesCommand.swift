import ArgumentParser
import ModelStore
import Synthesis
import Tensors

/// `hearsay voices`: what can be spoken with.
struct VoicesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "voices", abstract: "List the installed voices with their languages and speakers.")

    /// Names that are listed of one voice; some have hundreds.
    private static let mostSpeakers = 20

    func run() throws {
        let library = Self.library
        let voices = library.installed()
        guard !voices.isEmpty else {
            let folders = library.directories.map { "  \($0)\n" }.joined()
            return try StandardStream.output.write("No voice is installed; they are looked for in\n\(folders)")
        }
        let usual = try? library.resolve(nil).path
        let width = voices.map(\.name.count).max() ?? 0
        for voice in voices {
            let name = voice.name + String(repeating: " ", count: width - voice.name.count)
            try StandardStream.output.write(
                "\(name)  \(Self.summary(of: voice))  \(ProgressBar.byteCount(voice.size))  \(voice.path)"
                    + (voice.path == usual ? "  (default)\n" : "\n"))
        }
    }

    /// The voices of this user and machine.
    static var library: VoiceLibrary {
        VoiceLibrary(environment: Environment.current, executable: ModelLibrary.executablePath())
    }

    /// Opens the voice that `argument` means.
    static func open(_ argument: String?, threads: Int?) throws -> any SpeechVoice {
        try open(library.resolve(argument), threads: threads)
    }

    private static func open(_ installed: InstalledVoice, threads: Int?) throws -> any SpeechVoice {
        guard let pool = ThreadPool(threads: threads ?? ThreadPool.availableProcessors) else {
            throw Failure(.failure, code: "speech.no_threads", "the system gave no threads to compute with")
        }
        return switch installed.form {
        case .neural: try NeuralVoice.open(installed.path, pool: pool)
        case .piper: try PiperVoice.open(installed.path, pool: pool)
        }
    }

    private static func summary(of installed: InstalledVoice) -> String {
        do {
            let voice = try open(installed, threads: 1)
            let count = voice.speakers.count == 1 ? "1 speaker" : "\(voice.speakers.count) speakers"
            let names = voice.speakers.prefix(Self.mostSpeakers).joined(separator: ", ")
            let speakers = "\(count) (\(names)\(voice.speakers.count > Self.mostSpeakers ? ", …" : ""))"
            return "\(installed.form.rawValue)  \(voice.language)  \(voice.sampleRate) Hz  \(speakers)"
        } catch {
            return "\(installed.form.rawValue)  cannot be opened: \(Failure(error))"
        }
    }
}
