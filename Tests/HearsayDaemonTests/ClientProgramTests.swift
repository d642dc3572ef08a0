import Foundation
import Glibc
import TestSupport
import Testing

/// `hearsay dictate` and `hearsay say` where a daemon runs.
@Suite(.enabled(if: RunningDaemon.path != nil && BuiltProgram.path != nil, "the programs are not built"))
struct ClientProgramTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        chmod(folder.path, 0o700)
    }

    private func daemon(_ configuration: String) throws -> RunningDaemon {
        let alsa = RunningDaemon.root.appending(path: "Tests/Fixtures/audio/asound.conf").path
        return try RunningDaemon(configuration: configuration, environment: ["ALSA_CONFIG_PATH": alsa])
    }

    /// A run of the program as the daemon's client, in a folder in which nothing else answers.
    private final class Run {
        private let child: Child
        private let files: (output: String, errors: String)
        private let folder: TemporaryFolder

        init(
            _ arguments: [String], _ daemon: RunningDaemon, _ folder: TemporaryFolder, output other: Int32? = nil
        ) throws {
            let name = UUID().uuidString
            files = ("\(name).out", "\(name).err")
            self.folder = folder
            let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
            let output = open(folder.url(files.output).path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            let errors = open(folder.url(files.errors).path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            defer { for descriptor in [nothing, output, errors] { close(descriptor) } }
            child = try Child(
                [try #require(BuiltProgram.path)] + arguments,
                environment: [
                    "PATH": "\(folder.path):/usr/bin:/bin", "HOME": folder.path, "XDG_RUNTIME_DIR": folder.path,
                    "HEARSAY_SOCKET": daemon.socket,
                ], input: nothing, output: other ?? output, errors: errors)
        }

        var output: String { (try? folder.text(files.output)) ?? "" }
        var errors: String { (try? folder.text(files.errors)) ?? "" }

        func wait() -> Child.End { child.wait() }
        func send(_ signal: Int32) { child.send(signal) }
    }

    private func run(_ arguments: [String], _ daemon: RunningDaemon) throws -> Run {
        let run = try Run(arguments, daemon, folder)
        #expect(run.wait() == .exit(0), "\(arguments): \(run.errors)")
        return run
    }

    @Test(.enabled(if: RunningDaemon.golden != nil, "no golden model"))
    func dictatesByTheDaemonsMicrophone() throws {
        let golden = try #require(RunningDaemon.golden)
        let microphone = try folder.write("mic.raw", Data(count: 32_000) + golden.sound() + Data(count: 64_000))
        let daemon = try daemon("[dictation]\ndevice = \"fromfile:\(microphone)\"\n")
        #expect(try run(["dictate", "status"], daemon).output == "stopped\n")
        let dictation = try Run(["dictate", "toggle", "--json", "--quiet"], daemon, folder)
        #expect(try LifecycleTests.waitFor { dictation.output.contains("\"speech-ended\"") })
        #expect(try run(["dictate", "status"], daemon).output == "listening\n")
        #expect(try run(["dictate", "start"], daemon).output.isEmpty)
        #expect(try run(["dictate", "toggle"], daemon).output.isEmpty)
        #expect(dictation.wait() == .exit(0))
        #expect(dictation.output.hasSuffix("{\"event\": \"status\", \"status\": \"stopped\"}\n"))
        #expect(try run(["dictate", "status", "--json"], daemon).output.contains("stopped"))
    }

    @Test(.enabled(if: RunningDaemon.golden != nil, "no golden model"))
    func interruptingStillWritesWhatWasSaid() throws {
        let golden = try #require(RunningDaemon.golden)
        let microphone = try folder.write("mic.raw", Data(count: 32_000) + golden.sound() + Data(count: 64_000))
        let daemon = try daemon("[dictation]\ndevice = \"fromfile:\(microphone)\"\n")
        let dictation = try Run(["dictate", "--json"], daemon, folder)
        #expect(try LifecycleTests.waitFor { dictation.output.contains("\"speech-started\"") })
        dictation.send(SIGINT)
        #expect(dictation.wait() == .exit(0))
        #expect(dictation.output.contains("\"final\"") && dictation.output.contains("\"stopped\""))
    }

    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice"))
    func saysOnTheDaemonsLoudspeaker() throws {
        let played = folder.url("played.raw").path
        let daemon = try daemon("[speech]\ndevice = \"tofile:\(played)\"\n")
        func size() -> Int { (try? folder.read("played.raw").count) ?? 0 }
        _ = try run(["say", "Hello."], daemon)
        let first = size()
        #expect(first > 10_000)
        let book = try folder.write("book.txt", "Chapter one.\n\nIt was dark.\n".utf8)
        _ = try run(["say", "-f", book], daemon)
        #expect(size() != first)
        try folder.write("wl-paste", "#!/bin/sh\nexec echo \"From the clipboard.\"\n".utf8)
        chmod(folder.url("wl-paste").path, 0o700)
        let before = size()
        _ = try run(["say", "--clipboard"], daemon)
        #expect(size() != before)
        #expect(try run(["say", "--status"], daemon).output == "idle, 0 texts\n")
        _ = try run(["say", "--stop"], daemon)
    }

    /// The daemon's limit is for each request, and a text that is longer becomes several.
    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice"))
    func textsLongerThanARequestAreSpokenIntoAFile() throws {
        let daemon = try daemon("[limits]\ntext_bytes = 70000\n")
        // Spaces cost nothing to speak.
        let page = "Word." + String(repeating: " ", count: 6_000) + "\n\n"
        let book = try folder.write("book.txt", String(repeating: page, count: 20).utf8)
        _ = try run(["say", "-f", book, "-o", folder.url("book.wav").path], daemon)
        let word = try folder.write("word.txt", "Word.\n\n".utf8)
        _ = try run(["say", "-f", word, "-o", folder.url("word.wav").path], daemon)
        let (long, short) = (try folder.read("book.wav").count, try folder.read("word.wav").count)
        #expect(long > 10 * short, "\(long) \(short)")
    }

    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice"))
    func aReaderThatHasEnoughEndsItWithoutAWord() throws {
        let daemon = try daemon("")
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let run = try Run(["say", "-o", "-", "Hello, everybody out there."], daemon, folder, output: ends[1])
        close(ends[1])
        var bytes = [UInt8](repeating: 0, count: 4)
        #expect(read(ends[0], &bytes, 4) == 4 && bytes == Array("RIFF".utf8))
        close(ends[0])
        #expect(run.wait() == .signal(SIGPIPE) && run.errors.isEmpty, "\(run.errors)")
    }

    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice"))
    func remarksAndRefusesWhatThisProcessWould() throws {
        let daemon = try daemon("")
        let file = folder.url("own.wav").path
        // A star has no name, so that only the daemon's silence tells.
        for text in ["", "\u{2605}"] {
            let run = try Run(["say", "-o", file, text], daemon, folder)
            #expect(run.wait() == .exit(6))
            #expect(run.errors.hasSuffix("[speech.nothing_to_say]\n") && !folder.has("own.wav"), "\(run.errors)")
        }
        let unknown = try Run(["say", "-v", "nobody", "-o", file, "Hello."], daemon, folder)
        #expect(unknown.wait() == .exit(3) && unknown.errors.contains("`hearsay voices` shows"), "\(unknown.errors)")
        let latin = try folder.write("latin1", [0x63, 0x61, 0x66, 0xE9])
        let run = try Run(["say", "-o", file, "-f", latin], daemon, folder)
        #expect(run.wait() == .exit(6) && run.errors.hasSuffix("[speech.text_encoding_invalid]\n"), "\(run.errors)")
        let german = try self.run(["say", "-v", "kathleen", "--language", "de", "-o", file, "Guten Tag."], daemon)
        #expect(german.errors == "hearsay: kathleen was made for English (en-us): German (de) will sound foreign\n")
        let russian = try self.run(["say", "-o", file, "Привет, мир."], daemon)
        #expect(russian.errors.contains("Cyrillic letters and is read as English"), "\(russian.errors)")
        #expect(
            try self.run(["say", "--language", "ru", "-o", file, "Привет, мир."], daemon).errors.contains("espeak-ng"))
        #expect(try self.run(["say", "-o", file, "Hello."], daemon).errors.isEmpty)
        let markup = "<speak>\n<prosody rate=\"10000%\">Hi.</prosody></speak>"
        let path = try folder.write("fast.ssml", markup.utf8)
        for text in [[markup], ["-f", path]] {
            let errors = try self.run(["say", "--ssml", "-o", file] + text, daemon).errors
            #expect(errors.hasPrefix("hearsay: line 2, column 10: rate=\"10000%\""), "\(errors)")
        }
    }

    /// Where the daemon may not be heard by this user, this process plays; there is no device here for it.
    @Test(.enabled(if: RunningDaemon.hasVoice, "no voice"))
    func playsItselfWhereTheDaemonMustNot() throws {
        let daemon = try daemon("[speech]\naccess = \"none\"\n")
        let file = folder.url("own.wav").path
        _ = try run(["say", "-o", file, "Hello."], daemon)
        #expect(folder.has("own.wav"))
        let run = try Run(["say", "--pause"], daemon, folder)
        #expect(run.wait() == .exit(1))
        #expect(run.errors.contains("server.forbidden"))
    }

    @Test func theResultOfAFailedJobSaysWhyThereIsNone() throws {
        let daemon = try daemon("")
        let path = try folder.write("noise.wav", "this is no sound".utf8)
        #expect(try run(["jobs", "add", path], daemon).output == "1\t\(path)\n")
        #expect(try LifecycleTests.waitFor { try run(["jobs", "list"], daemon).output.contains("failed") })
        let result = try Run(["jobs", "result", "1"], daemon, folder)
        #expect(result.wait() == .exit(1))
        #expect(result.errors.contains("job 1 has failed") && result.errors.contains("[audio."), "\(result.errors)")
    }
}
