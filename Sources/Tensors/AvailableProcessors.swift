internal import CKernels
internal import Glibc

extension ThreadPool {
    /// Processors that this process may use: those of its affinity mask, and no more than its control group's quota
    /// pays for. A container with two processors' worth of time on a machine of 64 gets 2.
    public static var availableProcessors: Int {
        var count = Int(hk_available_processors())
        if let quota = controlGroupQuota(path: "/sys/fs/cgroup/cpu.max") { count = min(count, quota) }
        return max(1, count)
    }

    /// `cpu.max` of a version 2 control group: "max 100000", or microseconds of processor time and of the period that
    /// they are for. Nil without a limit.
    static func controlGroupQuota(path: String) -> Int? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 64)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fields = text.split { $0 == " " || $0 == "\n" }.map { Int($0) }
        guard fields.count == 2, let quota = fields[0], let period = fields[1], quota > 0, period > 0 else {
            return nil
        }
        return (quota - 1) / period + 1
    }
}
