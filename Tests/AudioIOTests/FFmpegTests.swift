import AudioCore
import AudioIO
import Foundation
import TestSupport
import Testing

/// What starts as an MP4 file starts.
private let mp4 = [0, 0, 0, 0x18] + Array("ftypM4A \n".utf8)

private let fakeFFmpeg = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Fixtures/audio/fake-ffmpeg").standardizedFileURL.path(percentEncoded: false)

/// Shell commands in the place of ffmpeg: how a child may behave, independent of what is installed.
@Suite struct FFmpegTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ script: String) throws -> any AudioReader {
        let path = try folder.write("a b'$(touch x);.m4a", mp4 + Array(script.utf8))
        return try AudioFile.open(path, decoder: SystemAudioDecoder(ffmpeg: FFmpegDecoder(executable: fakeFFmpeg)))
    }

    /// An AU header for floats; three bytes of annotation show that its size field is heeded.
    private let header = #"printf '.snd\0\0\0\033\377\377\377\377\0\0\0\006\0\0\037\100\0\0\0\002ann'; "#

    @Test func readsTheStreamThatTheChildWrites() throws {
        // 0.5, -1 as big-endian floats.
        let reader = try open(header + #"printf '\077\0\0\0\277\200\0\0'"#)
        #expect(reader.format == (try AudioFormat(sampleRate: 8_000, channels: 2)))
        #expect(reader.frameCount == nil)
        #expect(try reader.readAll() == [0.5, -1])
        #expect(reader.damage == nil)
    }

    @Test func theChildGetsTheFileAndNothingOfItsName() throws {
        let seen = folder.url("seen").path
        _ = try? open("echo \"$@\" > '\(seen)'; head -c 12 <&3 | tail -c 8 >> '\(seen)'; cat >> '\(seen)'")
        let text = try String(contentsOfFile: seen, encoding: .utf8)
        #expect(text.contains("-i file:/proc/self/fd/3 "))
        #expect(text.contains("-nostdin"))
        #expect(!text.contains("touch"))
        // The file arrives as descriptor 3; standard input is empty.
        #expect(text.hasSuffix("\nftypM4A "))
    }

    @Test func itsWordsAreTheReasonWhenItFails() throws {
        let error = #expect(throws: AudioError.self) {
            try open("echo first line >&2; echo '  no such codec' >&2; exit 3")
        }
        #expect(error?.code == .ffmpegFailed)
        #expect(error?.message.hasSuffix("no such codec") == true)
    }

    @Test func aFloodOfMessagesNeitherBlocksNorGrows() throws {
        let flood = #"head -c 3000000 /dev/zero | tr '\0' 'x' >&2; "#
        let reader = try open(header + flood + #"printf '\077\0\0\0\277\200\0\0'; exit 1"#)
        #expect(try reader.readAll() == [0.5, -1])
        #expect(try #require(reader.damage).message.utf8.count < 1_000)
    }

    @Test(arguments: ["", "printf 'RIFF....WAVEfmt .................'", "printf '.snd\\0\\0'", "kill -9 $$"])
    func anythingButAHeaderIsAnError(script: String) {
        let error = #expect(throws: AudioError.self) { try open(script) }
        #expect(error?.code == .ffmpegFailed)
    }

    /// Far more than the connection holds, from a child and from a child's child.
    @Test(arguments: ["exec cat /dev/zero", "cat /dev/zero; true"])
    func aFloodThatIsNoHeaderIsAnError(script: String) {
        let error = #expect(throws: AudioError.self) { try open("echo not this >&2; " + script) }
        #expect(error?.message.hasSuffix("not this") == true)
    }

    /// Each reader keeps some descriptors, so the next child's are higher, past every number with a use of its own.
    @Test func childrenGetTheirFilesWhateverTheNumbers() throws {
        var readers: [any AudioReader] = []
        for index in 0..<30 {
            let words = "head -c 12 <&3 | tail -c 4 >&2; "
            let reader = try open(words + header + #"printf '\077\0\0\0\277\200\0\0'; exit 1"#)
            #expect(try reader.readAll() == [0.5, -1])
            #expect(reader.damage?.message.hasSuffix("M4A ") == true, "child \(index)")
            readers.append(reader)
        }
        #expect(readers.count == 30)
    }

    @Test func formatsOutsideOfTheLimitsAreRefused() {
        let error = #expect(throws: AudioError.self) {
            try open(#"printf '.snd\0\0\0\030\377\377\377\377\0\0\0\006\0\0\0\001\0\0\0\002'"#)
        }
        #expect(error?.code == .rateUnsupported)
    }

    @Test func theChildIsGoneWithItsReader() throws {
        let pidFile = folder.url("pid").path
        var reader: (any AudioReader)? = try open("echo $$ > '\(pidFile)'; " + header + "exec sleep 1000")
        let pid = try #require(pid_t(try String(contentsOfFile: pidFile, encoding: .utf8).dropLast()))
        #expect(kill(pid, 0) == 0)
        _ = reader?.format
        reader = nil
        // Killed and waited for: not even a zombie answers.
        #expect(kill(pid, 0) == -1)
    }

    @Test func aSilentChildCanBeLeft() async throws {
        let path = try folder.write("x.m4a", mp4 + Array((header + "exec sleep 1000").utf8))
        let task = Task.detached {
            try AudioFile.open(path, decoder: FFmpegDecoder(executable: fakeFFmpeg)).readAll()
        }
        task.cancel()
        let error = await #expect(throws: AudioError.self) { try await task.value }
        #expect(error?.code == .cancelled)
    }

    @Test func aMissingFFmpegIsNamedWithItsPackage() throws {
        let path = try folder.write("talk.m4a", mp4)
        let decoder = SystemAudioDecoder(ffmpeg: FFmpegDecoder(executable: nil))
        let error = #expect(throws: AudioError.self) { try AudioFile.open(path, decoder: decoder) }
        #expect(error?.code == .ffmpegMissing)
        #expect(error?.message.contains("apt install ffmpeg") == true)
        #expect(error?.message.contains("MP4") == true)
    }

    @Test func theSearchPathIsHeeded() throws {
        let script = try folder.write("ffmpeg", [])
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        let here = folder.path
        #expect(FFmpegDecoder.find(in: "/nowhere:\(here)") == script)
        #expect(FFmpegDecoder.find(in: "/nowhere") == nil)
        #expect(FFmpegDecoder.find(in: "relative:") == nil)
    }
}
