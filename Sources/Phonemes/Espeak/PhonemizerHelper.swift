import CEspeak
import Glibc

/// The other side of ``PhonemizerProcess``: what the child process does.
public enum PhonemizerHelper {
    /// The argument that turns a program into the helper. It is in nobody's help text: no user needs it.
    static let argument = "phonemizer-helper"

    /// Bytes of address space that the helper may have. espeak-ng with all that it loads needs about a tenth.
    private static let memoryLimit = 1 << 30
    /// Seconds that one clause may take, should nobody be left who would end the helper.
    private static let deadline: UInt32 = 10
    private static let socket: Int32 = 0

    /// Serves and never returns if the program was started as a helper; returns at once if not.
    ///
    /// Call it first in a program that uses ``PhonemizerProcess`` with ``PhonemizerProcess/Helper/thisProgram``: before
    /// arguments are parsed, threads begin or files are opened.
    public static func runIfRequested(_ arguments: [String]) {
        guard arguments.count == 2, arguments[1] == argument else { return }
        _exit(serve())
    }

    /// Answers requests until the other side is gone.
    private static func serve() -> Int32 {
        // Signals meant for the program must not end its helper in the middle of its work; its end is the socket's.
        signal(SIGINT, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        hearsay_espeak_confine(memoryLimit)
        var engine = EspeakEngine()
        while let payload = readFrame() {
            guard let request = PhonemizerMessage.decodeRequest(payload[...]) else { return 2 }
            guard answer(request, &engine) else { return 0 }
        }
        return 0
    }

    /// - Returns: false if nobody reads the replies.
    private static func answer(_ request: PhonemizerMessage.Request, _ engine: inout EspeakEngine) -> Bool {
        hearsay_espeak_deadline(deadline)
        defer { hearsay_espeak_deadline(0) }
        do throws(PhonemeError) {
            try engine.open()
            try engine.select(request.language)
        } catch {
            guard !request.clauses.isEmpty else { return true }
            let missing = error.code == .espeakMissing
            return write(missing ? .espeakMissing(error.message) : .languageUnsupported(error.message))
        }
        for clause in request.clauses {
            hearsay_espeak_deadline(deadline)
            guard write(.phonemes(Espeak.phonemes(of: clause))) else { return false }
        }
        return true
    }

    private static func write(_ reply: PhonemizerMessage.Reply) -> Bool {
        let bytes = PhonemizerMessage.encode(reply)
        return bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Glibc.write(socket, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    private static func readFrame() -> [UInt8]? {
        guard let header = read(PhonemizerMessage.headerCount),
            let count = PhonemizerMessage.payloadCount(header[...])
        else { return nil }
        return read(count)
    }

    private static func read(_ count: Int) -> [UInt8]? {
        var received = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while received < count {
                let more = Glibc.read(socket, buffer.baseAddress?.advanced(by: received), count - received)
                if more < 0 && errno == EINTR { continue }
                guard more > 0 else { break }
                received += more
            }
            initialized = received
        }
        return received == count ? bytes : nil
    }
}
