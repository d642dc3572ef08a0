public import Logging
internal import Tensors

/// The daemon's log on standard error, and how much is in it, which may change while it runs.
public enum DaemonLog {
    private static let current = Locked(Logger.Level.info)

    fileprivate static var level: Logger.Level { current.withLock { $0 } }

    /// Begins to log, whatever library a message comes from; once per process.
    ///
    /// - Parameter level: as the configuration names it.
    public static func start(_ level: String) -> Logger {
        setLevel(level)
        LoggingSystem.bootstrap { Handler(output: StreamLogHandler.standardError(label: $0)) }
        return Logger(label: "hearsayd")
    }

    static func setLevel(_ name: String) {
        current.withLock { $0 = Logger.Level(rawValue: name) ?? .info }
    }

    /// Of all loggers and their copies the level is the same.
    private struct Handler: LogHandler {
        var output: StreamLogHandler

        var logLevel: Logger.Level {
            get { DaemonLog.level }
            set {}
        }

        var metadata: Logger.Metadata {
            get { output.metadata }
            set { output.metadata = newValue }
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { output[metadataKey: key] }
            set { output[metadataKey: key] = newValue }
        }

        func log(event: LogEvent) { output.log(event: event) }
    }
}
