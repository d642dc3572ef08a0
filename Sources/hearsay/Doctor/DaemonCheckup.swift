import Glibc
import HearsayClient
import StrictJSON
import WireProtocol

/// The daemon, its socket, and the units that start it.
struct DaemonCheckup {
    let environment: [String: String]
    /// Exists where systemd runs.
    var systemdFolder = "/run/systemd/system"

    func findings() -> [Finding] { sockets() + units() }

    private func sockets() -> [Finding] {
        let paths = HearsayClient.socketPaths(environment: environment)
        for path in paths where (try? HearsayClient(path: path)) != nil { return [served(path)] }
        let existing = paths.filter { access($0, F_OK) == 0 || errno == EACCES }
        if let path = existing.first(where: { access($0, W_OK) != 0 && errno == EACCES }) {
            return [.problem("hearsayd", "this user may not use \(path)", Self.wayIn(path))]
        }
        let places = paths.joined(separator: " or ")
        return [
            .warning(
                "hearsayd",
                existing.isEmpty ? "does not run: nobody serves \(places)" : "has died: \(places) is left over",
                "`systemctl --user enable --now hearsayd.socket`, or start hearsayd; hearsay works without it, but opens "
                    + "its models each time")
        ]
    }

    /// What lets this user in: the socket's group, where it has one that may connect.
    private static func wayIn(_ path: String) -> String {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            return "its folder is closed to this user: run a hearsayd of your own"
        }
        guard status.st_mode & S_IWGRP != 0 else {
            return "it is for user \(status.st_uid) only: run a hearsayd of your own, and unset HEARSAY_SOCKET"
        }
        let group = getgrgid(status.st_gid).map { String(cString: $0.pointee.gr_name) } ?? "\(status.st_gid)"
        return "`sudo usermod -aG \(group) $USER` and log in again"
    }

    private func served(_ path: String) -> Finding {
        do {
            let status = JSONValue.object(try HearsayClient(path: path).ask(GetStatus(), for: StatusReport.self).data)
            let version = status["version"]?.string ?? "?"
            guard status["protocol"]?.integer == HearsayProtocol.version else {
                return .problem(
                    "hearsayd", "version \(version) serves \(path) and speaks another protocol than this program",
                    "install both from one release, and restart hearsayd")
            }
            let missing = [("default_model", "recogniser"), ("default_voice", "voice")].filter {
                status[$0.0]?.string == nil
            }
            guard missing.isEmpty else {
                return .warning(
                    "hearsayd", "serves \(path) and has no \(missing.map(\.1).joined(separator: " and no "))",
                    "install what it lacks where it looks (`hearsay models`, `hearsay voices` as its user) and reload it"
                )
            }
            return .good("hearsayd", "version \(version) serves \(path)")
        } catch {
            return .problem(
                "hearsayd", "serves \(path) and does not answer: \(Failure(error).message)",
                "restart it, and look into its log: `journalctl --user -u hearsayd`")
        }
    }

    private func units() -> [Finding] {
        guard access(systemdFolder, F_OK) == 0 else { return [] }
        let home = environment["HOME"].map { ["\($0)/.config/systemd/user"] } ?? []
        let folders =
            home
            + ["/etc", "/usr/local/lib", "/usr/lib", "/lib"].flatMap { ["\($0)/systemd/user", "\($0)/systemd/system"] }
        let paths: [String] = folders.map { "\($0)/hearsayd.service" }
        guard let unit = paths.first(where: { access($0, F_OK) == 0 }) else {
            return [
                .warning(
                    "systemd", "there is no unit hearsayd.service",
                    "copy systemd/user/* to ~/.config/systemd/user, to have it start by itself")
            ]
        }
        let program = PathLookup.text(unit)?.split(separator: "\n").first { $0.hasPrefix("ExecStart=") }?
            .dropFirst("ExecStart=".count).split(separator: " ").first.map(String.init)
        guard let program, access(program, X_OK) == 0 else {
            return [
                .problem(
                    "systemd", "\(unit) starts \(program ?? "nothing"), which is no program here",
                    "set ExecStart to where hearsayd is, and `systemctl --user daemon-reload`")
            ]
        }
        return [.good("systemd", "\(unit) starts \(program)")]
    }
}
