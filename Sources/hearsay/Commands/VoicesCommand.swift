import ArgumentParser
import ModelStore
import Phonemes
import Pipelines
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
        if voices.isEmpty {
            let folders = library.directories.map { "  \($0)\n" }.joined()
            try StandardStream.output.write("No voice is installed; they are looked for in\n\(folders)")
        }
        let usual = try? library.resolve(nil).path
        let width = (voices + [.espeak]).map(\.name.count).max() ?? 0
        func padded(_ name: String) -> String { name + String(repeating: " ", count: width - name.count) }
        for voice in voices {
            let name = padded(voice.name)
            try StandardStream.output.write(
                "\(name)  \(Self.summary(of: voice))  \(ProgressBar.byteCount(voice.size))  \(voice.path)"
                    + (voice.path == usual ? "  (default)\n" : "\n"))
        }
        try StandardStream.output.write("\(padded(InstalledVoice.espeak.name))  \(Self.espeakSummary())\n")
    }

    /// The voices of this user and machine.
    static var library: VoiceLibrary {
        VoiceLibrary(environment: Environment.current, executable: ModelLibrary.executablePath())
    }

    /// Opens the voice that `argument` means; without one, the usual voice, or where that does not speak `language`, the
    /// first that does.
    ///
    /// - Parameter remark: is told that only espeak-ng speaks it.
    static func open(
        _ argument: String?, speaking language: String? = nil, threads: Int?, remark: (String) -> Void = { _ in }
    ) throws -> any SpeechVoice {
        let voice = try open(library.resolve(argument), speaking: language, threads: threads)
        guard argument == nil, let language, !LanguageTag.areOneLanguage(voice.language, language) else { return voice }
        for installed in library.installed() {
            if let other = try? open(installed, threads: threads),
                LanguageTag.areOneLanguage(other.language, language)
            {
                return other
            }
        }
        guard try EspeakSpeaker().languages().contains(where: { LanguageTag.areOneLanguage($0, language) }) else {
            return voice
        }
        remark(fallbackRemark(language))
        return EspeakNGVoice(language: language)
    }

    /// What is said where espeak-ng speaks for want of another voice.
    static func fallbackRemark(_ tag: String) -> String {
        "no neural voice speaks \(SpeechRemarks.name(ofLanguage: tag)); espeak-ng does"
    }

    private static func open(
        _ installed: InstalledVoice, speaking language: String? = nil, threads: Int?
    ) throws -> any SpeechVoice {
        guard let pool = ThreadPool(threads: threads ?? ThreadPool.availableProcessors) else {
            throw Failure(.failure, code: "speech.no_threads", "the system gave no threads to compute with")
        }
        return switch installed.form {
        case .neural: try NeuralVoice.open(installed.path, pool: pool)
        case .piper: try PiperVoice.open(installed.path, pool: pool)
        case .espeak: EspeakNGVoice(language: installed.namedLanguage ?? language ?? "en-us")
        }
    }

    private static func espeakSummary() -> String {
        do {
            let languages = try EspeakSpeaker().languages()
            return "formants, no network  \(EspeakSpeaker.sampleRate) Hz  \(languages.count) languages "
                + "(\(languages.joined(separator: ", ")))"
        } catch {
            return "cannot be used: \(Failure(error))"
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
