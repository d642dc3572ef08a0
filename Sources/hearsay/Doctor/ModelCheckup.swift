import ModelStore
import Recognition
import Synthesis
import VoiceActivity

/// Whether there is something to recognise and to speak with, and whether it can be opened.
struct ModelCheckup {
    private let models: ModelLibrary
    private let voices: VoiceLibrary
    private let sharedFolders: [String]

    init(environment: [String: String]) {
        let executable = ModelLibrary.executablePath()
        models = ModelLibrary(environment: environment, executable: executable)
        voices = VoiceLibrary(environment: environment, executable: executable)
        sharedFolders = ModelLibrary.sharedFolders(environment: environment, executable: executable)
    }

    func findings() -> [Finding] { modelFindings() + voiceFindings() + [activityFinding()] }

    private func modelFindings() -> [Finding] {
        let installed = models.installed()
        let advice = "`hearsay models pull tiny` downloads a small one, `hearsay models` lists others"
        guard !installed.isEmpty else {
            return [
                .problem(
                    "model",
                    "no recogniser is installed; they are looked for in " + models.directories.joined(separator: ", "),
                    advice)
            ]
        }
        let findings = installed.map { model -> Finding in
            do {
                let opened = try WhisperModel.open(model.path)
                let languages = opened.tokenizer.special.languages.count
                let kind = opened.tokenizer.isMultilingual ? "\(languages) languages" : "English only"
                return .good("model.\(model.name)", "opens, \(ProgressBar.byteCount(model.size)), \(kind)")
            } catch {
                return .problem(
                    "model.\(model.name)", "cannot be opened: \(Failure(error).message)",
                    "remove \(model.path), or download it again with `hearsay models pull`")
            }
        }
        do {
            let usual = try models.resolve(nil)
            let text = "\(usual.name) where none is named"
            return findings + [
                usual.isPreview
                    ? .warning("model.usual", "\(text), a preview that mistakes many words", advice)
                    : .good("model.usual", text)
            ]
        } catch {
            return findings + [
                .warning("model.usual", error.message, "name one with --model, and in hearsayd.toml with engine.model")
            ]
        }
    }

    private func voiceFindings() -> [Finding] {
        let installed = voices.installed()
        guard !installed.isEmpty else {
            return [
                .problem(
                    "voice",
                    "no voice is installed; they are looked for in "
                        + voices.directories.joined(separator: ", "),
                    "set HEARSAY_DATA to the folder that has hearsay's Voices, or put a voice into the first of these")
            ]
        }
        let findings = installed.map { installed -> Finding in
            do {
                let voice = try VoicesCommand.open(installed.path, threads: 1)
                let speakers = voice.speakers.count == 1 ? "1 speaker" : "\(voice.speakers.count) speakers"
                return .good("voice.\(installed.name)", "opens, \(voice.language), \(speakers)")
            } catch {
                return .problem(
                    "voice.\(installed.name)", "cannot be opened: \(Failure(error).message)", "remove \(installed.path)"
                )
            }
        }
        do {
            return findings + [.good("voice.usual", "\(try voices.resolve(nil).name) where none is named")]
        } catch {
            return findings + [
                .warning("voice.usual", error.message, "name one with --voice, and in hearsayd.toml with engine.voice")
            ]
        }
    }

    private func activityFinding() -> Finding {
        do {
            if try VoiceActivityModel.embedded(in: sharedFolders) === VoiceActivityModel.energy {
                return .warning(
                    "voice-activity", "the model that tells speech from noise is missing; loudness alone decides",
                    "set HEARSAY_DATA to the folder that has hearsay's Models")
            }
            return .good("voice-activity", "the model that tells speech from noise opens")
        } catch {
            return .problem(
                "voice-activity", "the model that tells speech from noise is damaged: \(Failure(error).message)",
                "install hearsay's Models again")
        }
    }
}
