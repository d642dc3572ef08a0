import AudioCore
import AudioIO

extension AudioReader {
    /// Everything that is left, interleaved, read through a buffer of `chunk` frames.
    func readAll(chunk: Int = 1_000) throws -> [Float] {
        var all: [Float] = []
        var buffer = [Float](repeating: .nan, count: chunk * format.channels)
        while true {
            let frames = try buffer.withUnsafeMutableBufferPointer { buffer throws(AudioError) in
                try read(into: buffer)
            }
            if frames == 0 { return all }
            all += buffer[..<(frames * format.channels)]
        }
    }
}

func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
}

/// A RIFF WAVE header, every field of which may lie.
struct WAVFile {
    var riffSize: UInt32?
    var formatTag: UInt16 = 1
    var channels: UInt16 = 1
    var rate: UInt32 = 16_000
    var bits: UInt16 = 16
    var blockAlign: UInt16?
    var dataSize: UInt32?
    var before: [UInt8] = []
    var data: [UInt8] = WAVFile.ramp(frames: 1_000)

    static func ramp(frames: Int) -> [UInt8] {
        (0..<frames).flatMap { littleEndian(Int16(truncatingIfNeeded: $0 * 16)) }
    }

    static func chunk(_ id: String, _ body: [UInt8], size: UInt32? = nil) -> [UInt8] {
        Array(id.utf8) + littleEndian(size ?? UInt32(body.count)) + body
    }

    var bytes: [UInt8] {
        let align = blockAlign ?? UInt16(truncatingIfNeeded: Int(channels) * Int(bits) / 8)
        let format =
            littleEndian(formatTag) + littleEndian(channels) + littleEndian(rate)
            + littleEndian(rate &* UInt32(align)) + littleEndian(align) + littleEndian(bits)
        let body =
            Array("WAVE".utf8) + before + Self.chunk("fmt ", format) + Self.chunk("data", data, size: dataSize)
        return Self.chunk("RIFF", body, size: riffSize)
    }
}
