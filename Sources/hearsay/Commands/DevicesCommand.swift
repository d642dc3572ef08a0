import ArgumentParser
import AudioIO
import Glibc
import StrictJSON

/// `hearsay devices`: what can be listened to and played on.
struct DevicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices", abstract: "List the audio devices, or show how loud one is.",
        discussion: "The names are those that --device takes.")

    @Flag(help: "One JSON object a line for each device.")
    var json = false

    @Option(help: ArgumentHelp("Show the level of this device instead of the list.", valueName: "device"))
    var level: String?

    @Option(parsing: .unconditional, help: "With --level: decibels to amplify, -60 to 60.")
    var gain = 0.0

    @Option(help: "With --level: seconds to listen; without it, until interrupted.")
    var seconds: Double?

    func validate() throws {
        guard (-60...60).contains(gain) else { throw ValidationError("--gain must be -60 … 60") }
        if let seconds, !(seconds > 0) { throw ValidationError("--seconds must be above 0") }
        if level == nil, seconds != nil { throw ValidationError("--seconds is for --level") }
    }

    func run() async throws {
        guard let level else { return try list() }
        let task = Task { try await measure(level) }
        HearsayCommand.interruption.onRequest { task.cancel() }
        try await task.value
    }

    private func list() throws {
        let devices = try AudioDevice.all()
        if devices.isEmpty { Message.note("ALSA knows no device here") }
        let width = min(40, devices.map(\.name.count).max() ?? 0)
        for device in devices {
            try StandardStream.output.write((json ? jsonLine(device) : textLine(device, width)) + "\n")
        }
    }

    private func textLine(_ device: AudioDevice, _ width: Int) -> String {
        let ways = (device.canRecord ? "in" : "  ") + (device.canPlay ? " out" : "    ")
        let padding = String(repeating: " ", count: max(0, width - device.name.count))
        return "\(ways)  \(device.name)\(padding)  \(device.description)"
    }

    private func jsonLine(_ device: AudioDevice) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("name", device.name)
        writer.member("description", device.description)
        writer.member("can_record", device.canRecord)
        writer.member("can_play", device.canPlay)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func measure(_ device: String) async throws {
        var options = CaptureOptions(device: device)
        options.gain = gain
        let capture = try AudioCapture(options)
        defer { capture.stop() }
        var samples = [Float](repeating: 0, count: AudioCapture.sampleRate / 10)
        var read = 0
        let wanted = seconds.map { Int(min($0, 1e9) * Double(AudioCapture.sampleRate)) } ?? .max
        while read < wanted, !Task.isCancelled {
            let room = min(samples.count, wanted - read)
            let count = try samples.withUnsafeMutableBufferPointer {
                try capture.read(into: UnsafeMutableBufferPointer(rebasing: $0[..<room]), timeout: 100)
            }
            read += count
            if count > 0 { try show(capture) }
        }
    }

    private func show(_ capture: AudioCapture) throws {
        let level = capture.level
        let line = "peak \(Self.decibels(level.peak))  mean \(Self.decibels(level.rms))"
        let isTerminal = StandardStream.output.isTerminal
        try StandardStream.output.write(isTerminal ? "\r\u{1B}[K\(line)" : "\(line)\n")
    }

    /// Such as `-23.4 dB`.
    private static func decibels(_ magnitude: Float) -> String {
        guard magnitude > 1e-6 else { return "silence" }
        let tenths = (200 * log10(Double(magnitude))).rounded() / 10
        return "\(tenths) dB"
    }
}

extension JSONWriter {
    mutating func member(_ name: String, _ value: String) {
        key(name)
        self.value(value)
    }

    mutating func member(_ name: String, _ value: Double) {
        key(name)
        self.value(value)
    }

    mutating func member(_ name: String, _ value: Bool) {
        key(name)
        self.value(value)
    }
}
