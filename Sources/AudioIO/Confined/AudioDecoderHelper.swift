import AudioCore
import Glibc
import HelperProcess

/// The other side of ``ConfinedAudioDecoder``: what the decoding process does.
public enum AudioDecoderHelper {
    /// The argument that turns a program into the helper. It is in nobody's help text: no user needs it.
    static let argument = "audio-decoder-helper"

    /// Bytes of address space that the helper may have.
    private static let memoryLimit = 1 << 30
    /// Seconds of computing for one recording; a day of MP3 takes some minutes.
    private static let timeLimit: UInt32 = 7_200
    /// Seconds for a block of sound, should nobody be left who would end the helper.
    private static let blockDeadline: UInt32 = 10
    /// Seconds for the header: the length of a large MP3 is found by reading all of it.
    private static let headerDeadline: UInt32 = 300
    /// Samples of a block, all channels together: 64 KiB, and less than a second of most sound.
    private static let blockSamples = 1 << 14

    /// Serves and never returns if the program was started as a helper; returns at once if not.
    ///
    /// Call it first in a program that uses ``ConfinedAudioDecoder`` with `HelperExecutable.thisProgram`: before
    /// arguments are parsed, threads begin or files are opened.
    public static func runIfRequested(_ arguments: [String]) {
        guard arguments.count == 2, arguments[1] == argument else { return }
        _exit(serve())
    }

    private static func serve() -> Int32 {
        HelperServer.confine(memory: memoryLimit, seconds: timeLimit, mayOpenFiles: false, keepsGivenDescriptor: true)
        HelperServer.setDeadline(seconds: headerDeadline)
        do throws(AudioError) {
            let file = try AudioFileHandle(adopting: HelperServer.givenDescriptor, name: DecoderMessage.nameMark)
            let reader = try SndfileReader.open(file)
            let header = DecoderMessage.header(
                sampleRate: reader.format.sampleRate, channels: reader.format.channels, frameCount: reader.frameCount)
            guard send(header) else { return 0 }
            guard try sendBlocks(of: reader) else { return 0 }
            _ = send(reader.damage.map { .damage($0) } ?? .end)
        } catch {
            _ = send(.failure(error))
        }
        return 0
    }

    /// - Returns: false if nobody reads them.
    private static func sendBlocks(of reader: any AudioReader) throws(AudioError) -> Bool {
        let channels = reader.format.channels
        let samples = UnsafeMutableBufferPointer<Float>.allocate(capacity: blockSamples / channels * channels)
        defer { samples.deallocate() }
        while true {
            HelperServer.setDeadline(seconds: blockDeadline)
            let frames = try reader.read(into: samples)
            // Whoever reads may take their time.
            HelperServer.setDeadline(seconds: 0)
            guard frames > 0 else { return true }
            let block = UnsafeRawBufferPointer(samples.extracting(..<(frames * channels)))
            var head: [UInt8] = []
            HelperFrame.append(block.count + 1, bytes: HelperFrame.headerCount, to: &head)
            guard HelperServer.write(head + [DecoderMessage.blockKind]), HelperServer.write(block) else { return false }
        }
    }

    private static func send(_ message: DecoderMessage) -> Bool {
        HelperServer.write(message.bytes)
    }
}
