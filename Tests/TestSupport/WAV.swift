public import Foundation

/// RIFF WAVE files of 16-bit samples at 16 kHz, one channel.
public enum WAV {
    /// Seconds that so many bytes of sound last.
    public static func seconds(bytes: Int) -> Double { Double(bytes / 2) / 16_000 }

    /// A file with these samples.
    public static func file(_ sound: some DataProtocol) -> Data {
        var file = Data("RIFF".utf8) + littleEndian(UInt32(sound.count + 36)) + Data("WAVEfmt ".utf8)
        file += littleEndian(UInt32(16)) + littleEndian(UInt16(1)) + littleEndian(UInt16(1))
        file += littleEndian(UInt32(16_000)) + littleEndian(UInt32(32_000)) + littleEndian(UInt16(2))
        file += littleEndian(UInt16(16)) + Data("data".utf8) + littleEndian(UInt32(sound.count))
        return file + sound
    }

    /// What the `data` chunk holds, wherever it lies; nil if there is none.
    public static func sound(of file: Data) -> Data? {
        let bytes = [UInt8](file)
        // RIFF header, then chunks: name, little-endian size, contents padded to even size.
        var position = 12
        while position + 8 <= bytes.count {
            let size = (0..<4).reduce(0) { $0 | Int(bytes[position + 4 + $1]) << (8 * $1) }
            let contents = position + 8
            if bytes[position..<(position + 4)].elementsEqual("data".utf8) {
                return Data(bytes[contents..<min(contents + size, bytes.count)])
            }
            position = contents + size + size % 2
        }
        return nil
    }

    struct NoSound: Error, CustomStringConvertible {
        let path: String
        var description: String { "\(path) has no data chunk" }
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> Data {
        withUnsafeBytes(of: value.littleEndian) { Data($0) }
    }
}
