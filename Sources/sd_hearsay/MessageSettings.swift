import Glibc
import WireProtocol

/// How the next messages are to be spoken: the values of SET.
struct MessageSettings: Equatable {
    enum Punctuation: String {
        case none, some, most, all
    }

    enum Capitals: String {
        case none, spell, icon
    }

    /// −100 … 100, 0 as the voice speaks by itself.
    var rate = 0
    var pitch = 0
    var pitchRange = 0
    /// −100 … 100, 100 the loudest.
    var volume = 100
    var punctuation = Punctuation.none
    var capitals = Capitals.none
    var isSpelling = false
    /// A symbolic voice, such as `female1`.
    var voiceType: String?
    var language: String?
    /// A voice by name, as the list of voices has it.
    var voice: String?

    /// Takes a line `key=value`; false if the value makes no sense. Keys that are not known are passed over.
    mutating func apply(_ line: String) -> Bool {
        guard let equals = line.firstIndex(of: "=") else { return false }
        let value = String(line[equals...].dropFirst())
        let name = value.isEmpty || value == "NULL" ? nil : value
        switch line[..<equals] {
        case "rate": return Self.read(value, into: &rate)
        case "pitch": return Self.read(value, into: &pitch)
        case "pitch_range": return Self.read(value, into: &pitchRange)
        case "volume": return Self.read(value, into: &volume)
        case "punctuation_mode":
            guard let mode = Punctuation(rawValue: value) else { return false }
            punctuation = mode
        case "cap_let_recogn":
            guard let mode = Capitals(rawValue: value) else { return false }
            capitals = mode
        case "spelling_mode":
            guard value == "on" || value == "off" else { return false }
            isSpelling = value == "on"
        case "voice": voiceType = name?.lowercased()
        case "language": language = name
        case "synthesis_voice": voice = name
        default: break
        }
        return true
    }

    private static func read(_ text: String, into value: inout Int) -> Bool {
        guard let number = Int(text), (-100...100).contains(number) else { return false }
        value = number
        return true
    }

    /// The same in hearsayd's units.
    var prosody: WireProsody {
        var prosody = WireProsody()
        // A quarter of the tempo … four times the tempo.
        prosody.rate = pow(2, Double(rate) / 50)
        prosody.pitch = Double(pitch) / 100 * 12
        prosody.pitchRange = 1 + Double(pitchRange) / 100
        // Half way down is half of the amplitude.
        prosody.volume = max(-40, 20 * log10(max(1e-3, Double(volume + 100) / 200)))
        prosody.isLenient = true
        prosody.wantsMarks = true
        return prosody
    }
}
