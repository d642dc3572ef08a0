/// How a raw PCM sample is stored; the raw value is the name used on the command line.
public enum PCMEncoding: String, CaseIterable, Sendable {
    /// Unsigned 8-bit, 128 being silence.
    case u8
    /// Signed 16-bit, little-endian.
    case s16le
    /// Signed 16-bit, big-endian.
    case s16be
    /// Signed 24-bit in three bytes, little-endian.
    case s24le
    /// Signed 32-bit, little-endian.
    case s32le
    /// IEEE 754 single precision, little-endian, full scale ±1.
    case f32le
    /// IEEE 754 double precision, little-endian, full scale ±1.
    case f64le
    /// ITU-T G.711 µ-law.
    case mulaw
    /// ITU-T G.711 A-law.
    case alaw

    public var bytesPerSample: Int {
        switch self {
        case .u8, .mulaw, .alaw: 1
        case .s16le, .s16be: 2
        case .s24le: 3
        case .s32le, .f32le: 4
        case .f64le: 8
        }
    }

    /// Decodes `samples.count` samples, full scale being ±1.
    ///
    /// - Parameter bytes: at least `samples.count * bytesPerSample` bytes, at any alignment.
    package func decode(_ bytes: UnsafeRawBufferPointer, into samples: UnsafeMutableBufferPointer<Float>) {
        switch self {
        case .u8: for i in samples.indices { samples[i] = Float(Int(bytes[i]) - 128) * 0x1p-7 }
        case .mulaw: for i in samples.indices { samples[i] = Float(G711.linear(muLaw: bytes[i])) * 0x1p-15 }
        case .alaw: for i in samples.indices { samples[i] = Float(G711.linear(aLaw: bytes[i])) * 0x1p-15 }
        case .s16le:
            for i in samples.indices {
                let raw = bytes.loadUnaligned(fromByteOffset: i * 2, as: Int16.self)
                samples[i] = Float(Int16(littleEndian: raw)) * 0x1p-15
            }
        case .s16be:
            for i in samples.indices {
                let raw = bytes.loadUnaligned(fromByteOffset: i * 2, as: Int16.self)
                samples[i] = Float(Int16(bigEndian: raw)) * 0x1p-15
            }
        case .s24le:
            for i in samples.indices {
                let high = Int32(Int8(bitPattern: bytes[i * 3 + 2])) << 16
                samples[i] = Float(high | Int32(bytes[i * 3 + 1]) << 8 | Int32(bytes[i * 3])) * 0x1p-23
            }
        case .s32le:
            for i in samples.indices {
                let raw = bytes.loadUnaligned(fromByteOffset: i * 4, as: Int32.self)
                samples[i] = Float(Int32(littleEndian: raw)) * 0x1p-31
            }
        case .f32le:
            for i in samples.indices {
                let raw = bytes.loadUnaligned(fromByteOffset: i * 4, as: UInt32.self)
                samples[i] = Float(bitPattern: UInt32(littleEndian: raw))
            }
        case .f64le:
            for i in samples.indices {
                let raw = bytes.loadUnaligned(fromByteOffset: i * 8, as: UInt64.self)
                samples[i] = Float(Double(bitPattern: UInt64(littleEndian: raw)))
            }
        }
    }
}

/// The two logarithmic 8-bit codes of ITU-T G.711, widened to 16 bits.
enum G711 {
    /// µ-law: sign, 3 bits of segment, 4 bits of step, all inverted; segments are offset by 33 (132 at 16 bits).
    static func linear(muLaw code: UInt8) -> Int {
        let bits = Int(~code)
        let magnitude = ((bits & 0x0F) << 3 + 132) << ((bits >> 4) & 7) - 132
        return bits & 0x80 == 0 ? magnitude : -magnitude
    }

    /// A-law: sign, 3 bits of segment, 4 bits of step, every other bit inverted; the first two segments are linear.
    static func linear(aLaw code: UInt8) -> Int {
        let bits = Int(code ^ 0x55)
        let step = (bits & 0x0F) << 4 + 8
        let segment = (bits >> 4) & 7
        let magnitude = segment == 0 ? step : (step + 256) << (segment - 1)
        return bits & 0x80 == 0 ? -magnitude : magnitude
    }
}
