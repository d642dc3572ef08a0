import Glibc
import StrictJSON

/// What /proc/self/status says of this process, in MiB.
enum ProcessMemory {
    /// Peak resident, present resident, and of the latter what is mapped from files.
    static func answer() -> Answer {
        let fields = [("peak_mib", "VmHWM:"), ("rss_mib", "VmRSS:"), ("file_mib", "RssFile:")]
        let status = readStatus().split(separator: "\n")
        return fields.compactMap { name, key in
            guard let line = status.first(where: { $0.hasPrefix(key) }) else { return nil }
            let digits = line.filter { $0.isNumber }
            return Double(String(digits)).map { (name, .number($0 / 1024)) }
        }
    }

    private static func readStatus() -> String {
        guard let file = fopen("/proc/self/status", "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
