import CEspeak
import Glibc
import HelperProcess

/// The other side of ``PhonemizerProcess``: what the child process does.
public enum PhonemizerHelper {
    /// The argument that turns a program into the helper. It is in nobody's help text: no user needs it.
    static let argument = "phonemizer-helper"

    /// Bytes of address space that the helper may have. espeak-ng with all that it loads needs about a tenth.
    private static let memoryLimit = 1 << 30
    /// Seconds that one clause may take, should nobody be left who would end the helper.
    private static let deadline: UInt32 = 10
    /// Seconds of computing in its life, which is as long as that of the program.
    private static let timeLimit: UInt32 = 86_400

    /// Serves and never returns if the program was started as a helper; returns at once if not.
    ///
    /// Call it first in a program that uses ``PhonemizerProcess`` or ``EspeakSpeaker`` with
    /// ``PhonemizerProcess/Helper/thisProgram``: before arguments are parsed, threads begin or files are opened.
    public static func runIfRequested(_ arguments: [String]) {
        guard arguments.count == 2 else { return }
        switch arguments[1] {
        case argument: _exit(serve())
        case SpeakerHelper.argument: _exit(SpeakerHelper.serve())
        default: return
        }
    }

    /// Answers requests until the other side is gone.
    private static func serve() -> Int32 {
        HelperServer.confine(memory: memoryLimit, seconds: timeLimit, mayOpenFiles: true)
        var engine = EspeakEngine()
        // Before the first text: the library is there, and of all files only its dictionaries are needed.
        if (try? engine.open()) != nil, let folder = Espeak.dataFolder { HelperServer.readOnly(in: folder) }
        while let payload = HelperServer.readFrame() {
            guard let request = PhonemizerMessage.decodeRequest(payload[...]) else { return 2 }
            guard answer(request, &engine) else { return 0 }
        }
        return 0
    }

    /// - Returns: false if nobody reads the replies.
    private static func answer(_ request: PhonemizerMessage.Request, _ engine: inout EspeakEngine) -> Bool {
        HelperServer.setDeadline(seconds: deadline)
        defer { HelperServer.setDeadline(seconds: 0) }
        do throws(PhonemeError) {
            try engine.open()
            try engine.select(request.language)
        } catch {
            guard !request.clauses.isEmpty else { return true }
            let missing = error.code == .espeakMissing
            return write(missing ? .espeakMissing(error.message) : .languageUnsupported(error.message))
        }
        for clause in request.clauses {
            HelperServer.setDeadline(seconds: deadline)
            guard write(.phonemes(Espeak.phonemes(of: clause))) else { return false }
        }
        return true
    }

    private static func write(_ reply: PhonemizerMessage.Reply) -> Bool {
        HelperServer.write(PhonemizerMessage.encode(reply))
    }
}
