public import AudioCore
public import Watermark

/// What a file that is written is to say of where its sound comes from.
public struct FileProvenance: Sendable {
    /// Of the program that makes the sound.
    public let version: String
    /// Signs the claim; without it the file says what it is, and nobody vouches for it.
    public let key: MarkingKey?

    public init(version: String, key: MarkingKey?) {
        self.version = version
        self.key = key
    }

    /// What the file says while its sound is still to come.
    var placeholder: SyntheticClaim { SyntheticClaim.placeholder(version: version, key: key) }
}

/// What a file says of where its sound comes from.
public enum FileClaim: Sendable, Equatable {
    /// Nothing.
    case none
    /// That it is synthetic, without a signature.
    case unsigned(SyntheticClaim)
    /// That it is synthetic, and the sound is what was signed.
    case valid(SyntheticClaim)
    /// That it is synthetic, and the sound is not what was signed.
    case broken(SyntheticClaim)

    /// Reads a file's claim and checks it against the sound.
    ///
    /// - Throws: an ``AudioError`` for a file that cannot be opened or decoded.
    public static func read(_ path: String) throws(AudioError) -> FileClaim {
        let file = try AudioFileHandle(path: path)
        guard let (claim, place) = ClaimPlace.find({ file.bytes(at: $0, count: $1) }) else { return .none }
        guard claim.signature != nil else { return .unsigned(claim) }
        guard let digest = try FileSound(file, claim: place).digest() else { return .broken(claim) }
        return claim.isTrue(of: digest) ? .valid(claim) : .broken(claim)
    }
}

/// Where the claim lies in a file: near its beginning, whatever the format.
enum ClaimPlace {
    private static let searched = 1 << 16

    /// - Parameter read: bytes of the file: offset and count; fewer at its end.
    static func find(_ read: (Int, Int) -> [UInt8]) -> (claim: SyntheticClaim, place: Int)? {
        let head = read(0, searched)
        let start = Array(SyntheticClaim.start.utf8)
        guard head.count > start.count else { return nil }
        for place in 0..<head.count - start.count
        where head[place] == start[0] && head[place..<place + start.count].elementsEqual(start) {
            if let claim = SyntheticClaim(prefixOf: head[place...]) { return (claim, place) }
        }
        return nil
    }
}
