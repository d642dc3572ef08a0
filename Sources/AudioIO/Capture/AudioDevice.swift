public import AudioCore
import CALSA
import Glibc

/// A device as ALSA's configuration offers it.
public struct AudioDevice: Sendable, Equatable {
    /// What ``AudioCapture`` and ``ALSAPlayback`` open it by, such as `default` or `hw:CARD=PCH,DEV=0`.
    public let name: String
    /// For people; empty when the configuration says nothing.
    public let description: String
    public let canRecord: Bool
    public let canPlay: Bool

    /// The devices that ALSA's configuration offers, in its order.
    ///
    /// - Throws: ``AudioError/Code/deviceUnavailable`` when ALSA's library is missing or its configuration is broken.
    public static func all() throws(AudioError) -> [AudioDevice] {
        try PCMDevice.loadLibrary()
        var hints: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        let problem = hearsay_snd_device_name_hint(-1, "pcm", &hints)
        guard problem >= 0, let hints else {
            throw AudioError(
                .deviceUnavailable,
                "ALSA cannot list its devices: \(PCMDevice.words(problem)). Check its configuration.")
        }
        defer { hearsay_snd_device_name_free_hint(hints) }
        var devices: [AudioDevice] = []
        var index = 0
        while let hint = hints[index] {
            index += 1
            guard let name = text("NAME", of: hint) else { continue }
            let direction = text("IOID", of: hint)
            devices.append(
                AudioDevice(
                    name: name,
                    description: text("DESC", of: hint)?.split(separator: "\n").joined(separator: ", ") ?? "",
                    canRecord: direction != "Output", canPlay: direction != "Input"))
        }
        return devices
    }

    private static func text(_ key: String, of hint: UnsafeMutableRawPointer) -> String? {
        guard let value = hearsay_snd_device_name_get_hint(hint, key) else { return nil }
        defer { free(value) }
        return String(cString: value)
    }
}
