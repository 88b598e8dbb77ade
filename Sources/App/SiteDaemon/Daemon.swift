internal import Delivery
internal import Engine
public import Facility
internal import Foundation
internal import Historian
internal import Ledger
public import Logging
internal import ServiceLifecycle
internal import SiteConfig
internal import SystemService
internal import Trends
internal import WebAPI

/// The daemon: builds every part, connects them, runs them, and stops them in reverse.
///
/// This is wiring. What is decided stands in Core, how the world is met stands in the adapters.
public struct Daemon: Sendable {
    let options: DaemonOptions
    let catalog: MessageCatalog
    let logger: Logger

    /// A daemon that has not started.
    public init(options: DaemonOptions, catalog: MessageCatalog, logger: Logger) {
        self.options = options
        self.catalog = catalog
        self.logger = logger
    }

    /// Runs until a signal asks for the end.
    ///
    /// - Throws: `DaemonError` when it cannot start; whatever a part threw when it could not go on.
    public func run() async throws {
        SignalStream.ignoreBrokenPipes()
        let signals = await SignalStream.open()
        let notifier = SystemNotifier.fromEnvironment()
        let configuration = try load()
        let lock = try lockData()
        defer { withExtendedLifetime(lock) {} }  // released when the process has let go of the data
        let (parts, publishers) = try await build(configuration)
        let reload = Reload(
            parts: parts, publishers: publishers, loader: loader, catalog: catalog,
            language: options.language, logger: logger
        ) { configuration in
            try delivery(of: configuration, ledger: parts.ledger, publishers: publishers, clock: parts.clock)
        }
        // Under systemd the folder is there; by hand it may not be. What is wrong with it, the server says.
        try? FileManager.default.createDirectory(
            at: URL(fileURLWithPath: configuration.settings.socketPath).deletingLastPathComponent(),
            withIntermediateDirectories: true)
        let views = Views(parts: parts, catalog: catalog, reports: BusReports())
        var ports = views.ports
        let links = try links()
        ports.phone = RemoteDesk(parts: parts, catalog: catalog, links: links).ports
        ports.feed = FeedPorts(
            token: { links.feedToken }, admits: { links.admitsFeed($0) },
            publicURL: { parts.configuration.settings.publicURL })
        ports.outbox = OutboxDesk(parts: parts).ports
        let web = WebServer(
            ports: ports, catalog: catalog,
            socketPath: configuration.settings.socketPath,
            listen: configuration.settings.webListen.map { .init(host: $0.host, port: $0.port) },
            logger: logger)
        var groupConfiguration = ServiceGroupConfiguration(
            services: services(parts, publishers, views, web: web, notifier: notifier), logger: logger)
        groupConfiguration.maximumGracefulShutdownDuration = .seconds(5)
        groupConfiguration.maximumCancellationDuration = .seconds(5)
        let group = ServiceGroup(configuration: groupConfiguration)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            // To look back in the history takes as long as it takes: neither a stop nor the next reload waits for it.
            let (reloaded, look) = AsyncStream.makeStream(
                of: Configuration.self, bufferingPolicy: .bufferingNewest(1))
            tasks.addTask {
                for await configuration in reloaded { await reload.warmWindows(of: configuration) }
            }
            tasks.addTask {
                for await signal in signals {
                    switch signal {
                    case .reload:
                        if let next = await reload.run(notifier: notifier) { look.yield(next) }
                    case .interrupt, .terminate: await group.triggerGracefulShutdown()
                    }
                }
            }
            try await tasks.next()
            tasks.cancelAll()
        }
        try? parts.ledger.close()
        logger.notice("daemon.stopped")
    }

    private var loader: ConfigurationLoader {
        ConfigurationLoader(
            folder: options.configuration, share: options.share, channelKinds: Channels.kinds,
            zone: { SystemZone.load($0) })
    }

    private func load() throws -> Configuration {
        let result = loader.load()
        for problem in result.problems where problem.severity == .warning {
            logger.warning(
                "config.warning",
                metadata: [
                    "at": "\(problem.position)",
                    "text": "\(catalog.text(problem.message, in: options.language))",
                ])
        }
        guard let configuration = result.configuration else {
            throw DaemonError.configuration(result.problems)
        }
        return configuration
    }

    private func lockData() throws -> DataFolderLock {
        do {
            try FileManager.default.createDirectory(
                atPath: options.data, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o750])
        } catch {
            throw DaemonError.unusable(
                Message(
                    "daemon.data-unusable",
                    ["path": .text(options.data), "reason": .text(error.localizedDescription)]))
        }
        do throws(SystemError) {
            return try DataFolderLock(folder: options.data)
        } catch {
            throw DaemonError.unusable(error.message)
        }
    }

    /// Opens the stores, restores the engine and connects the parts; nothing runs yet.
    private func build(_ configuration: Configuration) async throws -> (RunningParts, Publishers) {
        let clock: @Sendable () -> Moment = { SystemClock.moment() }
        let now = clock()
        let boot = try SystemClock.bootID()
        let ledger = try openLedger(boot: boot)
        let restored = try ledger.restore(at: now)
        if let down = restored.downMilliseconds(at: now) {
            logger.notice("daemon.was-down", metadata: ["milliseconds": "\(down)"])
        }
        let history = try openHistory(configuration, boot: boot, clock: clock)
        let mailbox = Mailbox()
        let publishers = Publishers(configuration.mqttBuses, clock: clock)
        let delivery = DeliverySlot(
            try delivery(of: configuration, ledger: ledger, publishers: publishers, clock: clock))
        let writer = BlockingQueue("ledger")
        let meter = AlarmMeter()
        try await meter.remember(from: ledger, at: now)
        let diary = AlarmDiary(logger: logger, language: options.language)
        let engine = SiteEngine(
            site: configuration.site, rules: configuration.rules, routes: configuration.routes,
            directory: configuration.directory, catalog: catalog, memory: restored.memory,
            plans: configuration.plans, orders: configuration.orders, at: now)
        // Before anything of this run is stored: what was stored last tells until when somebody watched.
        let holds = WindowWarming.holds(of: history)
        let warmups = engine.warmups { holds[$0.path] }
        let watchedUntil = history.latest().values.map(\.wallMilliseconds).max() ?? 0
        let loop = SiteLoop(
            engine: engine, mailbox: mailbox,
            ports: SiteLoop.Ports(
                now: clock, isClockSynchronised: { SystemClock.isSynchronised },
                commit: { decision in try await writer.run { try ledger.commit(decision) } },
                act: { decision in
                    if !decision.notices.isEmpty { delivery.wake() }
                    diary.write(decision)
                    meter.note(decision)
                }))
        let gate = SampleGate(
            store: { history.append($0) }, judge: { mailbox.put($0, at: clock().uptimeMilliseconds) })
        let field = FieldService(
            clock: clock, gate: gate, memory: FieldMemory.read(from: ledger, logger: logger),
            catalog: catalog, language: options.language, logger: logger)
        return (
            RunningParts(
                started: now, clock: clock, configuration: configuration, mailbox: mailbox, loop: loop,
                ledger: ledger, history: history, gate: gate, field: field, delivery: delivery, meter: meter,
                warming: WindowWarming(history: history, loop: loop, logger: logger), warmups: warmups,
                watchedUntilWallMilliseconds: watchedUntil), publishers
        )
    }
}
