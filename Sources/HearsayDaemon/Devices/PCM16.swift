/// Samples as 16-bit little-endian PCM, as Wyoming's events bear them.
enum PCM16 {
    static func bytes(of samples: some Collection<Float>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(samples.count * 2)
        for sample in samples {
            let value = Int16((min(max(sample, -1), 1) * 32_767).rounded())
            bytes.append(UInt8(truncatingIfNeeded: value))
            bytes.append(UInt8(truncatingIfNeeded: value >> 8))
        }
        return bytes
    }
}
