import Foundation
import Glibc
import TestSupport
import Testing

/// `hearsay say`, `voices` and `codec` with tiny voices of random weights.
@Suite(.enabled(if: Program.path != nil, "the program is not built"))
struct SayTests {
    let folder: TemporaryFolder
    private let fixtures = Program.root.appendingPathComponent("Tests/Fixtures")
    private var voice: String { fixtures.appendingPathComponent("speech/voice").path }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func say(_ arguments: [String], input: Data? = nil) throws -> Program.Result {
        try Program.run(["say", "--voice", voice] + arguments, input: input, in: folder)
    }

    @Test func writesTheSameFileFromArgumentsAndFiles() throws {
        let text = "Hello, world. Three 3s."
        let first = folder.url("a.wav").path
        let result = try say(["-o", first] + text.split(separator: " ").map(String.init))
        #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result.errors)")
        let wave = try folder.read("a.wav")
        #expect(wave.count > 20_000)
        #expect(wave.prefix(4).elementsEqual("RIFF".utf8))
        #expect(try say(["--local", "-o", folder.url("b.wav").path, text]).status == 0)
        #expect(try folder.read("b.wav") == wave)
        #expect(try say(["--seed", "1", "-o", folder.url("c.wav").path, text]).status == 0)
        #expect(try folder.read("c.wav") != wave)
        try folder.write("text", text.utf8)
        #expect(try say(["-f", folder.url("text").path, "-o", folder.url("d.wav").path]).status == 0)
        #expect(try folder.read("d.wav") == wave)
    }

    @Test(
        .enabled(
            if: FileManager.default.fileExists(
                atPath: Program.root.appending(path: "Voices/kathleen/voice.json").path), "no voice"))
    func espeakSpeaksWhatNoOtherVoiceDoes() throws {
        let data = ["HEARSAY_DATA": Program.root.path]
        func say(_ name: String, _ options: String...) throws -> (errors: String, sound: Data) {
            let result = try Program.run(
                ["say", "--local", "-o", folder.url(name).path] + options + ["Guten Tag."], in: folder,
                environment: data)
            #expect(result.status == 0, "\(result.errors)")
            return (result.errors, try folder.read(name))
        }
        let unnamed = try say("a.wav", "--language", "de")
        #expect(unnamed.errors.hasSuffix("no neural voice speaks German (de); espeak-ng does\n"))
        let named = try say("b.wav", "--voice", "espeak-ng:de")
        #expect(named.errors.isEmpty && named.sound == unnamed.sound)
        #expect(try say("c.wav", "--voice", "espeak-ng", "--language", "de").sound == named.sound)
        #expect(try say("d.wav", "--voice", "espeak-ng").sound != named.sound)
        let english = try say("e.wav", "--language", "en-gb")
        #expect(english.errors.isEmpty && english.sound != named.sound)
        let listed = try Program.run(["voices"], in: folder, environment: data).output
        let line = try #require(listed.split(separator: "\n").first { $0.hasPrefix("espeak-ng ") })
        #expect(line.contains(" 22050 Hz ") && line.contains(", de, "))
    }

    @Test func streamsFromStandardInputToStandardOutput() throws {
        let output = DescriptorPipe()
        let input = DescriptorPipe()
        let child = try Program.start(
            ["say", "--voice", voice, "-o", "-"], input: input.reading, output: output.writing, in: folder)
        close(output.writing)
        close(input.reading)
        // The first sentence must come out while the second is not even written.
        let text = "Hello there. And"
        write(input.writing, text, text.utf8.count)
        var block = [UInt8](repeating: 0, count: 1 << 16)
        var received = 0
        while received < 20_000 {
            let count = read(output.reading, &block, block.count)
            guard count > 0 else { break }
            received += count
        }
        #expect(received >= 20_000)
        close(input.writing)
        while read(output.reading, &block, block.count) > 0 {}
        close(output.reading)
        #expect(child.wait() == .exit(0))
    }

    @Test func anInterruptLeavesNothingHalf() throws {
        let input = DescriptorPipe()
        try folder.write("out/x", [])
        let child = try Program.start(
            ["say", "--voice", voice, "-o", folder.url("out/a.wav").path], input: input.reading, output: 1, in: folder)
        close(input.reading)
        write(input.writing, "One. Two", 8)
        let deadline = ContinuousClock.now + .seconds(60)
        while try folder.names("out").count < 2, .now < deadline { usleep(10_000) }
        #expect(try folder.names("out").count == 2)
        child.send(SIGINT)
        #expect(child.wait() == .exit(130))
        close(input.writing)
        #expect(try folder.names("out") == ["x"])
    }

    @Test(arguments: [
        (["-o", "a.mp3", "Hi"], 2, "audio.output_format_unknown"),
        (["-o", "/nowhere/a.wav", "Hi"], 5, "audio.write_failed"),
        (["-o", "-", "--ssml", "<speak>Hi"], 6, "speech.ssml_invalid"),
        (["-o", "-", "--language", "xx-yy", "Hi"], 2, "speech.language_unsupported"),
        (["-o", "-", "--speaker", "nobody", "Hi"], 2, "speech.speaker_unknown"),
        (["-o", "-", "-f", "/nowhere/text"], 6, "speech.text_unreadable"),
        (["-o", "-", "-f", "/usr"], 6, "speech.text_unreadable"),
        (["-o", "-", "--ssml", "-f", "/usr"], 6, "speech.text_unreadable"),
        (["-o", "-", "--lexicon", "/nowhere/lexicon", "Hi"], 6, "speech.text_unreadable"),
        (["--device", "no such device", "Hi"], 4, "audio.device_unavailable"),
        (["--voice", "/nowhere", "-o", "-", "Hi"], 3, "store.voice_unknown"),
        (["-o", "-", ""], 6, "speech.nothing_to_say"),
        (["-o", "-", "..."], 6, "speech.nothing_to_say"),
        (["-o", "-", "\u{2605}"], 6, "speech.nothing_to_say"),
        (["-o", "-", "--ssml", "<speak/>"], 6, "speech.nothing_to_say"),
        (["-o", "-"], 6, "speech.nothing_to_say"),
        (["-o", "-", "--rate", "nan", "Hi"], 2, "speech.option_invalid"),
        (["-o", "-", "--pitch", "inf", "Hi"], 2, "speech.option_invalid"),
        (["-o", "-", "--volume", "-inf", "Hi"], 2, "speech.option_invalid"),
    ])
    func saysWhatIsWrong(arguments: [String], status: Int32, code: String) throws {
        let result = try say(arguments)
        #expect(result.status == status)
        #expect(result.errors.hasSuffix("[\(code)]\n"), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test(arguments: [
        ["--rate", "5", "Hi"], ["--pitch", "-13", "Hi"], ["--volume", "nan", "Hi"], ["--threads", "-1", "Hi"],
        ["-f", "x", "Hi"], ["-", "Hi"],
        ["--lenient", "Hi"], ["--threads", "0", "Hi"],
    ])
    func wrongUsageEndsWithTwo(arguments: [String]) throws {
        let result = try say(["-o", "-"] + arguments)
        #expect(result.status == 2 && result.output.isEmpty, "\(result.errors)")
    }

    @Test func nothingToSayLeavesNoFile() throws {
        #expect(try say(["-o", folder.url("a.wav").path, "\u{2605}"]).status == 6)
        #expect(!FileManager.default.fileExists(atPath: folder.url("a.wav").path))
    }

    @Test(arguments: [["-f"], ["--ssml", "-f"]])
    func saysThatATextIsNotInUTF8(options: [String]) throws {
        let path = try folder.write("latin1", Array("<speak>caf".utf8) + [0xE9] + Array("</speak>".utf8))
        let result = try say(["-o", folder.url("a.wav").path] + options + [path])
        #expect(result.status == 6 && result.errors.hasSuffix("[speech.text_encoding_invalid]\n"), "\(result.errors)")
        #expect(result.errors.contains("(byte 11)"))
    }

    @Test(arguments: [
        (["--language", "de", "Guten Tag."], "en-us): German (de) will sound foreign"),
        (["Привет, мир."], "the text is in Cyrillic letters"),
        (["--ssml", "<speak><prosody rate='10000%'>Hi</prosody></speak>"], "line 1, column 17: rate=\"10000%\""),
        (["--ssml", "<speak>Hi<break time='100000s'/></speak>"], "line 1, column 17: no pause"),
    ])
    func remarksOnWhatMaySurprise(arguments: [String], remark: String) throws {
        let result = try say(["-o", folder.url("a.wav").path] + arguments)
        #expect(result.status == 0)
        #expect(result.errors.contains(remark) && result.errors.count(where: { $0 == "\n" }) == 1, "\(result.errors)")
        #expect(try say(["-q", "-o", folder.url("b.wav").path] + arguments).errors.isEmpty)
    }

    @Test func namesThePiperFileThatIsMissing() throws {
        let path = try folder.write("a.onnx", "x".utf8)
        let result = try Program.run(["say", "-v", path, "-o", "-", "Hi"], in: folder)
        #expect(result.status == 3 && result.errors.contains("'\(path).json'"), "\(result.errors)")
    }

    @Test(arguments: ["--rate", "--pitch", "--pitch-range", "--volume", "--seed"])
    func aNegativeNumberIsAValue(option: String) throws {
        let result = try say(["-o", "-", option, "-99", "Hi"])
        #expect(result.status == 2 && result.errors.contains("-99"), "\(result.errors)")
    }

    @Test func whatItWritesIsSignedAndAnyChangeBreaksThat() throws {
        let path = folder.url("a.flac").path
        #expect(try say(["-o", path, "Hello."]).status == 0)
        let verified = try Program.run(["mark", "verify", path], in: folder)
        #expect(
            verified.status == 0 && verified.output.hasSuffix("signed by this machine's key\n"), "\(verified.output)")
        let other = try Program.run(
            ["mark", "verify", "--json", "--key", String(repeating: "0", count: 64), path], in: folder)
        #expect(other.status == 1 && other.errors.isEmpty && other.output.contains("\"other_key\""), "\(other.output)")
        // Half a second of tiny random weights is too short for the mark, and says so without an error.
        let detected = try Program.run(["mark", "detect", "--fixed-speed", path], in: folder)
        #expect(detected.status == 1 && detected.errors.isEmpty, "\(detected.errors)")
        #expect(try Program.run(["mark", "detect", "/nowhere"], in: folder).status == 4)
    }

    @Test func findsVoicesByName() throws {
        for name in ["voice.json", "phoneme-model.safetensors", "codec.safetensors", "clone.safetensors"] {
            try folder.write("hearsay/voices/tim/\(name)", Data(contentsOf: URL(fileURLWithPath: "\(voice)/\(name)")))
        }
        try folder.write("hearsay/voices/broken/voice.json", "{}".utf8)
        let listed = try Program.run(["voices"], in: folder)
        // Columns are as wide as the longest name, which may be that of a voice that came with the program.
        let lines = listed.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.contains { $0.hasPrefix("tim neural en-us 22050 Hz 2 speakers (") })
        #expect(lines.contains { $0.hasPrefix("broken neural cannot be opened") })
        let result = try Program.run(["say", "-v", "tim", "-o", folder.url("a.wav").path, "Hi"], in: folder)
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test(arguments: ["kathleen", "ljspeech"])
    func theVoiceThatComesWithItSpeaks(speaker: String) throws {
        let result = try Program.run(
            ["say", "--speaker", speaker, "-o", folder.url("a.wav").path, "Hello, world."], in: folder)
        #expect(result.status == 0, "\(result.errors)")
        // 16-bit samples at 22.05 kHz: between 0.5 and 3 seconds, and loud enough to be heard.
        let sound = try #require(WAV.sound(of: try folder.read("a.wav")))
        let samples = sound.withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
        #expect((11_025...66_150).contains(samples.count))
        let loudness = (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
        #expect((1_000...10_000).contains(loudness), "\(loudness)")
        let shipped = Program.root.appendingPathComponent("Voices/kathleen")
        let files = try FileManager.default.contentsOfDirectory(atPath: shipped.path)
        let sizes = try files.map {
            try FileManager.default.attributesOfItem(atPath: shipped.appendingPathComponent($0).path)[.size] as? Int
                ?? 0
        }
        #expect(sizes.reduce(0, +) <= 25_000_000)
    }

    @Test func codesARecordingAndDecodesIt() throws {
        let codec = fixtures.appendingPathComponent("codec/ours").path
        let (recording, codes, decoded) = ("a.wav", "a.codes", "b.wav")
        #expect(try say(["-o", folder.url(recording).path, "Hello."]).status == 0)
        for arguments in [["encode", recording, codes], ["decode", codes, decoded]] {
            let result = try Program.run(
                ["codec", arguments[0], "--voice", codec] + arguments[1...].map { folder.url($0).path }, in: folder)
            #expect(result.status == 0, "\(result.errors)")
        }
        #expect(try folder.read(codes).count < folder.read(recording).count / 20)
        let sounds = try [decoded, recording].map { try #require(WAV.sound(of: try folder.read($0))) }
        #expect(sounds[0].count == sounds[1].count)
        let damaged = try Program.run(
            ["codec", "decode", "--voice", codec, folder.url(recording).path, folder.url("c.wav").path], in: folder)
        #expect(damaged.status == 4 && damaged.errors.hasSuffix("[codec.stream_invalid]\n"))
        try folder.write("long.codes", Self.silence(seconds: 3_601, like: [UInt8](folder.read(codes))))
        let long = try Program.run(
            ["codec", "decode", "--voice", codec, folder.url("long.codes").path, folder.url("c.wav").path], in: folder)
        #expect(long.status == 4 && long.errors.hasSuffix("[codec.stream_too_long]\n"), "\(long.errors)")
    }

    @Test func saysThatAVoiceOfPipersHasNoCodec() throws {
        for name in ["a.onnx", "a.onnx.json"] { try folder.write(name, "{}".utf8) }
        let result = try Program.run(["codec", "encode", "--voice", folder.url("a.onnx").path, "b", "c"], in: folder)
        #expect(result.status == 3 && result.errors.hasSuffix("[codec.part_missing]\n"), "\(result.errors)")
    }

    /// A file of codes that are all 0.
    private static func silence(seconds: Int, like codes: [UInt8]) -> [UInt8] {
        func word(_ offset: Int) -> Int { (0..<4).reduce(0) { $0 | Int(codes[offset + $1]) << (8 * $1) } }
        let hop = word(16)
        // Whole bytes.
        let frames = (seconds * word(12) / hop + 8) / 8 * 8
        func bytes(_ number: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
        return codes[..<24] + bytes(frames) + bytes(frames * hop) + codes[40..<48]
            + [UInt8](repeating: 0, count: frames * (8 + Int(codes[10]) * Int(codes[11])) / 8)
    }
}
