internal import HTTPTypes
internal import HearsayDaemon
internal import Hummingbird

/// Whether a request may be answered at all, before anything of its body is read.
///
/// By TCP a web page could reach us through the browser of this machine's user: under a name of its own that it has
/// resolve to this machine (then `Host` is that name), or across sites (then `Origin` is). Nothing is ever allowed across
/// sites, so that no page can read an answer either.
struct Gate {
    let configuration: DaemonConfiguration.HTTP
    let isUnix: Bool

    /// - Throws: ``RequestError``, `DaemonError` `config.invalid` when the key cannot be read.
    func check(_ request: Request) throws {
        guard request.head.path?.first == "/" else {
            throw RequestError(.malformed, "this is no proxy: a request's target begins with a slash")
        }
        if !isUnix {
            guard let host = request.head.authority, isOurs(Self.name(of: Substring(host))) else {
                throw RequestError(
                    .hostForbidden,
                    "this address is served as localhost, 127.0.0.1 or [::1] only; http.hosts adds names")
            }
            if let origin = request.headers[.origin] { try check(origin: origin) }
        }
        // So that a service manager or a load balancer can ask without knowing it.
        guard request.uri.path != "/health" else { return }
        guard try BearerToken(configuration).admits(request.headers[.authorization]) else {
            throw RequestError(.unauthorized, "the API key is missing or wrong")
        }
    }

    private func check(origin: String) throws(RequestError) {
        let parts = origin.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, isOurs(Self.name(of: parts[1])) else {
            throw RequestError(.originForbidden, "web pages of other sites are not served")
        }
    }

    private func isOurs(_ name: String) -> Bool {
        let more = (configuration.hosts ?? "").split { $0 == "," || $0 == " " }
        return ["localhost", "127.0.0.1", "[::1]"].contains(name) || more.contains { $0.lowercased() == name }
    }

    /// The host without its port, in lower case.
    private static func name(of host: Substring) -> String {
        if host.first == "[" { return host.prefix { $0 != "]" }.lowercased() + "]" }
        return host.prefix { $0 != ":" }.lowercased()
    }
}
