import Foundation
import Glibc
import TestSupport

/// What the system knows about the daemon's process.
extension RunningDaemon {
    private func field(_ name: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(number)/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") }),
            let value = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        else { throw Failure(reason: "/proc has no \(name)") }
        return value
    }

    /// Bytes of address space.
    func virtualMemory() throws -> Int { try field("VmSize") << 10 }

    /// Bytes of memory, now and at most so far.
    func residentMemory() throws -> Int { try field("VmRSS") << 10 }
    func mostResidentMemory() throws -> Int { try field("VmHWM") << 10 }

    func threadCount() throws -> Int { try field("Threads") }

    func descriptorCount() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(number)/fd").count
    }

    /// Seconds that its threads have computed.
    func processorTime() throws -> Double {
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(number, &clock) == 0, clock_gettime(clock, &time) == 0 else {
            throw Failure(reason: "no processor clock of \(number)")
        }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Limits the address space of a process that runs.
    static func limit(_ process: pid_t, addressSpace bytes: Int) throws {
        try limit(process, "--as=\(bytes):\(bytes)")
    }

    /// Limits a process that runs, by an option of prlimit.
    static func limit(_ process: pid_t, _ option: String) throws {
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        let program = try Child(
            ["/usr/bin/prlimit", "--pid", "\(process)", option], environment: [:], input: nothing, output: nothing,
            errors: nothing)
        guard program.wait() == .exit(0) else { throw Failure(reason: "prlimit failed") }
    }

    /// Its helper processes.
    func children() throws -> [pid_t] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(number)/task").flatMap { thread in
            let list = try? String(contentsOfFile: "/proc/\(number)/task/\(thread)/children", encoding: .utf8)
            return (list ?? "").split(separator: " ").compactMap { pid_t($0) }
        }
    }
}
