import Glibc

/// The values of SSML's `prosody` element.
///
/// Names mean what they mean to espeak-ng (its `ssml.c`): factors of the voice's own value, whatever is around them.
/// Numbers, percentages, semitones and decibels change what is around them, so that nested elements add up.
struct ProsodyAttributes {
    /// The pitch in Hz that a voice is taken to have where an author writes Hz.
    let referencePitch: Double

    /// What voices follow, as the options of a whole text have it.
    static let rates = 0.25...4.0
    static let pitches = -12.0...12.0
    static let pitchRanges = 0.0...2.0
    /// The lowest is silence.
    static let volumes = -100.0...12.0

    enum Outcome: Equatable {
        case applied
        /// What the value asks for is more than voices follow; they go as far as this.
        case limited(String)
        /// The value means nothing.
        case refused
    }

    /// Applies one attribute.
    func apply(_ name: String, _ value: String, to prosody: inout Prosody) -> Outcome {
        var asked = prosody
        guard read(name, value, into: &asked) else { return .refused }
        let before = prosody
        prosody = asked
        prosody.rate = asked.rate.limited(to: Self.rates, orElse: before.rate)
        prosody.pitch = asked.pitch.limited(to: Self.pitches, orElse: before.pitch)
        prosody.pitchRange = asked.pitchRange.limited(to: Self.pitchRanges, orElse: before.pitchRange)
        prosody.volume = asked.volume.limited(to: Self.volumes, orElse: before.volume)
        // Silence is silence, however far below it a value lies; rounding is no limit.
        if abs(prosody.rate - asked.rate) > 1e-9 { return .limited("\(prosody.rate) times the voice's speed") }
        if abs(prosody.pitch - asked.pitch) > 1e-9 {
            return .limited("\(Int(prosody.pitch)) semitones from the voice's pitch")
        }
        if abs(prosody.pitchRange - asked.pitchRange) > 1e-9 {
            return .limited("\(prosody.pitchRange) times the voice's range")
        }
        if asked.volume > prosody.volume + 1e-9 {
            return .limited("\(Int(prosody.volume)) dB above the voice's volume")
        }
        return .applied
    }

    /// - Returns: false if the value means nothing.
    private func read(_ name: String, _ value: String, into prosody: inout Prosody) -> Bool {
        let text = value.split(separator: " ").joined(separator: " ").lowercased()
        let number = Number(text)
        switch name {
        case "rate": return rate(text, number, &prosody)
        case "pitch": return pitch(text, number, &prosody)
        case "range": return range(text, number, &prosody)
        case "volume": return volume(text, number, &prosody)
        default: return false
        }
    }

    private func rate(_ text: String, _ number: Number?, _ prosody: inout Prosody) -> Bool {
        let names = ["x-slow": 0.6, "slow": 0.8, "medium": 1, "default": 1, "fast": 1.25, "x-fast": 1.6]
        if let factor = names[text] {
            prosody.rate = factor
        } else if let factor = number?.factor {
            prosody.rate *= factor
        } else {
            return false
        }
        return true
    }

    private func pitch(_ text: String, _ number: Number?, _ prosody: inout Prosody) -> Bool {
        let names = ["x-low": 0.7, "low": 0.85, "medium": 1, "default": 1, "high": 1.1, "x-high": 1.2]
        if let factor = names[text] {
            prosody.pitch = 12 * log2(factor)
        } else if let number, number.unit == "st" {
            prosody.pitch += number.value
        } else if let number, number.unit == "hz" {
            let now = referencePitch * exp2(prosody.pitch / 12)
            let hertz = number.isSigned ? now + number.value : number.value
            guard hertz > 0 else { return false }
            prosody.pitch = 12 * log2(hertz / referencePitch)
        } else if let factor = number?.factor {
            prosody.pitch += 12 * log2(factor)
        } else {
            return false
        }
        return true
    }

    private func range(_ text: String, _ number: Number?, _ prosody: inout Prosody) -> Bool {
        let names = ["x-low": 0.2, "low": 0.5, "medium": 1, "default": 1, "high": 1.4, "x-high": 1.8]
        if let factor = names[text] {
            prosody.pitchRange = factor
        } else if let number, number.unit == "st" {
            // Bounded, because none times infinity is no number.
            prosody.pitchRange *= exp2(number.value.limited(to: -1_200...1_200) / 12)
        } else if let number, number.unit == "%", let factor = number.factorOrNone {
            prosody.pitchRange *= factor
        } else {
            return false
        }
        return true
    }

    private func volume(_ text: String, _ number: Number?, _ prosody: inout Prosody) -> Bool {
        let names = [
            "silent": 0, "x-soft": 0.3, "soft": 0.65, "medium": 1, "default": 1, "loud": 1.5, "x-loud": 2.3,
        ]
        if let factor = names[text] {
            prosody.volume = Self.decibels(factor)
        } else if let number, number.unit == "db" {
            prosody.volume += number.value
        } else if let number, number.unit == "%" || number.isSigned, let factor = number.percentage {
            prosody.volume += Self.decibels(factor)
        } else if let number, number.unit.isEmpty, (0...100).contains(number.value) {
            prosody.volume = Self.decibels(number.value / 100)
        } else {
            return false
        }
        return true
    }

    private static func decibels(_ factor: Double) -> Double {
        factor > 1e-5 ? 20 * log10(factor) : -100
    }

    /// A number with a unit: `+10%`, `-2st`, `1.5`.
    private struct Number {
        let value: Double
        let isSigned: Bool
        /// In lower case, or empty.
        let unit: String

        init?(_ text: String) {
            guard let parsed = DecimalNumber(text) else { return nil }
            value = parsed.value
            isSigned = parsed.isSigned
            unit = parsed.unit
        }

        /// As a factor that is not 0: 0.5, 50%, -50%.
        var factor: Double? {
            factorOrNone.flatMap { $0 > 0 ? $0 : nil }
        }

        var factorOrNone: Double? {
            switch unit {
            case "%": percentage
            case "": isSigned ? nil : value
            default: nil
            }
        }

        /// With a sign a change by so much, else a part.
        var percentage: Double? {
            let factor = isSigned ? 1 + value / 100 : value / 100
            return factor >= 0 ? factor : nil
        }
    }
}

/// A decimal number and the unit behind it, as SSML writes both.
struct DecimalNumber: Equatable {
    let value: Double
    let isSigned: Bool
    /// Letters in lower case, or `%`.
    let unit: String

    /// - Returns: nil if `text` is anything else; exponents, infinities and the like are.
    init?(_ text: String) {
        let bytes = Array(text.lowercased().utf8)
        // Longer ones say nothing more.
        guard !bytes.isEmpty, bytes.count <= 24 else { return nil }
        isSigned = bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-")
        var next = isSigned ? 1 : 0
        var (number, scale, digits, isFraction) = (0.0, 1.0, 0, false)
        while next < bytes.count {
            let byte = bytes[next]
            if byte == UInt8(ascii: "."), !isFraction {
                isFraction = true
            } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                number = number * 10 + Double(byte - UInt8(ascii: "0"))
                if isFraction { scale *= 10 }
                digits += 1
            } else {
                break
            }
            next += 1
        }
        guard digits > 0 else { return nil }
        value = (bytes[0] == UInt8(ascii: "-") ? -number : number) / scale
        unit = String(decoding: bytes[next...], as: UTF8.self).split(separator: " ").joined()
        guard unit == "%" || unit.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) else {
            return nil
        }
    }
}

extension Double {
    /// The nearest number in `range`; `other` in place of what is no number.
    func limited(to range: ClosedRange<Double>, orElse other: Double = 0) -> Double {
        isNaN ? other : Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
