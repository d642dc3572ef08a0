/// Kinds of files that libsndfile does not read and ffmpeg does, known by their first bytes.
enum FFmpegContainer: String {
    case mp4 = "an MP4, M4A or QuickTime file"
    case matroska = "a Matroska or WebM file"
    case asf = "a WMA, WMV or ASF file"
    case avi = "an AVI file"
    case flv = "a Flash video"
    case mpeg = "an MPEG stream"
    case aac = "an AAC stream"
    case amr = "an AMR file"
    case ac3 = "an AC-3 stream"
    case lossless = "a WavPack, Monkey's Audio or True Audio file"

    /// How many of a file's first bytes tell all kinds apart: two packets of an MPEG transport stream.
    static let bytesNeeded = 189

    init?(firstBytes bytes: [UInt8]) {
        func holds(_ text: StaticString, at offset: Int = 0) -> Bool {
            text.withUTF8Buffer { bytes.count >= offset + $0.count && bytes[offset...].starts(with: $0) }
        }
        func holds(_ magic: [UInt8]) -> Bool { bytes.starts(with: magic) }

        if ["ftyp", "moov", "mdat", "wide", "skip", "free"].contains(where: { holds($0, at: 4) }) {
            self = .mp4
        } else if holds([0x1A, 0x45, 0xDF, 0xA3]) {
            self = .matroska
        } else if holds([0x30, 0x26, 0xB2, 0x75]) {
            self = .asf
        } else if holds("RIFF") && holds("AVI ", at: 8) {
            self = .avi
        } else if holds("FLV") {
            self = .flv
        } else if holds([0, 0, 1, 0xBA]) || bytes.count > 188 && bytes[0] == 0x47 && bytes[188] == 0x47 {
            self = .mpeg
        } else if bytes.count > 1 && bytes[0] == 0xFF && bytes[1] & 0xF6 == 0xF0 {
            // An ADTS header has the sync word of MPEG audio with layer bits that MP3 cannot have.
            self = .aac
        } else if holds("#!AMR") {
            self = .amr
        } else if holds([0x0B, 0x77]) {
            self = .ac3
        } else if ["wvpk", "MAC ", "TTA1"].contains(where: { holds($0) }) {
            self = .lossless
        } else {
            return nil
        }
    }
}
