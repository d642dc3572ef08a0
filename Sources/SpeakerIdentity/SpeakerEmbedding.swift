public import Crypto
import Glibc

/// How a voice sounds, as the numbers of a speaker encoder: enough to imitate it.
///
/// It cannot be copied, encoded, compared or printed, and no program that uses this module can read its numbers: they
/// leave it sealed, or to the voice that speaks with them. They lie in memory that is locked, kept out of dumps, and zero
/// when the value is gone.
public struct SpeakerEmbedding: ~Copyable, Sendable {
    /// Which encoder made it.
    public let model: String
    /// How many numbers it has.
    public let dimension: Int
    /// Numbers of the manner of speaking that lie beside the encoder's: none, or ``VoiceManner``'s.
    private let mannerCount: Int
    /// The count of the manner's numbers, the encoder's numbers, the manner's.
    private let memory: LockedMemory

    static let largestDimension = 4_096

    /// Takes an encoder's numbers, which the caller wipes.
    ///
    /// - Parameters:
    ///   - values: made to have length 1.
    ///   - manner: what `VoiceManner` measures; empty where only whose voice it is matters.
    /// - Throws: ``SpeakerIdentityError/Code/embeddingInvalid``, ``SpeakerIdentityError/Code/memoryNotLocked``.
    package init(
        _ values: UnsafeBufferPointer<Float>,
        manner: UnsafeBufferPointer<Float> = UnsafeBufferPointer(start: nil, count: 0),
        model: String
    ) throws(SpeakerIdentityError) {
        let square = values.reduce(0.0) { $0 + Double($1) * Double($1) }
        guard (1...Self.largestDimension).contains(values.count), square.isFinite, square > 1e-20 else {
            throw SpeakerIdentityError(.embeddingInvalid, "\(values.count) numbers are no speaker embedding")
        }
        guard manner.count <= Self.largestDimension, manner.allSatisfy(\.isFinite) else {
            throw SpeakerIdentityError(.embeddingInvalid, "a manner of speaking has numbers that are none")
        }
        let memory = try LockedMemory(count: (1 + values.count + manner.count) * MemoryLayout<Float>.stride)
        let scale = Float(1 / square.squareRoot())
        memory.withMutableBytes { bytes in
            bytes.storeBytes(of: UInt32(manner.count).littleEndian, as: UInt32.self)
            let target = bytes.assumingMemoryBound(to: Float.self)
            for index in values.indices { target[1 + index] = values[index] * scale }
            for index in manner.indices { target[1 + values.count + index] = manner[index] }
        }
        self.model = model
        dimension = values.count
        mannerCount = manner.count
        self.memory = memory
    }

    /// Opens what ``sealed(with:for:)`` made.
    ///
    /// - Parameters:
    ///   - record: as it was given for sealing.
    ///   - model: the encoder that is in use.
    /// - Throws: ``SpeakerIdentityError/Code/sealInvalid``, ``SpeakerIdentityError/Code/memoryNotLocked``,
    ///   ``SpeakerIdentityError/Code/embeddingInvalid``.
    public init(
        unsealing sealed: [UInt8], with key: SymmetricKey, for record: [UInt8], model: String
    ) throws(SpeakerIdentityError) {
        let count = sealed.count - Self.sealOverhead
        guard count > MemoryLayout<Float>.stride, count % MemoryLayout<Float>.stride == 0,
            count / MemoryLayout<Float>.stride <= 1 + 2 * Self.largestDimension
        else { throw Self.sealFailure }
        let numbers = count / MemoryLayout<Float>.stride - 1
        let memory = try LockedMemory(count: count)
        do {
            let box = try AES.GCM.SealedBox(combined: sealed)
            var opened = try AES.GCM.open(
                box, using: key, authenticating: Self.associated(record, model, numbers))
            memory.withMutableBytes { $0.copyBytes(from: opened) }
            // The library's own copy.
            Self.wipe(&opened)
        } catch {
            throw Self.sealFailure
        }
        let (manner, isFinite) = memory.withBytes { bytes in
            (
                Int(UInt32(littleEndian: bytes.load(as: UInt32.self))),
                bytes.assumingMemoryBound(to: Float.self).dropFirst().allSatisfy(\.isFinite)
            )
        }
        guard isFinite, manner < numbers else {
            throw SpeakerIdentityError(.embeddingInvalid, "the embedding has numbers that are none")
        }
        self.model = model
        dimension = numbers - manner
        mannerCount = manner
        self.memory = memory
    }

    /// Seals the embedding, for one record of one encoder: AES-256-GCM with a nonce of its own.
    ///
    /// - Parameter record: what it belongs to; it can only be opened together with the same.
    /// - Throws: ``SpeakerIdentityError/Code/sealInvalid`` for a key of another size than 256 bits.
    public borrowing func sealed(with key: SymmetricKey, for record: [UInt8]) throws(SpeakerIdentityError) -> [UInt8] {
        guard key.bitCount == 256 else { throw Self.sealFailure }
        let associated = Self.associated(record, model, dimension + mannerCount)
        let box = memory.withBytes { try? AES.GCM.seal($0, using: key, authenticating: associated) }
        guard let combined = box?.combined else { throw Self.sealFailure }
        return Array(combined)
    }

    /// The cosine of the angle between two voices, −1 … 1.
    ///
    /// - Throws: ``SpeakerIdentityError/Code/modelMismatch``.
    public borrowing func similarity(to other: borrowing SpeakerEmbedding) throws(SpeakerIdentityError) -> Double {
        guard model == other.model, dimension == other.dimension else {
            throw SpeakerIdentityError(
                .modelMismatch, "voices of the encoders '\(model)' and '\(other.model)' cannot be compared")
        }
        let count = dimension
        return withBytes { own in
            other.withBytes { others in
                let (a, b) = (own.assumingMemoryBound(to: Float.self), others.assumingMemoryBound(to: Float.self))
                return (0..<count).reduce(0.0) { $0 + Double(a[$1]) * Double(b[$1]) }
            }
        }
    }

    /// The numbers, for the parts of this module that compute with them.
    borrowing func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let (start, count) = (MemoryLayout<Float>.stride, dimension * MemoryLayout<Float>.stride)
        return memory.withBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<start + count])) }
    }

    /// All numbers, the encoder's and then the manner's, for a voice that is to speak as somebody. They must not outlive
    /// `body` but in memory that is wiped, and not reach anything that is sent, stored or printed.
    ///
    /// - Returns: nil where the manner is not known: without it nobody can be imitated.
    package borrowing func withVoice<Result>(_ body: (UnsafeBufferPointer<Float>) -> Result) -> Result? {
        guard mannerCount > 0 else { return nil }
        let count = dimension + mannerCount
        return memory.withBytes { bytes in
            let numbers = bytes.assumingMemoryBound(to: Float.self)
            return body(UnsafeBufferPointer(rebasing: numbers[1..<1 + count]))
        }
    }

    private static func wipe(_ bytes: inout some MutableCollection<UInt8>) {
        for index in bytes.indices { bytes[index] = 0 }
    }

    /// Nonce and tag.
    private static let sealOverhead = 12 + 16

    private static let sealFailure = SpeakerIdentityError(
        .sealInvalid, "the sealed embedding does not belong to this record and key")

    /// What the seal covers beside the numbers; lengths first, so that no two cases have the same bytes.
    private static func associated(_ record: [UInt8], _ model: String, _ numbers: Int) -> [UInt8] {
        let name = Array(model.utf8)
        var bytes = Array("hearsay embedding 2".utf8)
        for count in [numbers, name.count, record.count] {
            withUnsafeBytes(of: UInt64(count).littleEndian) { bytes += $0 }
        }
        return bytes + name + record
    }
}
