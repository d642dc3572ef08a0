internal import Glibc
internal import WeightFiles

/// Files of a voice-activity model.
enum ActivityFile {
    static let configurationName = "voice-activity.json"
    /// The name under which Silero's package has its 16 kHz weights.
    static let sileroName = "silero_vad_16k.safetensors"

    /// - Throws: `voice_activity.*`.
    static func open(_ path: String) throws(VoiceActivityError) -> VoiceActivityModel.Network {
        guard isFolder(path) else { return .silero(try SileroNetwork(try weights(path))) }
        if let bytes = try read("\(path)/\(configurationName)") {
            let configuration = try ActivityConfiguration(bytes, path: "\(path)/\(configurationName)")
            return .own(try ActivityNetwork(configuration, try weights("\(path)/\(configuration.file)")))
        }
        let silero = "\(path)/\(sileroName)"
        guard access(silero, F_OK) == 0 else {
            throw VoiceActivityError(
                .unreadable,
                "\(path) holds no voice-activity model: a folder needs \(configurationName), or \(sileroName)")
        }
        return .silero(try SileroNetwork(try weights(silero)))
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The bytes of the configuration; nil if there is none.
    private static func read(_ path: String) throws(VoiceActivityError) -> [UInt8]? {
        guard access(path, F_OK) == 0 else { return nil }
        let file: MappedFile
        do {
            file = try MappedFile(path: path)
        } catch {
            throw VoiceActivityError(.unreadable, "\(path) cannot be read", cause: error)
        }
        guard file.bytes.count <= ActivityConfiguration.sizeLimit else {
            throw VoiceActivityError(
                .unreadable,
                "\(path) has \(file.bytes.count) bytes, more than the \(ActivityConfiguration.sizeLimit) it may have")
        }
        return file.withBytes { Array($0) }
    }

    private static func weights(_ path: String) throws(VoiceActivityError) -> SafetensorsFile {
        do {
            return try SafetensorsFile(path: path)
        } catch {
            throw VoiceActivityError(.unreadable, "the weights \(path) cannot be opened", cause: error)
        }
    }
}
