internal import Glibc
public import Logging
internal import ModelStore
internal import NIOPosix
internal import Phonemes
internal import Pipelines
public import ServiceLifecycle
internal import Tensors
internal import UnixSignals
internal import VoiceActivity

/// The daemon put together: what the executable runs.
///
/// ```swift
/// let daemon = try Daemon(configuration: reader.read(), reader: reader, environment: environment, logger: logger)
/// try await daemon.run()
/// ```
public struct Daemon: Sendable {
    /// What a part of the daemon is made of, such as the HTTP front: services that run, requests that are answered.
    public struct Part: Sendable {
        public var services: [any Service]
        public var handlers: [any RequestHandling]
        /// Makes the services that need what all parts share.
        public var makeServices: @Sendable (DaemonContext) -> [any Service]

        public init(
            services: [any Service] = [], handlers: [any RequestHandling] = [],
            makeServices: @escaping @Sendable (DaemonContext) -> [any Service] = { _ in [] }
        ) {
            self.services = services
            self.handlers = handlers
            self.makeServices = makeServices
        }
    }

    /// What parts are made from.
    public struct Foundations: Sendable {
        /// The settings in force; they change when the daemon is told to read them again.
        public var configuration: DaemonConfiguration { current.withLock { $0 } }
        let current: Locked<DaemonConfiguration>
        public let host: EngineHost
        public let scheduler: Scheduler
        /// Finds where somebody speaks.
        let voiceActivity: VoiceActivityModel
        /// What is read aloud on this daemon's loudspeaker.
        public let readings = ReadingQueue()
        let microphone: MicrophoneGate
        /// Voices of people, for those whom they have let use them.
        let copies = CopiedVoices()
        /// A folder that only this user can read.
        public let stateDirectory: String
        /// Sockets that the service manager passed under other names than the daemon's own.
        public let sockets: [InheritedSocket]
        public let logger: Logger
    }

    private let context: DaemonContext
    private let reader: ConfigurationReader
    private let sockets: [ListeningSocket]
    private let ownSockets: [UnixListener]
    private let parts: [Part]
    private let timeouts: DaemonConfiguration.Timeouts

    /// Opens sockets and folders; nothing is served yet.
    ///
    /// - Parameter makeParts: makes the parts beside the wire's own.
    /// - Throws: ``DaemonError``.
    public init(
        configuration: DaemonConfiguration, reader: ConfigurationReader, environment: [String: String],
        logger: Logger, makeParts: (Foundations) throws -> [Part] = { _ in [] }
    ) throws {
        signal(SIGPIPE, SIG_IGN)
        DescriptorLimit.raise()
        let configuration = DescriptorLimit.fit(configuration)
        let state = try StateDirectory(configuration, environment)
        let executable = ModelLibrary.executablePath()
        let host = EngineHost(
            settings: configuration.engine, models: ModelLibrary(environment: environment, executable: executable),
            voices: VoiceLibrary(environment: environment, executable: executable),
            signature: Self.signature(environment, logger))
        let scheduler = Scheduler(slots: configuration.work.slots, mostWaiting: configuration.work.waiting)
        let inherited = try InheritedSocket.all(environment: environment)
        let ours = inherited.filter { !$0.isForHTTP && ($0.isUnix || $0.name.contains("wyoming")) }
        let current = Locked(configuration)
        let foundations = Foundations(
            current: current, host: host, scheduler: scheduler,
            voiceActivity: try VoiceActivityModel.embedded(
                in: ModelLibrary.sharedFolders(environment: environment, executable: executable)),
            microphone: MicrophoneGate(stateDirectory: state.path, logger: logger),
            stateDirectory: state.path,
            sockets: inherited.filter { !ours.contains($0) }, logger: logger)
        parts = try makeParts(foundations)
        context = DaemonContext(
            configuration: current, host: host, scheduler: scheduler, spoolFolder: state.spool,
            voiceActivityModel: foundations.voiceActivity, readings: foundations.readings, copies: foundations.copies,
            microphone: foundations.microphone, notifier: ServiceNotifier(environment: environment),
            eventLoops: MultiThreadedEventLoopGroup.singleton, handlers: parts.flatMap(\.handlers), logger: logger)
        var sockets = ours.map {
            ListeningSocket(descriptor: $0.descriptor, isUnix: $0.isUnix, name: "inherited \($0.name)")
        }
        var paths = [
            (configuration.wyoming.microphoneSocket, SocketRole.microphone),
            (configuration.wyoming.loudspeakerSocket, .loudspeaker),
        ]
        if !ours.contains(where: \.isUnix) {
            paths.append((try Self.socketPath(configuration, environment), .requests))
        }
        var listeners: [UnixListener] = []
        for case (let path?, let role) in paths {
            let listener = try UnixListener(path: path, mode: configuration.socket.mode)
            listeners.append(listener)
            sockets.append(
                ListeningSocket(descriptor: listener.descriptor, isUnix: true, name: path, role: role))
        }
        ownSockets = listeners
        if let tcp = configuration.wyoming.tcp {
            sockets.append(
                ListeningSocket(descriptor: try LoopbackListener.open(tcp), isUnix: false, name: "tcp://\(tcp)"))
        }
        self.sockets = sockets
        self.reader = reader
        timeouts = configuration.timeouts
    }

    /// Serves until the system says that it is enough (SIGTERM, SIGINT), and then until requests in progress are
    /// answered, or have had the time that `timeouts.shutdown_seconds` gives them.
    public func run() async throws {
        let (context, logger) = (context, context.logger)
        await CatalogueLoader.load(context, patience: .seconds(5))
        var services: [any Service] = [
            SocketServer(context: context, sockets: sockets, serving: WireServing(context: context)) {
                context.markReady()
                EarlySignals.deliver([SIGTERM, SIGINT])
            }, ReloadService(context: context, reader: reader),
        ]
        if let interval = context.notifier.watchdogInterval {
            services.append(WatchdogService(context: context, interval: interval))
        }
        services += parts.flatMap { $0.services + $0.makeServices(context) }
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: NamedService(service: $0), successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(timeouts.shutdown)
        let group = ServiceGroup(configuration: configuration)
        defer { for socket in ownSockets { socket.remove() } }
        do {
            try await group.run()
        } catch let error as ServiceGroupError where "\(error)".contains("gracefulShutdown") {
            logger.notice("requests were cut off")
        }
        logger.info("stopped")
    }

    /// Where clients find the socket.
    static func socketPath(
        _ configuration: DaemonConfiguration, _ environment: [String: String]
    ) throws(DaemonError) -> String {
        if let path = configuration.socket.path { return path }
        if let folder = environment["XDG_RUNTIME_DIR"], folder.hasPrefix("/") {
            return "\(folder)/hearsay/hearsay.sock"
        }
        if let folder = environment["RUNTIME_DIRECTORY"], folder.hasPrefix("/") { return "\(folder)/hearsay.sock" }
        if getuid() == 0 { return "/run/hearsay/hearsay.sock" }
        throw DaemonError(
            .socketUnusable, "where to listen is unknown: XDG_RUNTIME_DIR is not set; give --socket PATH")
    }
}

/// A service of which logs say what it is, and nothing of what it has: a configuration reader knows the environment.
private struct NamedService: Service, CustomStringConvertible {
    let service: any Service

    var description: String { "\(type(of: service))" }

    func run() async throws { try await service.run() }
}

/// Looks at models and voices on a thread where waiting is allowed.
enum CatalogueLoader {
    /// Loads, and returns when that is done or takes longer than clients should wait: whoever asks then hears of nothing
    /// installed yet.
    static func load(_ context: DaemonContext, patience: Duration) async {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        Task.detached {
            await load(context)
            end.finish()
        }
        let timer = Task.detached {
            try? await Task.sleep(for: patience)
            end.finish()
        }
        for await _ in ends {}
        timer.cancel()
    }

    static func load(_ context: DaemonContext) async {
        // As work of the lowest urgency: requests that come meanwhile go first.
        do {
            try await context.scheduler.run(.fileJob, user: Peer.nobody) { _ in context.host.refreshCatalogue() }
            let catalogue = context.host.catalogue
            context.logger.info(
                "looked at what is installed",
                metadata: ["models": "\(catalogue.models.count)", "voices": "\(catalogue.voices.count)"])
            for problem in catalogue.problems {
                context.logger.warning("requests must say what to use", metadata: ["error": "\(problem)"])
            }
        } catch {
            context.logger.error("could not look at what is installed", metadata: ["error": "\(error)"])
        }
    }
}
