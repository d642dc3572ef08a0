public import HelperProcess
import Tensors

/// Phonemes by libespeak-ng in a process of its own, which may crash or hang as it likes.
///
/// What breaks the process is tried again in a new one, then in halves, and left out at last: a text loses the few
/// letters that espeak-ng cannot bear and nothing else. Calls take turns, and block their thread.
public final class PhonemizerProcess: Phonemizer {
    /// The program that becomes the process; its first act must be ``PhonemizerHelper/runIfRequested(_:)``.
    public typealias Helper = HelperExecutable

    /// Milliseconds for the process to start and to compute one clause. It needs about 30 for the first.
    private static let timeLimit = 2_000
    /// Processes that one clause may cost.
    private static let mostRestarts = 12

    private let helper: Helper
    private let cleans: Bool
    private let skipped: @Sendable (String) -> Void
    private let connection = Locked<HelperConnection?>(nil)

    /// Starts nothing yet.
    ///
    /// - Parameter skipped: is told which piece of text was left out.
    public convenience init(
        helper: Helper = .thisProgram, skipped: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.init(helper: helper, cleans: true, skipped: skipped)
    }

    /// - Parameter cleans: false lets espeak-ng have texts that it is known to break at, for tests.
    init(helper: Helper, cleans: Bool, skipped: @escaping @Sendable (String) -> Void) {
        self.helper = helper
        self.cleans = cleans
        self.skipped = skipped
    }

    /// Starts the process and does not wait for it, so that it is ready when the first sentence is.
    ///
    /// A failure shows when phonemes are asked for.
    public func prepare(language: String) {
        connection.withLock { connection in
            guard connection == nil, let new = try? start() else { return }
            let request = PhonemizerMessage.Request(language: Self.bounded(language), clauses: [])
            try? new.send(PhonemizerMessage.encode(request), before: HelperConnection.now + Self.timeLimit)
            connection = new
        }
    }

    public func phonemes(of clauses: [String], language: String) throws(PhonemeError) -> [String] {
        let clauses = cleans ? clauses.map(EspeakText.clean) : clauses
        let language = Self.bounded(language)
        return try connection.withLock { (connection: inout HelperConnection?) throws(PhonemeError) in
            var results: [String] = []
            results.reserveCapacity(clauses.count)
            while results.count < clauses.count {
                let batch = clauses[results.count...].prefix(PhonemizerMessage.mostClauses)
                let (done, failure) = try exchange(batch, language, &connection)
                results += done
                guard failure != nil else { continue }
                var recovery = Recovery(language: language)
                results.append(try retry(batch[batch.startIndex + done.count], &recovery, &connection))
            }
            return results
        }
    }

    /// The process's number, for tests.
    var identifier: Int32? {
        connection.withLock { $0?.identifier }
    }

    /// What is known while one clause is being saved.
    private struct Recovery {
        let language: String
        var restarts = 0
    }

    /// The same text in a new process: the old one may have been ended by something else.
    private func retry(
        _ text: String, _ recovery: inout Recovery, _ connection: inout HelperConnection?
    ) throws(PhonemeError) -> String {
        recovery.restarts += 1
        let (done, failure) = try exchange([text], recovery.language, &connection)
        if let result = done.first { return result }
        // A text that takes for ever does so in halves too.
        guard failure != .timedOut, recovery.restarts < Self.mostRestarts, let halves = Self.halves(of: text) else {
            try skip(text, recovery, &connection)
            return ""
        }
        let first = try retry(halves.0, &recovery, &connection)
        let second = try retry(halves.1, &recovery, &connection)
        return first.isEmpty || second.isEmpty ? first + second : first + " " + second
    }

    /// Leaves `text` out, unless it is not the text that is at fault.
    private func skip(
        _ text: String, _ recovery: Recovery, _ connection: inout HelperConnection?
    ) throws(PhonemeError) {
        guard try exchange(["a"], recovery.language, &connection).failure == nil else {
            throw PhonemeError(
                .phonemizerFailed,
                "The process that computes phonemes (\(helper.path) \(PhonemizerHelper.argument)) ends or hangs whatever "
                    + "it is given. Try 'espeak-ng -q --ipa test' to see whether espeak-ng works.")
        }
        skipped(text)
    }

    /// Asks for the phonemes of `clauses` until the process fails, which closes the connection.
    private func exchange(
        _ clauses: ArraySlice<String>, _ language: String, _ connection: inout HelperConnection?
    ) throws(PhonemeError) -> (done: [String], failure: HelperConnection.Failure?) {
        let current: HelperConnection
        if let connection { current = connection } else { current = try start() }
        connection = current
        var done: [String] = []
        var refusal: PhonemeError?
        do throws(HelperConnection.Failure) {
            let request = PhonemizerMessage.Request(language: language, clauses: Array(clauses))
            try current.send(PhonemizerMessage.encode(request), before: HelperConnection.now + Self.timeLimit)
            while done.count < clauses.count, refusal == nil {
                let payload = try current.receive(before: HelperConnection.now + Self.timeLimit)
                switch PhonemizerMessage.decodeReply(payload[...]) {
                case .phonemes(let text): done.append(text)
                case .espeakMissing(let message): refusal = PhonemeError(.espeakMissing, message)
                case .languageUnsupported(let message): refusal = PhonemeError(.languageUnsupported, message)
                case nil: throw .ended
                }
            }
        } catch {
            connection = nil
            return (done, error)
        }
        if let refusal { throw refusal }
        return (done, nil)
    }

    private func start() throws(PhonemeError) -> HelperConnection {
        do throws(HelperStartError) {
            return try HelperConnection(helper, argument: PhonemizerHelper.argument)
        } catch {
            throw PhonemeError(.phonemizerFailed, error.message)
        }
    }

    /// Two parts of `text`, cut at the space that is nearest to its middle, or else in its middle; nil for one letter.
    static func halves(of text: String) -> (String, String)? {
        let scalars = text.unicodeScalars
        guard scalars.count > 1 else { return nil }
        let middle = scalars.index(scalars.startIndex, offsetBy: scalars.count / 2)
        let before = scalars[..<middle].lastIndex(of: " ")
        let after = scalars[middle...].firstIndex(of: " ")
        let cut = [before, after].compactMap { $0 }.filter { $0 > scalars.startIndex }
            .min { abs(scalars.distance(from: middle, to: $0)) < abs(scalars.distance(from: middle, to: $1)) }
        return (String(scalars[..<(cut ?? middle)]), String(scalars[(cut ?? middle)...]))
    }

    /// No tag is longer; what is, is refused all the same.
    private static func bounded(_ language: String) -> String {
        String(decoding: language.utf8.prefix(64), as: UTF8.self)
    }
}
