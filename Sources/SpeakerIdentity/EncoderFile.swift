internal import Crypto
internal import Glibc
internal import WeightFiles

/// Files of a speaker encoder.
enum EncoderFile {
    static let configurationName = "speaker-encoder.json"
    /// Most bytes of a weight file that are believed; all of them are read once.
    private static let sizeLimit = 1 << 28

    struct Contents {
        let configuration: EncoderConfiguration
        let weights: SafetensorsFile
        /// The first bytes of the weights' SHA-256, in hexadecimal.
        let digest: String
    }

    /// - Throws: `speaker.model_*`.
    static func open(_ folder: String) throws(SpeakerIdentityError) -> Contents {
        let path = "\(folder)/\(configurationName)"
        let text = try map(path)
        guard text.bytes.count <= EncoderConfiguration.sizeLimit else {
            throw SpeakerIdentityError(
                .modelUnreadable,
                "\(path) has \(text.bytes.count) bytes, more than the \(EncoderConfiguration.sizeLimit) it may have")
        }
        let configuration = try EncoderConfiguration(text.withBytes { Array($0) }, path: path)
        let file = try map("\(folder)/\(configuration.file)")
        guard file.bytes.count <= sizeLimit else {
            throw SpeakerIdentityError(.modelUnreadable, "\(file.path) has more than \(sizeLimit) bytes")
        }
        let digest = file.withBytes { bytes in
            var hash = SHA256()
            hash.update(bufferPointer: bytes)
            return Array(hash.finalize()).prefix(6).map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
        }
        do {
            return Contents(
                configuration: configuration, weights: try SafetensorsFile(file: file), digest: digest)
        } catch {
            throw SpeakerIdentityError(.modelUnreadable, "the weights \(file.path) cannot be opened", cause: error)
        }
    }

    private static func map(_ path: String) throws(SpeakerIdentityError) -> MappedFile {
        do {
            return try MappedFile(path: path)
        } catch {
            throw SpeakerIdentityError(
                .modelUnreadable, "\(path), a part of a speaker encoder, cannot be read", cause: error)
        }
    }
}

extension EncoderFile {
    static func isThere(_ folder: String) -> Bool { access("\(folder)/\(configurationName)", F_OK) == 0 }
}
