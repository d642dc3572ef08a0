internal import Crypto

/// A secret that decides what a mark looks like. Who has it can find the mark, and make it.
public struct WatermarkKey: Sendable, Equatable {
    /// The key of all hearsays: with it anybody can find out that speech is synthetic. It is no secret, so that its mark
    /// can be forged, and says nothing about who spoke.
    public static let everyones = WatermarkKey(secret: Array("hearsay: this speech is synthetic (1)".utf8))

    private let secret: SymmetricKey

    /// - Parameter secret: of any length; other bytes are another key.
    public init(secret: [UInt8]) {
        self.secret = SymmetricKey(data: SHA256.hash(data: secret))
    }

    init(_ secret: SymmetricKey) {
        self.secret = secret
    }

    /// `count` numbers ±1 that look random to who has not the key; others for each number.
    func chips(_ count: Int, number: UInt32) -> [Float] {
        var chips: [Float] = []
        chips.reserveCapacity(count)
        var block: UInt32 = 0
        while chips.count < count {
            let message = [number, block].flatMap { value in withUnsafeBytes(of: value.littleEndian, Array.init) }
            for byte in HMAC<SHA256>.authenticationCode(for: message, using: secret) {
                for bit in 0..<8 where chips.count < count { chips.append(byte >> bit & 1 == 0 ? -1 : 1) }
            }
            block += 1
        }
        return chips
    }
}
