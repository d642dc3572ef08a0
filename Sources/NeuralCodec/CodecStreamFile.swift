/// A file of codes: what `hearsay codec encode` writes.
///
/// Little-endian. Header of 48 bytes: magic `HSCODEC` and a zero byte, version (2 bytes), stages (1), bits of a code (1),
/// sample rate (4), samples per frame (4), codes of a stage (4), frames (8), samples (8), the codec's fingerprint (8).
/// Then per frame 8 bits of pitch and each stage's code, packed from the lowest bit on without gaps; the last byte is
/// filled with zeros, and nothing follows it.
public struct CodecStreamFile: Sendable, Equatable {
    /// In Hz.
    public let sampleRate: Int
    /// Samples per frame.
    public let hopLength: Int
    /// Codes of a stage.
    public let codesPerStage: Int
    /// Samples that were coded, of which the last frame may hold fewer than the others.
    public let samples: Int
    /// See ``NeuralCodec/fingerprint``.
    public let fingerprint: UInt64
    public let codes: CodecCodes

    static let magic: [UInt8] = Array("HSCODEC\0".utf8)
    static let headerLength = 48
    /// Of the format.
    public static let version = 1

    /// - Throws: `codec.input_invalid` when the frames are not as many as the samples fill, or a number has no place in
    ///   the header.
    init(
        _ codes: CodecCodes, samples: Int, sampleRate: Int, hopLength: Int, codesPerStage: Int, fingerprint: UInt64
    ) throws(CodecError) {
        self.codes = codes
        self.samples = samples
        self.sampleRate = sampleRate
        self.hopLength = hopLength
        self.codesPerStage = codesPerStage
        self.fingerprint = fingerprint
        guard codes.stages <= 255, samples >= 0, (2...65_536).contains(codesPerStage),
            (1...384_000).contains(sampleRate), (1...65_536).contains(hopLength),
            codes.frames == samples / hopLength + (samples % hopLength > 0 ? 1 : 0)
        else {
            throw CodecError(
                .inputInvalid,
                "\(codes.frames) frames of \(codes.stages) codes do not stand for \(samples) samples, \(hopLength) to a frame"
            )
        }
    }

    /// Bits of one code.
    private var codeBits: Int { Self.bits(of: codesPerStage) }
    /// Bits of one frame, pitch and all.
    private var frameBits: Int { 8 + codes.stages * codeBits }

    /// Bits of payload per second of audio.
    public var bitRate: Double { Double(frameBits) * Double(sampleRate) / Double(hopLength) }

    private static func bits(of count: Int) -> Int { max(1, Int.bitWidth - (count - 1).leadingZeroBitCount) }

    /// The file's bytes.
    public func bytes() -> [UInt8] {
        var output = Self.magic
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { output.append(contentsOf: $0) }
        }
        append(UInt16(Self.version))
        append(UInt8(codes.stages))
        append(UInt8(codeBits))
        append(UInt32(sampleRate))
        append(UInt32(hopLength))
        append(UInt32(codesPerStage))
        append(UInt64(codes.frames))
        append(UInt64(samples))
        append(fingerprint)
        var writer = BitWriter(output)
        for frame in 0..<codes.frames {
            writer.append(UInt64(codes.pitch[frame]), bits: 8)
            for stage in 0..<codes.stages {
                writer.append(UInt64(codes.codes[frame * codes.stages + stage]), bits: codeBits)
            }
        }
        return writer.finished()
    }

    /// Reads a file's bytes; memory that it takes is in proportion to them.
    ///
    /// - Throws: `codec.stream_invalid` for anything but what ``bytes()`` writes.
    public init(parsing bytes: UnsafeRawBufferPointer) throws(CodecError) {
        func invalid(_ message: String) -> CodecError { CodecError(.streamInvalid, "the code stream \(message)") }
        guard bytes.count >= Self.headerLength, bytes.starts(with: Self.magic) else {
            throw invalid("does not begin with the header of one; it is not a file that \"codec encode\" wrote")
        }
        let version = bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self).littleEndian
        guard version == Self.version else {
            throw invalid("is of version \(version), and this program reads version \(Self.version)")
        }
        let stages = Int(bytes[10])
        let codeBits = Int(bytes[11])
        func word(_ offset: Int) -> Int {
            Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian)
        }
        func long(_ offset: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian }
        (sampleRate, hopLength, codesPerStage) = (word(12), word(16), word(20))
        fingerprint = long(40)
        guard stages > 0, (2...65_536).contains(codesPerStage), codeBits == Self.bits(of: codesPerStage),
            (1...384_000).contains(sampleRate), (1...65_536).contains(hopLength)
        else {
            throw invalid(
                "names \(stages) stages of \(codesPerStage) codes in \(codeBits) bits, \(sampleRate) Hz and \(hopLength) "
                    + "samples to a frame, which no codec has")
        }
        // Bounded by the file's size before anything is multiplied.
        let (frames, samples) = (long(24), long(32))
        let frameBits = 8 + stages * codeBits
        let payload = bytes.count - Self.headerLength
        guard frames <= UInt64(payload) * 8 / UInt64(frameBits),
            (Int(frames) * frameBits + 7) / 8 == payload,
            samples <= frames * UInt64(hopLength), samples + UInt64(hopLength) > frames * UInt64(hopLength)
        else {
            throw invalid("announces \(frames) frames for \(samples) samples, and \(payload) bytes follow its header")
        }
        self.samples = Int(samples)
        var reader = BitReader(bytes, from: Self.headerLength)
        var codes: [UInt16] = []
        var pitch: [UInt8] = []
        codes.reserveCapacity(Int(frames) * stages)
        pitch.reserveCapacity(Int(frames))
        for frame in 0..<Int(frames) {
            pitch.append(UInt8(truncatingIfNeeded: reader.next(8)))
            for _ in 0..<stages {
                let code = reader.next(codeBits)
                guard code < codesPerStage else {
                    throw invalid("has the code \(code) in frame \(frame); codes are below \(codesPerStage)")
                }
                codes.append(UInt16(truncatingIfNeeded: code))
            }
        }
        guard reader.restIsZero else { throw invalid("does not end with zero bits") }
        self.codes = CodecCodes(stages: stages, codes: codes, pitch: pitch)
    }
}

private struct BitWriter {
    private var output: [UInt8]
    private var pending: UInt64 = 0
    private var count = 0

    init(_ output: [UInt8]) {
        self.output = output
    }

    /// Appends the lowest `bits` bits, at most 32.
    mutating func append(_ value: UInt64, bits: Int) {
        pending |= value << UInt64(count)
        count += bits
        while count >= 8 {
            output.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            count -= 8
        }
    }

    func finished() -> [UInt8] { count > 0 ? output + [UInt8(truncatingIfNeeded: pending)] : output }
}

private struct BitReader {
    private let bytes: UnsafeRawBufferPointer
    private var position: Int
    private var pending: UInt64 = 0
    private var count = 0

    init(_ bytes: UnsafeRawBufferPointer, from position: Int) {
        self.bytes = bytes
        self.position = position
    }

    /// The next `bits` bits, at most 32; zeros beyond the end.
    mutating func next(_ bits: Int) -> UInt64 {
        while count < bits {
            pending |= UInt64(position < bytes.count ? bytes[position] : 0) << UInt64(count)
            position += 1
            count += 8
        }
        defer {
            pending >>= UInt64(bits)
            count -= bits
        }
        return pending & ((1 << UInt64(bits)) - 1)
    }

    /// Whether only the filling of the last byte is left.
    var restIsZero: Bool { position >= bytes.count && pending == 0 }
}
