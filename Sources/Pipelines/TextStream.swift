import Glibc
import Phonemes

/// Text from a descriptor as it arrives, in pieces small enough that the first sentence does not wait for the tenth.
///
/// Text that is not in UTF-8 is refused where that shows.
struct TextStream {
    private let descriptor: Int32
    /// For people.
    private let name: String
    /// Bytes that were read and not yet given: never more than a block and an unfinished character.
    private var pending: [UInt8] = []
    private var isFirst = true
    /// Bytes that were given.
    private var position = 0
    private var hasEnded = false

    private static let blockSize = 4_096
    private static let pieceSize = 256

    init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// The next piece; nil at the end.
    ///
    /// - Throws: `PhonemeError` with `speech.text_unreadable` when the descriptor cannot be read, or
    ///   `speech.text_encoding_invalid`; `CancellationError`.
    mutating func next() throws -> String? {
        while true {
            let ready = hasEnded ? min(pending.count, Self.pieceSize) : completeCharacters(of: Self.pieceSize)
            if ready > 0 {
                let piece = try PlainBytes.text(pending[..<ready], of: name, position: position)
                pending.removeFirst(ready)
                position += ready
                defer { isFirst = false }
                // A byte-order mark is no text.
                return isFirst && piece.unicodeScalars.first == "\u{FEFF}"
                    ? String(String.UnicodeScalarView(piece.unicodeScalars.dropFirst())) : piece
            }
            guard !hasEnded else { return nil }
            try read()
        }
    }

    /// How many of the first `limit` pending bytes make whole characters.
    private func completeCharacters(of limit: Int) -> Int {
        var end = min(limit, pending.count)
        // A character has at most four bytes; what never ends is no character, and is given as it is.
        for _ in 0..<4 {
            guard end > 0 else { return 0 }
            let isBoundary = end < pending.count && pending[end] & 0xC0 != 0x80
            if isBoundary || pending[end - 1] < 0x80 { return end }
            if end == pending.count, Self.isComplete(pending[max(0, end - 4)..<end]) { return end }
            end -= 1
        }
        return min(limit, pending.count)
    }

    /// Whether the last character of these bytes has all its bytes.
    private static func isComplete(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let lead = bytes.lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return true }
        let length = bytes[lead] >= 0xF0 ? 4 : bytes[lead] >= 0xE0 ? 3 : bytes[lead] >= 0xC0 ? 2 : 1
        return bytes.endIndex - lead >= length
    }

    private mutating func read() throws {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            try Task.checkCancellation()
            let ready = poll(&waiting, 1, 100)
            guard ready == 0 || (ready < 0 && errno == EINTR) else { break }
        }
        let block = [UInt8](unsafeUninitializedCapacity: Self.blockSize) { buffer, count in
            count = max(-1, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
            if count < 0 {
                failure = errno
                count = 0
            }
        }
        if let failure, failure != EINTR, failure != EAGAIN {
            throw PhonemeError(.textUnreadable, "could not read \(name): \(String(cString: strerror(failure)))")
        }
        hasEnded = block.isEmpty && failure == nil
        failure = nil
        pending += block
    }

    /// `errno` of the last read, if it failed.
    private var failure: Int32?
}
