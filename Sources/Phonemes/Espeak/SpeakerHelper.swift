import CEspeak
import Glibc
import HelperProcess

/// The other side of ``EspeakSpeaker``: a child process that speaks one text.
enum SpeakerHelper {
    /// The argument that turns a program into the helper.
    static let argument = "speaker-helper"

    /// Bytes of address space that the helper may have.
    private static let memoryLimit = 1 << 30

    /// Answers one request.
    static func serve() -> Int32 {
        let seconds = UInt32(EspeakSpeaker.timeLimit / 1_000)
        HelperServer.confine(memory: memoryLimit, seconds: seconds, mayOpenFiles: true)
        // libpulse, which libespeak-ng looks for a sound server with, wants a file of shared memory and can do without.
        signal(SIGXFSZ, SIG_IGN)
        HelperServer.setDeadline(seconds: seconds)
        guard let payload = HelperServer.readFrame() else { return 0 }
        guard let request = SpeakerMessage.decodeRequest(payload) else { return 2 }
        let reply: SpeakerMessage.Reply
        do throws(PhonemeError) {
            reply = try answer(request)
        } catch {
            reply = error.code == .espeakMissing ? .espeakMissing(error.message) : .languageUnsupported(error.message)
        }
        return write(reply) ? 0 : 1
    }

    private static func answer(_ request: SpeakerMessage.Request) throws(PhonemeError) -> SpeakerMessage.Reply {
        var engine = EspeakEngine()
        try engine.open()
        if let folder = Espeak.dataFolder { HelperServer.readOnly(in: folder) }
        guard case .speech(let text, let language, let manner) = request else { return .languages(engine.languages) }
        try engine.select(language)
        let rate = Int(hearsay_espeak_open_sound())
        guard rate == EspeakSpeaker.sampleRate else {
            throw PhonemeError(
                .espeakMissing,
                "libespeak-ng gives sound of \(rate) Hz, and \(EspeakSpeaker.sampleRate) are needed. Install another "
                    + "version of it (Debian, Ubuntu: apt install libespeak-ng1).")
        }
        let parameters = hearsay_espeak_manner(
            words_per_minute: Int32(manner.wordsPerMinute), pitch: Int32(manner.pitch), range: Int32(manner.range))
        hearsay_espeak_speak(text, parameters) { samples, count in
            let sound = UnsafeBufferPointer(start: samples, count: count)
            let bytes = sound.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
            return SpeakerHelper.write(.sound(bytes[...])) ? 0 : 1
        }
        return .end
    }

    private static func write(_ reply: SpeakerMessage.Reply) -> Bool {
        HelperServer.write(SpeakerMessage.encode(reply))
    }
}
