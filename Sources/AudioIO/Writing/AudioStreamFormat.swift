public import AudioCore
import CSndfile

/// Formats in which sound can be sent on while it is made.
public enum AudioStreamFormat: String, CaseIterable, Sendable {
    /// 16-bit WAV, whose header says "until the end" where a length would stand.
    case wav
    /// 16-bit samples, little-endian, at ``pcmRate``, without a header.
    case pcm
    /// 16-bit FLAC.
    case flac
    /// Opus in Ogg.
    case opus
    /// MP3, where libsndfile was built with it.
    case mp3

    /// Hz of ``pcm``, which nothing but a convention tells the reader: that of OpenAI's interface.
    public static let pcmRate = 24_000

    /// Whether this machine's libsndfile writes it.
    public var isAvailable: Bool {
        guard let code = sndfileFormat else { return true }
        var info = SF_INFO()
        info.samplerate = Int32(rate(for: 24_000))
        info.channels = 1
        info.format = code
        return sf_format_check(&info) != 0
    }

    /// What libsndfile calls it; nil where libsndfile is not needed.
    var sndfileFormat: Int32? {
        switch self {
        case .wav, .pcm: nil
        case .flac: Int32(SF_FORMAT_FLAC | SF_FORMAT_PCM_16)
        case .opus: Int32(SF_FORMAT_OGG | SF_FORMAT_OPUS)
        case .mp3: Int32(SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III)
        }
    }

    /// Rate of what is sent for samples of `rate`, both in Hz.
    func rate(for rate: Int) -> Int {
        switch self {
        case .wav, .flac: rate
        case .pcm: Self.pcmRate
        case .opus: AudioFileWriter.FileFormat.opus.rate(for: rate)
        case .mp3:
            [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000].first { $0 >= rate } ?? 48_000
        }
    }
}

extension AudioFileWriter {
    /// Encodes sound and hands its bytes on as they come: nothing is gone back to.
    ///
    /// - Parameters:
    ///   - sampleRate: Hz of the samples that are written.
    ///   - send: takes the next bytes.
    /// - Throws: ``AudioError/Code/outputFormatUnknown`` for a format that is not ``AudioStreamFormat/isAvailable``,
    ///   ``AudioError/Code/writeFailed``, ``AudioError/Code/rateUnsupported``, ``AudioError/Code/resampleFailed``.
    public convenience init(
        encoding format: AudioStreamFormat, sampleRate: Int,
        into send: @escaping ([UInt8]) throws(AudioError) -> Void
    ) throws(AudioError) {
        let input = try AudioFormat(sampleRate: sampleRate, channels: 1)
        let rate = format.rate(for: input.sampleRate)
        let target: any SampleTarget =
            if let code = format.sndfileFormat {
                try SndfileStreamWriter(code, name: format.rawValue, sampleRate: rate, send: send)
            } else {
                PCMStreamWriter(sampleRate: rate, hasHeader: format == .wav, send: send)
            }
        try self.init(target, sampleRate: sampleRate)
    }
}
