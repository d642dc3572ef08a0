internal import Glibc
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// Reads the configuration again on SIGHUP. A broken one changes nothing; sessions go on in any case.
struct ReloadService: Service {
    let context: DaemonContext
    let reader: ConfigurationReader

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        EarlySignals.deliver([SIGHUP])
        for await _ in signals.cancelOnGracefulShutdown() {
            context.notifier.reloading()
            await reload()
            context.notifier.ready("serving")
        }
    }

    private func reload() async {
        do {
            let configuration = DescriptorLimit.fit(try reader.read())
            context.apply(configuration)
            // Files may have been replaced: what nobody uses is opened anew when it is next needed.
            context.host.unloadUnused()
            await CatalogueLoader.load(context)
            context.logger.notice("configuration read again")
        } catch {
            context.logger.error("the configuration stays as it was", metadata: ["error": "\(WireFailure(error).text)"])
        }
    }
}
