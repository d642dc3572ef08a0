import Foundation
import TestSupport
import Testing

@testable import hearsay

/// `hearsay doctor` on machines of the tests' own.
@Suite(.enabled(if: Program.path != nil, "the program is not built"))
struct DoctorTests {
    private struct Report: Decodable {
        struct Finding: Decodable {
            let name: String
            let verdict: String
            let text: String
            let advice: String?
        }

        let healthy: Bool
        let findings: [Finding]

        func verdict(_ name: String) -> String? { findings.first { $0.name == name }?.verdict }
    }

    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// ALSA's default device is one that takes everything.
    private var environment: [String: String] {
        [
            "ALSA_CONFIG_PATH": Program.root.appendingPathComponent("Tests/Fixtures/audio/asound.conf").path,
            "HEARSAY_SOCKET": "\(folder.path)/hearsay.sock", "HEARSAY_DATA": Program.root.path,
        ]
    }

    private func report(
        _ arguments: [String] = [], _ extra: [String: String] = [:]
    ) throws -> (Report, status: Int32) {
        let result = try Program.run(
            ["doctor", "--json"] + arguments, in: folder, environment: environment.merging(extra) { $1 })
        return (try JSONDecoder().decode(Report.self, from: Data(result.output.utf8)), result.status)
    }

    @Test func aMachineWithAPreviewAloneIsToldHowToGetARecogniser() throws {
        let (report, status) = try report()
        #expect(status == 0 && report.healthy)
        #expect(report.verdict("model.hearsay-en") == "good")
        let model = try #require(report.findings.first { $0.name == "model.usual" })
        #expect(model.verdict == "warning" && model.advice?.contains("hearsay models pull") == true)
        #expect(report.verdict("hearsayd") == "warning")
        #expect(report.findings.allSatisfy { ($0.verdict == "good") == ($0.advice == nil) })
    }

    @Test func damagedModelsAndVoicesAreNamed() throws {
        try folder.write("hearsay/models/broken/config.json", Data("{}".utf8))
        try folder.write("hearsay/models/broken/model.safetensors", Data(count: 3))
        try folder.write("hearsay/voices/mute/voice.json", Data("{}".utf8))
        let (report, status) = try report()
        #expect(status == 1)
        #expect(report.verdict("model.broken") == "problem" && report.verdict("voice.mute") == "problem")
    }

    @Test func devicesThatOpenAreGoodAndOthersAreNot() throws {
        let (report, _) = try report()
        #expect(report.verdict("audio.microphone") == "good" && report.verdict("audio.loudspeaker") == "good")
        let silent = try folder.write(
            "none.conf", "pcm.!default { type file\n file \"/dev/null\"\n slave.pcm \"nowhere\" }\n".utf8)
        let (other, _) = try self.report([], ["ALSA_CONFIG_PATH": silent])
        #expect(other.verdict("audio.microphone") != "good" && other.verdict("audio.loudspeaker") != "good")
        #expect(try self.report(["--no-audio"]).0.findings.allSatisfy { !$0.name.hasPrefix("audio") })
    }

    @Test(.enabled(if: GoldenCase.isPresent, "no golden data"))
    func aMachineWithAllItNeedsIsHealthy() throws {
        let model = try #require(GoldenCase.all.first?.model)
        let models = "\(folder.path)/hearsay/models"
        try FileManager.default.createDirectory(atPath: models, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: "\(models)/golden", withDestinationPath: model)
        let result = try Program.run(["doctor"], in: folder, environment: environment)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(result.output.contains("model.golden") && result.output.contains("espeak-ng"))
    }

    @Test func unitsThatStartNothingAreAProblem() throws {
        var checkup = DaemonCheckup(environment: ["HOME": folder.path, "HEARSAY_SOCKET": "/nonexistent"])
        checkup.systemdFolder = folder.path
        try folder.write(".config/systemd/user/hearsayd.service", "[Service]\nExecStart=/nowhere/hearsayd -x\n".utf8)
        let broken = checkup.findings().first { $0.name == "systemd" }
        #expect(broken?.verdict == .problem && broken?.text.contains("/nowhere/hearsayd") == true)
        try folder.write(".config/systemd/user/hearsayd.service", "[Service]\nExecStart=/bin/true\n".utf8)
        #expect(checkup.findings().first { $0.name == "systemd" }?.verdict == .good)
    }

    @Test func littleMemoryIsSaid() throws {
        var checkup = MachineCheckup(environment: ["HOME": folder.path])
        checkup.processFolder = folder.path
        try folder.write("meminfo", "MemTotal: 1000000 kB\nMemAvailable:    100000 kB\n".utf8)
        #expect(checkup.findings().first { $0.name == "memory" }?.verdict == .warning)
        try folder.write("meminfo", "MemAvailable: 900000000 kB\n".utf8)
        #expect(checkup.findings().first { $0.name == "memory" }?.verdict == .good)
    }
}
