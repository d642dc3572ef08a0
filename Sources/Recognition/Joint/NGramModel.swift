internal import Glibc
internal import WeightFiles

/// Which tokens follow which in written text: a backing-off n-gram model, memory-mapped.
///
/// The file is a trie in safetensors (Training/recognition/language_model.py describes it): entry `i` of order `k`
/// (`tokens.k`, `probabilities.k`) is an n-gram of `k` tokens, its continuations are the entries
/// `children.k[i] ..< children.k[i + 1]` of order `k + 1`, in ascending order of their tokens. Probabilities are
/// interpolated: what is left of an n-gram's after discounting, plus the shorter context's times `backoffs.k`.
/// Source: Chen and Goodman, "An empirical study of smoothing techniques for language modeling" (1999), §3.
final class NGramModel: Sendable {
    /// What a text so far says about its next token: the entry of each of its suffixes that is known, shortest first.
    struct Context: Sendable, Equatable {
        fileprivate var entries: [Int32] = []
    }

    /// Tokens that the model predicts: ids below this, of which the last is the end of text.
    let events: Int
    private let levels: [Level]
    private let file: SafetensorsFile
    /// Probability of each code.
    private let values: [Float]
    private let unigrams: [Float]
    private let beginning: Int32?

    private struct Level: Sendable {
        // All four are safe to share: read-only memory of the file, which the model holds as long as it has levels.
        nonisolated(unsafe) let tokens: UnsafeRawBufferPointer
        nonisolated(unsafe) let probabilities: UnsafeRawBufferPointer
        /// Both empty for the longest n-grams.
        nonisolated(unsafe) let backoffs: UnsafeRawBufferPointer
        nonisolated(unsafe) let children: UnsafeRawBufferPointer

        var count: Int { probabilities.count }

        func token(_ entry: Int) -> Int {
            Int(Int16(littleEndian: tokens.loadUnaligned(fromByteOffset: 2 * entry, as: Int16.self)))
        }

        /// The continuations in `next`; a damaged file gives none rather than entries that are not there.
        func continuations(of entry: Int32, in next: Level) -> Range<Int> {
            let at = 4 * Int(entry)
            guard at + 8 <= children.count else { return 0..<0 }
            let first = Int32(littleEndian: children.loadUnaligned(fromByteOffset: at, as: Int32.self))
            let last = Int32(littleEndian: children.loadUnaligned(fromByteOffset: at + 4, as: Int32.self))
            guard first >= 0, first <= last, Int(last) <= next.count else { return 0..<0 }
            return Int(first)..<Int(last)
        }
    }

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - endOfText: the token that ends a text; those before it are text.
    ///   - startOfText: the token that stands for a text's beginning.
    /// - Throws: `model.unreadable`, `model.tensor_invalid`.
    convenience init(path: String, endOfText: Int, startOfText: Int) throws(RecognitionError) {
        let file: SafetensorsFile
        do {
            file = try SafetensorsFile(path: path)
        } catch {
            throw RecognitionError(.modelUnreadable, "cannot open the language model \(path)", cause: error)
        }
        try self.init(file: file, endOfText: endOfText, startOfText: startOfText)
    }

    /// - Throws: `model.tensor_invalid`.
    init(file: SafetensorsFile, endOfText: Int, startOfText: Int) throws(RecognitionError) {
        self.file = file
        levels = try Self.levels(of: file)
        events = endOfText + 1
        let values = (0..<256).map { expf(-Float($0) / Self.stepsPerUnit) }
        self.values = values
        var unigrams = [Float](repeating: Self.least, count: events)
        let first = levels[0]
        for entry in 0..<first.count where (0...endOfText).contains(first.token(entry)) {
            unigrams[first.token(entry)] = values[Int(first.probabilities[entry])]
        }
        self.unigrams = unigrams
        beginning = Self.find(startOfText, in: 0..<first.count, of: first)
    }

    private static let stepsPerUnit: Float = 16
    private static let least: Float = 1e-7
    private static let longest = 16

    private static func levels(of file: SafetensorsFile) throws(RecognitionError) -> [Level] {
        let order = (1...longest).prefix { file["tokens.\($0)"] != nil }.count
        guard order >= 2 else {
            throw RecognitionError(
                .modelTensorInvalid, "\(file.path) is no language model: it has no tensors tokens.1 and tokens.2")
        }
        func bytes(_ name: String, _ count: Int, _ type: ElementType) throws(RecognitionError) -> UnsafeRawBufferPointer
        {
            // Entries are counted in 32 bits.
            guard count < Int32.max, let tensor = file[name], tensor.type == type, tensor.elementCount == count else {
                throw RecognitionError(
                    .modelTensorInvalid, "\(file.path): \(name) must hold \(count) numbers of type \(type)")
            }
            return tensor.bytes
        }
        var levels: [Level] = []
        for k in 1...order {
            let count = file["tokens.\(k)"]?.elementCount ?? 0
            let none = UnsafeRawBufferPointer(start: nil, count: 0)
            levels.append(
                Level(
                    tokens: try bytes("tokens.\(k)", count, .i16),
                    probabilities: try bytes("probabilities.\(k)", count, .u8),
                    backoffs: k < order ? try bytes("backoffs.\(k)", count, .u8) : none,
                    children: k < order ? try bytes("children.\(k)", count + 1, .i32) : none))
        }
        return levels
    }

    /// Throws when the file was changed since it was opened.
    func verifyUnchanged() throws(WeightFileError) { try file.verifyUnchanged() }

    /// The context of a text that has not begun.
    func start() -> Context { Context(entries: beginning.map { [$0] } ?? []) }

    /// The context after one more token.
    func advance(_ context: Context, by token: Int) -> Context {
        guard let entry = Self.find(token, in: 0..<levels[0].count, of: levels[0]) else { return Context() }
        var entries = [entry]
        for (level, entry) in context.entries.enumerated().prefix(levels.count - 2) {
            let next = levels[level + 1]
            let continuations = levels[level].continuations(of: entry, in: next)
            guard let found = Self.find(token, in: continuations, of: next) else { break }
            entries.append(found)
        }
        return Context(entries: entries)
    }

    /// Natural logarithms of the probabilities of all ``events`` after a context, into `row` `[events]`.
    func logProbabilities(after context: Context, into row: UnsafeMutableBufferPointer<Float>) {
        _ = row.update(fromContentsOf: unigrams)
        for (level, entry) in context.entries.enumerated() where Int(entry) < levels[level].backoffs.count {
            let backoff = values[Int(levels[level].backoffs[Int(entry)])]
            for token in 0..<events { row[token] *= backoff }
            let next = levels[level + 1]
            for continuation in levels[level].continuations(of: entry, in: next) {
                let token = next.token(continuation)
                guard (0..<events).contains(token) else { continue }
                row[token] += values[Int(next.probabilities[continuation])]
            }
        }
        for token in 0..<events { row[token] = logf(row[token]) }
    }

    private static func find(_ token: Int, in range: Range<Int>, of level: Level) -> Int32? {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if level.token(middle) < token { low = middle + 1 } else { high = middle }
        }
        guard low < range.upperBound, level.token(low) == token else { return nil }
        return Int32(low)
    }
}
