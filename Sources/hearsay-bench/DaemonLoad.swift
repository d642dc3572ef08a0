import Glibc
import StrictJSON

/// What hearsayd costs and how fast it answers, seen by a client that is little work itself.
struct DaemonLoad {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    // MARK: Round trips

    /// Pings from many connections; each sends the next so often, or at once when the answer has come.
    ///
    /// One thread sends and receives for all, so that the figures hold what it costs to serve them, and the kernel's part.
    func roundTrips() throws -> Answer {
        let clients = try (0..<arguments.integer("clients", or: 100)).map { _ in try Client(arguments.socket()) }
        let rate = arguments.integer("rate", or: 10)
        let seconds = arguments.integer("seconds", or: 10)
        let interval = rate > 0 ? 1_000_000_000 / rate : 0
        let start = Self.now
        // Spread over the interval, as independent programs are.
        var due = clients.indices.map { start + interval * $0 / clients.count }
        var sent = [Int?](repeating: nil, count: clients.count)
        var times: [Int] = []
        var polls = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        while true {
            let now = Self.now
            guard now - start < seconds * 1_000_000_000 else { break }
            for index in clients.indices where sent[index] == nil && due[index] <= now {
                sent[index] = Self.now
                try clients[index].ping()
            }
            let next = clients.indices.filter { sent[$0] == nil }.map { due[$0] }.min()
            let wait = max(0, min(next.map { $0 - Self.now } ?? 100_000_000, 100_000_000))
            guard poll(&polls, nfds_t(polls.count), Int32((wait + 999_999) / 1_000_000)) > 0 else { continue }
            for index in polls.indices where polls[index].revents != 0 {
                guard try clients[index].hasAnswer(), let began = sent[index] else { continue }
                let end = Self.now
                times.append(end - began)
                sent[index] = nil
                due[index] = interval > 0 ? max(due[index] + interval, end) : end
            }
        }
        times.sort()
        func milliseconds(_ share: Double) -> JSONValue {
            .number(times.isEmpty ? .nan : Double(times[min(times.count - 1, Int(share * Double(times.count)))]) / 1e6)
        }
        return [
            ("clients", .integer(Int64(clients.count))), ("requests", .integer(Int64(times.count))),
            ("p50_ms", milliseconds(0.5)), ("p90_ms", milliseconds(0.9)), ("p99_ms", milliseconds(0.99)),
            ("worst_ms", milliseconds(1)),
        ]
    }

    // MARK: Idle connections

    /// Memory of the daemon before and with so many connections that say nothing after one ping.
    func idleConnections() throws -> Answer {
        let process = try arguments.process()
        let warm = try (0..<50).map { _ in try Client(arguments.socket()) }
        for client in warm { try client.roundTrip() }
        let before = try ProcessLook(process)
        var clients: [Client] = []
        for _ in 0..<arguments.integer("connections", or: 1_000) {
            let client = try Client(arguments.socket())
            try client.roundTrip()
            clients.append(client)
        }
        let after = try ProcessLook(process)
        return withExtendedLifetime((warm, clients)) {
            [
                ("connections", .integer(Int64(clients.count))), ("before_mib", .number(before.residentMiB)),
                ("after_mib", .number(after.residentMiB)),
                ("more_mib", .number(after.residentMiB - before.residentMiB)),
            ]
        }
    }

    // MARK: Rest

    /// What a daemon does while nobody asks for anything: processor time, and how often any of its threads is woken.
    func rest() throws -> Answer {
        let process = try arguments.process()
        let seconds = arguments.integer("seconds", or: 30)
        let before = try ProcessLook(process)
        sleep(UInt32(seconds))
        let after = try ProcessLook(process)
        return [
            ("seconds", .integer(Int64(seconds))),
            ("processor_percent", .number(100 * (after.processorSeconds - before.processorSeconds) / Double(seconds))),
            ("wake_ups_per_second", .number(Double(after.wakeUps(since: before)) / Double(seconds))),
            ("threads", .integer(Int64(after.waits.count))), ("resident_mib", .number(after.residentMiB)),
        ]
    }

    private static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}

/// One connection that pings.
private final class Client {
    let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 4_096)
    private static let question = Array("{\"type\": \"ping\"}\n".utf8)

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        let bytes = Array(path.utf8)
        guard descriptor >= 0, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw BenchError("no socket for \(path)")
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard result == 0 else { throw BenchError("nobody serves \(path): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    func ping() throws {
        guard send(descriptor, Self.question, Self.question.count, Int32(MSG_NOSIGNAL)) == Self.question.count else {
            throw BenchError("a ping could not be sent")
        }
    }

    /// Takes what has come; true if it was the end of an answer, which has no data.
    func hasAnswer() throws -> Bool {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw BenchError("the daemon hung up") }
        return buffer[count - 1] == UInt8(ascii: "\n") || buffer[count - 1] == UInt8(ascii: "}")
    }

    func roundTrip() throws {
        try ping()
        while try !hasAnswer() {}
    }
}

/// What /proc says of a process.
private struct ProcessLook {
    var residentMiB = 0.0
    var processorSeconds = 0.0
    /// Times that each thread of it has waited and gone on.
    var waits: [String: Int] = [:]

    /// Of the threads that are there; those that have ended meanwhile are not counted.
    func wakeUps(since before: ProcessLook) -> Int {
        waits.reduce(0) { $0 + $1.value - (before.waits[$1.key] ?? 0) }
    }

    init(_ process: Int) throws {
        let status = try Self.read("/proc/\(process)/status").split(separator: "\n")
        residentMiB = Double(Self.number("VmRSS:", in: status)) / 1_024
        let fields = try Self.read("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        // utime and stime are the 14th and 15th field, counted before the name is taken off.
        let ticks = [11, 12].reduce(0) { $0 + (fields.indices.contains($1) ? Int(fields[$1]) ?? 0 : 0) }
        processorSeconds = Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
        guard let folder = opendir("/proc/\(process)/task") else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard Int(name) != nil, let text = try? Self.read("/proc/\(process)/task/\(name)/status") else { continue }
            waits[name] = Self.number("voluntary_ctxt_switches:", in: text.split(separator: "\n"))
        }
    }

    private static func number(_ key: String, in lines: [Substring]) -> Int {
        lines.first { $0.hasPrefix(key) }.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    private static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw BenchError("there is no \(path)") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
