import AudioCore

/// Hands on 16-bit samples, after the header of an endless WAV file if there is to be one.
final class PCMStreamWriter: SampleTarget {
    let sampleRate: Int
    private let send: ([UInt8]) throws(AudioError) -> Void
    private var header: [UInt8]

    init(sampleRate: Int, hasHeader: Bool, send: @escaping ([UInt8]) throws(AudioError) -> Void) {
        self.sampleRate = sampleRate
        self.send = send
        header = hasHeader ? WAVStreamWriter.header(sampleRate: sampleRate, dataBytes: .max - 36) : []
    }

    func write(_ samples: UnsafeBufferPointer<Float>) throws(AudioError) {
        var bytes = header
        header = []
        bytes.reserveCapacity(bytes.count + 2 * samples.count)
        for sample in samples {
            let value = WAVStreamWriter.sixteenBits(sample)
            bytes.append(UInt8(truncatingIfNeeded: value))
            bytes.append(UInt8(truncatingIfNeeded: value >> 8))
        }
        if !bytes.isEmpty { try send(bytes) }
    }

    func finish() throws(AudioError) {
        if !header.isEmpty { try send(header) }
        header = []
    }
}
