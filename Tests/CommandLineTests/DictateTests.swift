import AudioIO
import Foundation
import Glibc
import Pipelines
import TestSupport
import Testing

@testable import hearsay

/// `hearsay dictate` and `devices` with files for a microphone.
@Suite(.enabled(if: Program.path != nil, "the program is not built"))
struct DictateTests {
    let folder: TemporaryFolder
    private let fixtures = Program.root.appendingPathComponent("Tests/Fixtures/audio")

    init() throws {
        folder = try TemporaryFolder()
    }

    private var environment: [String: String] {
        ["ALSA_CONFIG_PATH": fixtures.appendingPathComponent("asound.conf").path, "XDG_RUNTIME_DIR": folder.path]
    }

    private func run(_ arguments: [String], _ extra: [String: String] = [:]) throws -> Program.Result {
        try Program.run(arguments, in: folder, environment: environment.merging(extra) { $1 })
    }

    @Test func listsDevices() throws {
        let plain = try run(["devices"])
        #expect(plain.status == 0, "\(plain.errors)")
        #expect(plain.output.contains("in out  nothing") && plain.output.contains("Silence that is never played"))
        let lines = try run(["devices", "--json"]).output.split(separator: "\n")
        let objects = try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
        #expect(objects.contains { $0?["name"] as? String == "nothing" && $0?["can_record"] as? Bool == true })
    }

    @Test func showsTheLevel() throws {
        // Half of full scale, as a square.
        let sound = (0..<16_000).flatMap { littleEndian(Int16($0 / 20 % 2 == 0 ? 16_384 : -16_384)) }
        let microphone = try folder.write("mic.raw", sound)
        let result = try run(["devices", "--level", "fromfile:\(microphone)", "--seconds", "0.5", "--gain", "-6"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("peak -12.0 dB  mean -12.0 dB"), "\(result.output)")
    }

    @Test(arguments: [
        (["dictate", "--device", "no such device"], 4, "audio.device_unavailable"),
        (["dictate", "--device", "nothing", "--model", "/nowhere"], 3, "store.model_unknown"),
        (["devices", "--level", "no such device"], 4, "audio.device_unavailable"),
    ])
    func saysWhatIsWrong(arguments: [String], status: Int32, code: String) throws {
        let result = try run(arguments)
        #expect(result.status == status && result.output.isEmpty)
        #expect(result.errors.hasSuffix("[\(code)]\n"), "\(result.errors)")
    }

    /// Programs that read standard output learn of it there: a bar would show for ever what was before.
    @Test func whoReadsEventsIsToldWhatIsWrong() throws {
        let bar = try run(["dictate", "--device", "no such device", "--status-line"])
        #expect(bar.status == 4 && bar.errors.hasSuffix("[audio.device_unavailable]\n"))
        let state = try last(bar.output)
        #expect(state["class"] == "failed" && state["alt"] == "failed" && state["text"]?.isEmpty == false)
        #expect(state["tooltip"]?.contains("no such device") == true, "\(bar.output)")
        let lines = try run(["dictate", "--device", "nothing", "--model", "/nowhere", "--json"])
        let event = try last(lines.output)
        #expect(event["event"] == "error" && event["code"] == "store.model_unknown")
        #expect(event["message"]?.contains("/nowhere") == true)
    }

    private func last(_ output: String) throws -> [String: String] {
        let line = try #require(output.split(separator: "\n").last)
        return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
    }

    @Test(arguments: [
        ["--gain", "61"], ["--noise-suppression", "-1"], ["--language", "nonsense"], ["--interval", "0"],
        ["--json", "--status-line"], ["--threads", "0"], ["--policy", "none"], ["sometimes"],
    ])
    func wrongUsageEndsWithTwo(arguments: [String]) throws {
        #expect(try run(["dictate"] + arguments).status == 2)
    }

    /// A model with random weights hears nonsense, but everything around it happens.
    @Test(.enabled(if: GoldenCase.isPresent, "no golden cases: set HEARSAY_GOLDEN to their folders"))
    func dictatesUntilItIsStopped() throws {
        let golden = GoldenCase.all[0]
        let quiet = Data(count: 32_000)
        let microphone = try folder.write("mic.raw", quiet + golden.sound() + quiet + quiet)
        let output = DescriptorPipe()
        let arguments = [
            "dictate", "toggle", "--local", "--json", "--model", golden.model, "--device", "fromfile:\(microphone)",
        ]
        let child = try Program.start(arguments, output: output.writing, in: folder, environment: environment)
        close(output.writing)
        defer { close(output.reading) }
        var lines = LineReader(output.reading)
        var events: [[String: Any]] = []
        while let line = lines.next() {
            guard let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else { break }
            events.append(event)
            if event["event"] as? String == "final" {
                #expect(try run(["dictate", "start"]).status == 0)
                #expect(try run(["dictate", "--local"]).errors.contains("dictate.already_running"))
                #expect(try run(["dictate", "toggle"]).status == 0)
                break
            }
        }
        while let line = lines.next() {
            guard let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else { break }
            events.append(event)
        }
        let end = child.wait()
        let errors = try folder.text("errors")
        #expect(end == .exit(0), "\(errors)")
        let names = events.compactMap { $0["event"] as? String }
        #expect(names.first == "status" && names.last == "status")
        #expect(names.contains("speech-started") && names.contains("speech-ended") && names.contains("final"))
        #expect(events.last?["status"] as? String == "stopped")
        // What was committed is what the utterances consist of.
        let committed = events.filter { $0["event"] as? String == "committed" }.compactMap { $0["text"] as? String }
        let finals = events.filter { $0["event"] as? String == "final" }.compactMap { $0["text"] as? String }
        #expect(committed.joined() == finals.joined())
        #expect(try run(["dictate", "stop"]).status == 0)
    }

    /// Whatever the recording thread asks for is asked for before and after the recording, not within it.
    @Test(.enabled(if: CountedCalls.library != nil, "no C compiler"))
    func recordingAllocatesNothing() throws {
        let microphone = try folder.write("mic.raw", Data(count: 16_000))
        func counts(seconds: Int) throws -> [Int] {
            let file = folder.url("counts-\(seconds)").path
            let result = try run(
                ["devices", "--level", "fromfile:\(microphone)", "--seconds", "\(seconds)"],
                ["LD_PRELOAD": CountedCalls.library ?? "", "COUNT_CALLS": file])
            #expect(result.status == 0, "\(result.errors)")
            return try folder.text("counts-\(seconds)").split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        }
        let short = try counts(seconds: 2)
        let seconds = ProcessInfo.processInfo.environment["HEARSAY_LOAD_TESTS"] == nil ? 60 : 600
        let long = try counts(seconds: seconds)
        #expect(short.count == 3 && long.count == 3)
        // Opening is counted, so that the counter is known to count.
        #expect(short[0] > 0)
        // Start and end take a few more or fewer on a busy machine; one for each of the steps would be thousands.
        #expect(abs(long[0] - short[0]) < 200, "allocations of 2 s and \(seconds) s")
        #expect(abs(long[1] - short[1]) < 200, "locks of 2 s and \(seconds) s")
    }

    // MARK: Typing

    /// A program that notes its arguments and what it was given, and ends with a status.
    private func tool(_ name: String, status: Int = 0, in bin: String = "bin") throws {
        let notes = folder.url("\(name).notes").path
        let script = "#!/bin/sh\nprintf '<%s>' \"$@\" >> '\(notes)'\ncat >> '\(notes)'\nexit \(status)\n"
        let path = try folder.write("\(bin)/\(name)", script.utf8)
        chmod(path, 0o755)
    }

    @Test func typesByTheFirstToolThatWorks() throws {
        try tool("wtype", status: 1)
        try tool("dotool")
        try tool("xdotool")
        let bin = folder.url("bin").path
        // The scripts need the system's own programs too, which come from their shell's default path.
        var typist = Typist(folders: [bin])
        try typist.type("a $(touch x) `b` -n\nc")
        try typist.type("d")
        try typist.erase(2)
        #expect(
            try folder.text("dotool.notes").replacingOccurrences(of: "<>", with: "")
                == "type a $(touch x) `b` -n\nkey enter\ntype c\ntype d\nkey backspace\nkey backspace\n")
        #expect(!folder.has("xdotool.notes"))
        // Tried once.
        #expect(try folder.text("wtype.notes").components(separatedBy: "<->").count == 2)
    }

    @Test(arguments: Typist.Tool.allCases)
    func textIsNeverAnArgument(tool: Typist.Tool) {
        let (arguments, input) = tool.typing("--help; secret")
        #expect(input.contains("--help; secret") && !arguments.joined().contains("secret"))
        #expect(!tool.erasing(3).arguments.contains { $0.isEmpty })
    }

    @Test func saysThatNothingCanType() throws {
        var typist = Typist(folders: [folder.path])
        let error = #expect(throws: Failure.self) { try typist.type("a") }
        #expect(error?.code == "dictate.no_typing_tool")
        let clipboard = #expect(throws: Failure.self) { try Clipboard(folders: [folder.path]).copy("a") }
        #expect(clipboard?.code == "dictate.no_clipboard")
    }

    /// Before anybody has begun to speak: the device would fail, too, and is not named.
    @Test(.enabled(if: Program.path != nil, "the program is not built"))
    func saysThatNothingCanTypeBeforeItListens() throws {
        for (option, code) in [("--type", "dictate.no_typing_tool"), ("--clipboard", "dictate.no_clipboard")] {
            let result = try Program.run(
                ["dictate", "--local", option, "--device", "no such device"], in: folder,
                environment: ["PATH": folder.url("bin").path, "XDG_RUNTIME_DIR": folder.path])
            #expect(result.status == 5 && result.errors.contains("is installed; install"), "\(result.errors)")
            #expect(result.errors.hasSuffix("[\(code)]\n"), "\(result.errors)")
        }
    }

    @Test func typesUtterancesWithSpacesBetweenAndTakesThemBack() throws {
        try tool("dotool")
        var sink = TypedText(Typist(folders: [folder.url("bin").path]))
        let utterance = DictatedText(text: "one", language: "en", start: 0, end: 1)
        for event in [
            .committed("one"), .final(utterance), .committed("two"), .committed(" three"), .final(utterance),
            .erased("two three"),
        ] as [DictationEvent] {
            try sink.take(.dictation(event))
        }
        let typed = try folder.text("dotool.notes").replacingOccurrences(of: "<>", with: "")
        #expect(typed.hasPrefix("type one\ntype  two\ntype  three\n"))
        #expect(typed.components(separatedBy: "key backspace\n").count == " two three".count + 1)
    }

    @Test func copiesWhatWasSaid() throws {
        try tool("xclip")
        var sink = ClipboardText(folders: [folder.url("bin").path])
        for text in ["one", "", "two"] {
            try sink.take(.dictation(.final(DictatedText(text: text, language: "en", start: 0, end: 1))))
        }
        #expect(try folder.text("xclip.notes").hasSuffix("<-selection><clipboard>one two"))
    }

    @Test(arguments: [
        (DictationSessionEvent.status(.listening), #"{"event": "status", "status": "listening"}"#),
        (
            .dictation(.partial(committed: "a \"b\"", tentative: "c\n")),
            #"{"event": "partial", "committed": "a \"b\"", "tentative": "c\n"}"#
        ),
        (.dictation(.speechEnded(seconds: 1.5)), #"{"event": "speech-ended", "time": 1.5}"#),
    ])
    func writesEventsAsJSON(event: DictationSessionEvent, line: String) {
        #expect(DictationJSONLines.line(event) == line)
    }

    @Test func tellsBarsWhatItIsAt() throws {
        let line = try #require(StatusLines.line(.dictation(.speechStarted(seconds: 1))))
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        #expect(
            object?["class"] as? String == "speaking" && object?["text"] as? String == object?["full_text"] as? String)
        #expect(StatusLines.line(.level(SoundLevel(peak: 1, rms: 1))) == nil)
    }
}

/// Lines of a descriptor.
private struct LineReader {
    private let descriptor: Int32
    private var pending: [UInt8] = []

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    mutating func next() -> String? {
        var block = [UInt8](repeating: 0, count: 4_096)
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                defer { pending.removeFirst(end + 1) }
                return String(decoding: pending[..<end], as: UTF8.self)
            }
            let count = read(descriptor, &block, block.count)
            guard count > 0 else { return nil }
            pending += block[..<count]
        }
    }
}

/// `Tests/Fixtures/audio/count_calls.c`, compiled.
private enum CountedCalls {
    static let library = PreloadedLibrary.build("audio/count_calls.c")
}

private func littleEndian(_ value: Int16) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
}
