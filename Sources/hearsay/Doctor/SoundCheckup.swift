import AudioCore
import AudioIO
import Glibc
import HearsayClient
import StrictJSON
import WireProtocol

/// Whether one can be heard and listened to.
struct SoundCheckup {
    /// Where the kernel has its devices.
    var folder = "/dev/snd"
    /// The devices that hearsayd is told to use, where one runs.
    var configured = ConfiguredDevices()

    func findings() -> [Finding] {
        let devices: [AudioDevice]
        do {
            devices = try AudioDevice.all()
        } catch {
            return [
                .warning(
                    "audio", error.message, "install libasound2 to use a microphone or loudspeaker; files need none")
            ]
        }
        let recording = devices.count(where: \.canRecord)
        let playing = devices.count(where: \.canPlay)
        let counts = "\(recording) to record from, \(playing) to play on"
        let list =
            recording > 0 && playing > 0
            ? Finding.good("audio.devices", "\(counts); `hearsay devices`")
            : Finding.warning(
                "audio.devices", counts, "connect one, or start PipeWire or PulseAudio; files need none")
        return [list, microphone("default"), loudspeaker("default")]
            + [
                configured.microphone.map { microphone($0, "hearsayd.microphone") },
                configured.loudspeaker.map { loudspeaker($0, "hearsayd.loudspeaker") },
            ].compactMap(\.self)
    }

    private func microphone(_ device: String, _ name: String = "audio.microphone") -> Finding {
        do {
            let capture = try AudioCapture(CaptureOptions(device: device))
            capture.stop()
            return .good(name, "“\(device)” opens")
        } catch {
            return failure(name, error, "dictation needs one")
        }
    }

    private func loudspeaker(_ device: String, _ name: String = "audio.loudspeaker") -> Finding {
        do {
            _ = try ALSAPlayback(device: device, sampleRate: 22_050)
            return .good(name, "“\(device)” opens")
        } catch {
            return failure(name, error, "reading aloud needs one, files and clients of the socket do not")
        }
    }

    /// A device that is there and may not be used is a problem; none at all is how many machines are.
    private func failure(_ name: String, _ error: AudioError, _ use: String) -> Finding {
        let nodes = PathLookup.names(in: folder).filter { $0.hasPrefix("pcm") }.map { "\(folder)/\($0)" }
        let forbidden = nodes.filter { access($0, R_OK | W_OK) != 0 && errno == EACCES }
        if !nodes.isEmpty, forbidden.count == nodes.count {
            return .problem(
                name, "\(error.message) This user may not use the devices in \(folder).",
                "`sudo usermod -aG audio $USER` and log in again, or start PipeWire or PulseAudio in the session")
        }
        let isConfigured = name.hasPrefix("hearsayd")
        let advice =
            isConfigured
            ? "set the device in hearsayd.toml (`hearsay devices` lists them) and reload hearsayd: \(use)"
            : nodes.isEmpty
                ? "this machine has no sound device, and no sound server runs: \(use)"
                : "name another device with --device (`hearsay devices` lists them): \(use)"
        return .warning(name, error.message, advice)
    }
}

/// What hearsayd's configuration names as microphone and loudspeaker; nil for ALSA's default.
struct ConfiguredDevices: Equatable {
    var microphone: String?
    var loudspeaker: String?

    init() {}

    /// Those of the daemon that serves this user; none where none does.
    init(environment: [String: String]) {
        guard let client = try? HearsayClient.connect(environment: environment),
            let settings = try? JSONValue.object(client.ask(GetSettings(), for: SettingsReport.self).settings)
        else { return }
        microphone = Self.name(settings["dictation.device"])
        loudspeaker = Self.name(settings["speech.device"])
    }

    private static func name(_ value: JSONValue?) -> String? {
        value?.string.flatMap { $0.isEmpty || $0 == "default" ? nil : $0 }
    }
}

/// What lies in folders.
enum PathLookup {
    /// Sorted; empty where the folder cannot be read.
    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The first lines of a small file; nil where it cannot be read.
    static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 14)
        let count = read(descriptor, &bytes, bytes.count)
        return count >= 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
