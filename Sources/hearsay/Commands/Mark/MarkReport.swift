import AudioIO
import Glibc
import StrictJSON
import Watermark

/// What `hearsay mark detect` says.
enum MarkReport {
    /// Lines for people.
    static func text(_ evidence: WatermarkEvidence, file: String) -> String {
        var lines: [String] = []
        if evidence.isFound {
            lines.append("\(file): synthetic, made by hearsay (chance \(power(evidence.logChance)))")
            let found = evidence.passages.filter { $0.logChance <= log10(WatermarkEvidence.threshold) }
            if evidence.passages.count > 1 {
                let places = found.map { "\(Int($0.start.rounded()))–\(Int($0.end.rounded())) s" }
                lines.append("  found in \(places.joined(separator: ", "))")
            }
            if let passage = found.first ?? evidence.passages.first, passage.tempo != 1 {
                let pitch = passage.pitch == 1 ? ", in its own pitch" : ""
                lines.append("  played at \(thousandths(passage.tempo)) times its speed\(pitch)")
            }
        } else {
            lines.append("\(file): no mark found (chance \(power(evidence.logChance)))")
        }
        if let own = evidence.own, own.isFound {
            let voice = own.payload.kind == .cloned ? "a copied voice" : "a stock voice"
            lines.append(
                "  made on this machine, with \(voice), utterance \(own.payload.tag) (chance \(power(own.logChance)))")
        } else if evidence.isFound {
            lines.append("  not known to be made on this machine")
        }
        if let decoys = evidence.decoys {
            lines.append(
                "  \(decoys.found) of \(decoys.keys) made-up keys found (the best by chance \(power(decoys.logChance)))"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same for programs.
    static func json(_ evidence: WatermarkEvidence, file: String) -> String {
        var writer = JSONWriter(style: .indented(2))
        writer.beginObject()
        writer.member("file", file)
        writer.member("found", evidence.isFound)
        writer.member("false_alarm_probability", evidence.falseAlarmProbability)
        writer.member("log10_false_alarm_probability", evidence.logChance)
        writer.member("seconds", evidence.seconds)
        if let own = evidence.own {
            writer.key("this_machine")
            writer.beginObject()
            writer.member("found", own.isFound)
            writer.member("log10_false_alarm_probability", own.logChance)
            writer.member("cloned", own.payload.kind == .cloned)
            writer.key("utterance")
            writer.value(Int(own.payload.tag))
            writer.endObject()
        }
        writer.key("passages")
        writer.beginArray()
        for passage in evidence.passages {
            writer.beginObject()
            writer.member("start", passage.start)
            writer.member("end", passage.end)
            writer.member("log10_false_alarm_probability", passage.logChance)
            writer.member("tempo", passage.tempo)
            writer.member("pitch", passage.pitch)
            writer.endObject()
        }
        writer.endArray()
        if let decoys = evidence.decoys {
            writer.key("decoys")
            writer.beginObject()
            writer.key("keys")
            writer.value(decoys.keys)
            writer.key("found")
            writer.value(decoys.found)
            writer.member("log10_false_alarm_probability", decoys.logChance)
            writer.endObject()
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }

    private static func power(_ logarithm: Double) -> String {
        guard logarithm < -2 else { return "\((pow(10, logarithm) * 100).rounded() / 100)" }
        return "10^\(Int(logarithm.rounded(.up)))"
    }

    private static func thousandths(_ value: Double) -> String { "\((value * 1_000).rounded() / 1_000)" }
}

/// What `hearsay mark verify` says.
struct ClaimReport {
    private let claim: FileClaim
    private let own: String?
    private let wanted: String?

    /// - Parameters:
    ///   - own: this machine's public key.
    ///   - wanted: the one that must have signed.
    init(_ claim: FileClaim, own: String?, wanted: String?) {
        self.claim = claim
        self.own = own
        self.wanted = wanted
    }

    var isGood: Bool {
        guard case .valid(let claim) = claim else { return false }
        return wanted == nil || claim.publicKey == wanted
    }

    private var result: String {
        switch claim {
        case .none: "none"
        case .unsigned: "unsigned"
        case .broken: "broken"
        case .valid: isGood ? "valid" : "other_key"
        }
    }

    private var content: SyntheticClaim? {
        switch claim {
        case .none: nil
        case .unsigned(let claim), .valid(let claim), .broken(let claim): claim
        }
    }

    func text(file: String) -> String {
        let whose = content?.publicKey.map { $0 == own ? "this machine's key" : "the key \($0)" } ?? "no key"
        let generator = "hearsay \(content?.version ?? "?")"
        return switch result {
        case "none": "\(file): says nothing of where its sound comes from\n"
        case "unsigned": "\(file): says that it is synthetic, made by \(generator); nobody has signed that\n"
        case "broken":
            "\(file): says that it is synthetic, made by \(generator), but its sound is not what was signed\n"
        case "valid": "\(file): synthetic, made by \(generator), signed by \(whose)\n"
        default: "\(file): synthetic, made by \(generator), but signed by \(whose)\n"
        }
    }

    func json(file: String) -> String {
        var writer = JSONWriter(style: .indented(2))
        writer.beginObject()
        writer.member("file", file)
        writer.member("result", result)
        if let content {
            writer.member("synthetic", true)
            writer.member("generator", "hearsay/\(content.version)")
            if let key = content.publicKey {
                writer.member("key", key)
                writer.member("this_machine", key == own)
            }
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}
