internal import Glibc
public import Logging
internal import NIOCore
internal import NIOPosix
internal import StrictJSON
internal import Tensors
internal import VoiceActivity
internal import WireProtocol

/// What the parts of the daemon share.
public final class DaemonContext: Sendable {
    public let host: EngineHost
    public let scheduler: Scheduler
    public let logger: Logger
    /// Those who answer requests that the session does not know itself.
    public let handlers: [any RequestHandling]
    let eventLoops: any EventLoopGroup
    package let registry = ConnectionRegistry()
    package let statistics = Statistics()
    let notifier: ServiceNotifier
    let voiceActivityModel: VoiceActivityModel
    let readings: ReadingQueue
    let copies: CopiedVoices
    let microphone: MicrophoneGate
    private let spools: Spool.Store
    private let current: Locked<DaemonConfiguration>
    private let started = ContinuousClock.now

    init(
        configuration: Locked<DaemonConfiguration>, host: EngineHost, scheduler: Scheduler, spoolFolder: String,
        voiceActivityModel: VoiceActivityModel, readings: ReadingQueue, copies: CopiedVoices,
        microphone: MicrophoneGate, notifier: ServiceNotifier,
        eventLoops: any EventLoopGroup,
        handlers: [any RequestHandling], logger: Logger
    ) {
        current = configuration
        self.host = host
        self.scheduler = scheduler
        self.voiceActivityModel = voiceActivityModel
        self.readings = readings
        self.copies = copies
        self.microphone = microphone
        self.notifier = notifier
        self.eventLoops = eventLoops
        self.handlers = handlers
        self.logger = logger
        spools = Spool.Store(folder: spoolFolder)
    }

    /// The settings in force; they change when the daemon is told to read them again.
    public var configuration: DaemonConfiguration { current.withLock { $0 } }

    /// Puts new settings in force. Connections stay; sockets, folders and slots wait for the next start.
    func apply(_ configuration: DaemonConfiguration) {
        current.withLock { $0 = configuration }
        DaemonLog.setLevel(configuration.log.level)
        host.apply(configuration.engine)
        scheduler.setMostWaiting(configuration.work.waiting)
        for handler in handlers { handler.apply(configuration) }
    }

    /// A place on disk for a recording that arrives.
    package func makeSpool(for peer: Peer) throws(DaemonError) -> Spool {
        try Spool(spools, user: peer.account, limit: configuration.limits.spoolBytes)
    }

    /// Sockets listen: clients may come.
    func markReady() {
        notifier.ready("serving")
        logger.info("ready")
    }

    // MARK: Reports

    /// This program, as `info` names it.
    var program: WireArtifact {
        WireArtifact(
            name: "hearsay", description: "Speech on this machine", version: DaemonVersion.current,
            attribution: (name: "hearsay", url: ""))
    }

    var info: Info {
        let catalogue = host.catalogue
        let us = program.attribution
        let models = catalogue.models.map { model in
            Info.Model(
                artifact: WireArtifact(
                    name: model.name, description: model.problem, version: nil, isInstalled: model.problem == nil,
                    attribution: us), languages: model.languages)
        }
        let voices = catalogue.voices.map { voice in
            Info.Voice(
                artifact: WireArtifact(
                    name: voice.name, description: voice.problem, version: nil, isInstalled: voice.problem == nil,
                    attribution: us), languages: voice.languages,
                speakers: voice.speakers)
        }
        // Home Assistant takes the first of each: the default one.
        return Info(
            program: program, models: models.defaultFirst(catalogue.defaultModel) { $0.artifact.name },
            voices: voices.defaultFirst(catalogue.defaultVoice) { $0.artifact.name },
            hearsay: [
                "protocol": .integer(Int64(HearsayProtocol.version)), "version": .string(DaemonVersion.current),
            ])
    }

    func statusReport() -> StatusReport {
        let catalogue = host.catalogue
        let scheduler = scheduler.status
        func counts(_ counts: [Scheduler.Priority: Int]) -> JSONValue {
            .object(
                JSONObject(
                    Scheduler.Priority.allCases.reversed().map {
                        (key: $0.name, value: .integer(Int64(counts[$0] ?? 0)))
                    }))
        }
        let loaded = host.loaded.map { engine in
            JSONValue.object([
                "kind": .string(engine.kind), "path": .string(engine.path), "bytes": .integer(Int64(engine.bytes)),
                "users": .integer(Int64(engine.users)),
            ])
        }
        let limits = configuration.limits
        var report: JSONObject = [
            "version": .string(DaemonVersion.current), "protocol": .integer(Int64(HearsayProtocol.version)),
            "process": .integer(Int64(getpid())),
            "uptime_seconds": .integer((ContinuousClock.now - started).components.seconds),
            "connections": .object([
                "open": .integer(Int64(registry.count)), "most": .integer(Int64(limits.connections)),
                "most_per_user": .integer(Int64(limits.connectionsPerUser)),
                "accepted": .integer(Int64(statistics.connections)), "refused": .integer(Int64(registry.refused)),
                "accept_failures": .integer(Int64(statistics.acceptFailures)),
            ]),
            "requests": .object([
                "events": .integer(Int64(statistics.events)), "failed": .integer(Int64(statistics.failures)),
            ]),
            "scheduler": .object([
                "running": counts(scheduler.running), "waiting": counts(scheduler.waiting),
                "turns": .integer(Int64(clamping: scheduler.turns)),
            ]),
            "engines": .array(loaded),
            "default_model": catalogue.defaultModel.map { .string($0) } ?? .null,
            "default_voice": catalogue.defaultVoice.map { .string($0) } ?? .null,
            "spooled_bytes": .integer(Int64(spools.bytes)),
            "resident_bytes": .integer(Int64(ProcessMemory.resident)),
        ]
        for (name, value) in handlers.flatMap(\.status) { report[name] = value }
        return StatusReport(data: report)
    }

    func settingsReport() -> SettingsReport {
        let configuration = configuration
        return SettingsReport(settings: JSONObject(ConfigurationKey.all.map { ($0.name, $0.current(configuration)) }))
    }

    func voiceList() -> VoiceList {
        let catalogue = host.catalogue
        return VoiceList(
            voices: catalogue.voices.map { voice in
                .object([
                    "name": .string(voice.name), "form": .string(voice.form), "language": .string(voice.language),
                    "languages": .array(voice.languages.map { .string($0) }),
                    "sample_rate": .integer(Int64(voice.sampleRate)),
                    "speakers": .array(voice.speakers.map { .string($0) }),
                    "bytes": .integer(Int64(voice.size)), "default": .bool(voice.name == catalogue.defaultVoice),
                    "problem": voice.problem.map { .string($0) } ?? .null,
                ])
            })
    }
}

/// The version of this program.
public enum DaemonVersion {
    public static let current = "0.1.0"
}

extension Array {
    fileprivate func defaultFirst(_ name: String?, by: (Element) -> String) -> [Element] {
        filter { by($0) == name } + filter { by($0) != name }
    }
}
