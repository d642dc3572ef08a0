import Glibc
import ModelStore

/// Memory, disk, and the programs that hearsay can make use of.
struct MachineCheckup {
    let environment: [String: String]
    /// Where the kernel tells how it is.
    var processFolder = "/proc"
    /// Folders of programs.
    var searchPath = DesktopProgram.searchPath

    /// Bytes beside the weights of models that a transcription needs.
    private static let workingBytes = 300 << 20
    /// Free bytes below which recordings and jobs soon find no room.
    private static let leastDisk = 512 << 20

    func findings() -> [Finding] { [memory(), disk(), decoder()] }

    private func memory() -> Finding {
        let largest = largestModel()
        let needed = largest.bytes + Self.workingBytes
        guard let available = availableBytes() else {
            return .warning("memory", "\(processFolder)/meminfo cannot be read", "mount /proc")
        }
        let size = ProgressBar.byteCount(available)
        guard available < needed else { return .good("memory", "\(size) available") }
        return .warning(
            "memory", "\(size) available; \(largest.name) wants about \(ProgressBar.byteCount(needed))",
            "end other programs, or use a smaller model or one made smaller with `hearsay models quantize`")
    }

    /// What the system can still give, and the group of processes that this one belongs to may still take.
    private func availableBytes() -> Int? {
        guard let text = PathLookup.text("\(processFolder)/meminfo") else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) }
            .flatMap { $0.multipliedReportingOverflow(by: 1_024).partialValue }
    }

    private func largestModel() -> (name: String, bytes: Int) {
        let models = ModelLibrary(environment: environment, executable: ModelLibrary.executablePath()).installed()
        return models.map { ($0.name, $0.size) }.max { $0.1 < $1.1 } ?? ("a model", 0)
    }

    private func disk() -> Finding {
        var folder = ModelLibrary.userDirectory(environment: environment)
        // What does not exist yet will lie where its nearest parent is.
        while access(folder, F_OK) != 0, let slash = folder.lastIndex(of: "/"), slash > folder.startIndex {
            folder = String(folder[..<slash])
        }
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else {
            return .warning("disk", "\(folder): \(String(cString: strerror(errno)))", "see that it exists")
        }
        let free = Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
        let text = "\(ProgressBar.byteCount(free)) free in \(folder)"
        guard free < Self.leastDisk else { return .good("disk", text) }
        return .warning("disk", text, "make room: models, jobs and recordings in progress lie there")
    }

    private func decoder() -> Finding {
        if searchPath.contains(where: { access("\($0)/ffmpeg", X_OK) == 0 }) {
            return .good("ffmpeg", "found: films and rarer sound formats can be read")
        }
        return .warning(
            "ffmpeg", "not found: WAV, FLAC, Ogg, Opus, MP3 and AIFF can be read, others not",
            "install ffmpeg to transcribe films and m4a files")
    }
}
