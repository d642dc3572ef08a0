import AudioCore
import HelperProcess

/// What a decoding process tells, in the frames of `HelperFrame`: a header or a failure, then blocks of sound, then the
/// end, damage or a failure. A byte says which; numbers are little-endian, samples are floats in this machine's order.
enum DecoderMessage {
    case header(sampleRate: Int, channels: Int, frameCount: Int?)
    /// The samples, interleaved, follow the first byte.
    case block
    case end
    /// The end, before the proper one.
    case damage(AudioError)
    case failure(AudioError)

    static let blockKind: UInt8 = 1

    /// - Returns: nil if the bytes are no message.
    init?(_ payload: [UInt8], fileName: String) {
        var rest = payload.dropFirst()
        switch payload.first {
        case 0:
            guard let rate = HelperFrame.take(4, from: &rest), let channels = HelperFrame.take(4, from: &rest),
                let frames = HelperFrame.take(7, from: &rest)
            else { return nil }
            self = .header(sampleRate: rate, channels: channels, frameCount: frames > 0 ? frames : nil)
        case Self.blockKind: self = .block
        case 2: self = .end
        case 3:
            guard let error = Self.error(&rest, fileName) else { return nil }
            self = .damage(error)
        case 4:
            guard let error = Self.error(&rest, fileName) else { return nil }
            self = .failure(error)
        default: return nil
        }
    }

    /// As a frame; a block's samples are not in it.
    var bytes: [UInt8] {
        var payload: [UInt8]
        switch self {
        case .header(let sampleRate, let channels, let frameCount):
            payload = [0]
            HelperFrame.append(sampleRate, bytes: 4, to: &payload)
            HelperFrame.append(channels, bytes: 4, to: &payload)
            HelperFrame.append(frameCount ?? 0, bytes: 7, to: &payload)
        case .block: payload = [Self.blockKind]
        case .end: payload = [2]
        case .damage(let error): payload = [3] + Self.bytes(of: error)
        case .failure(let error): payload = [4] + Self.bytes(of: error)
        }
        return HelperFrame.encode(payload)
    }

    /// Stands for the file's name, which the process does not know.
    static let nameMark = "\u{1}"

    private static func error(_ rest: inout ArraySlice<UInt8>, _ fileName: String) -> AudioError? {
        guard let count = HelperFrame.take(2, from: &rest), rest.count >= count else { return nil }
        let code = String(decoding: rest.prefix(count), as: UTF8.self)
        let message = String(decoding: rest.dropFirst(count), as: UTF8.self)
        let named = message.split(separator: nameMark, omittingEmptySubsequences: false).joined(separator: fileName)
        return AudioError(AudioError.Code(rawValue: code), named)
    }

    private static func bytes(of error: AudioError) -> [UInt8] {
        var bytes: [UInt8] = []
        let code = Array(error.code.rawValue.utf8.prefix(200))
        HelperFrame.append(code.count, bytes: 2, to: &bytes)
        return bytes + code + Array(error.message.utf8.prefix(4_000))
    }
}
