internal import Acquisition
internal import Delivery
internal import Engine
internal import Facility
internal import Historian
internal import Logging
internal import SiteConfig
internal import SystemService

/// Puts changed files into service: the whole new configuration, or the old one with the reason why.
struct Reload: Sendable {
    let parts: RunningParts
    let publishers: Publishers
    let loader: ConfigurationLoader
    let catalog: MessageCatalog
    let language: Language
    let logger: Logger
    let delivery: @Sendable (Configuration) throws -> DeliveryService

    /// Reads the files and swaps: the configuration that runs now, or nil if the old one is kept.
    ///
    /// Its rules do not look back yet (`warmWindows`): systemd waits only so long for the end of a reload.
    func run(notifier: SystemNotifier) async -> Configuration? {
        notifier.reloading()
        defer { notifier.ready() }
        let result = loader.load()
        guard let next = result.configuration else {
            refuse(
                result.problems.filter { $0.severity == .error }.map {
                    .init(place: "\($0.position)", message: $0.message)
                })
            let kept = catalog.text(Message("daemon.reload-refused"), in: language)
            logger.error("config.kept", metadata: ["text": "\(kept)"])
            notifier.status(kept)
            return nil
        }
        let delivery: DeliveryService
        do {
            delivery = try self.delivery(next)
        } catch DaemonError.unusable(let message) {
            refuse([.init(place: "notify.yaml", message: message)])
            return nil
        } catch {
            refuse([.init(place: "notify.yaml", message: Message("\(error)"))])
            return nil
        }
        let isSwapped = await swap(to: next, delivery)
        notifier.status(catalog.text(Message("daemon.reloaded"), in: language))
        return isSwapped ? next : nil
    }

    private func swap(to next: Configuration, _ delivery: DeliveryService) async -> Bool {
        let change = ConfigurationChange(from: parts.configuration, to: next)
        let old = parts.configuration.site
        let kept = Set(next.modbusBuses.map(\.id) + next.mqttBuses.map(\.id))
            .subtracting(change.buses.added + change.buses.changed)
        let changed = parts.field.canBecome(next.modbusBuses).intersection(change.buses.changed)
        await parts.field.keep(kept.union(changed))
        // Numbers of points mean something else from here on. What the kept buses read meanwhile waits.
        parts.gate.hold()
        parts.history.updatePoints(next.site.points)
        do {
            try await parts.loop.reconfigure(
                site: next.site, rules: next.rules, routes: next.routes, directory: next.directory,
                plans: next.plans, orders: next.orders)
        } catch {
            // The loop ends with the same error, and the daemon with it: only the ledger knows what holds.
            logger.critical("config.not-committed", metadata: ["error": "\(error)"])
            return false
        }
        parts.configuration = next
        parts.configurationProblems = []
        parts.gate.release(old: old.points.count) { point in
            next.site.point(old[point].path).flatMap { next.site[$0].means(the: old[point]) ? $0 : nil }
        }
        publishers.replace(next.mqttBuses)
        publishers.connect(for: next.channels)
        parts.delivery.replace(with: delivery)
        parts.field.run(modbus: next.modbusBuses, mqtt: next.mqttBuses, changed: changed)
        log(change, next)
        return true
    }

    /// Lets new and changed rules look back in the history; ends early when it is cancelled.
    func warmWindows(of next: Configuration) async {
        let holds = WindowWarming.holds(of: parts.history)
        let warmups = await parts.loop.read { $0.warmups { holds[$0.path] } }
        await parts.warming.run(
            warmups, site: next.site, watchedUntilWallMilliseconds: parts.clock().wallMilliseconds)
    }

    private func log(_ change: ConfigurationChange, _ next: Configuration) {
        func count(_ lists: [Int]) -> String { String(lists.reduce(0, +)) }
        logger.notice(
            "config.reloaded",
            metadata: [
                "files": "\(next.files.count)",
                "buses":
                    "\(count([change.buses.added.count, change.buses.changed.count, change.buses.removed.count]))",
                "assets":
                    "\(count([change.assets.added.count, change.assets.changed.count, change.assets.removed.count]))",
                "rules":
                    "\(count([change.rules.added.count, change.rules.changed.count, change.rules.removed.count]))",
            ])
        if change.hasSettingsChanged {
            // Addresses, retention and the sync interval are taken when the daemon starts.
            logger.warning(
                "config.needs-restart",
                metadata: ["text": "\(catalog.text(Message("daemon.needs-restart"), in: language))"])
        }
    }

    private func refuse(_ problems: [SelfFacts.ConfigurationProblem]) {
        parts.configurationProblems = problems
        for problem in problems {
            let text = catalog.text(problem.message, in: language)
            logger.error("config.refused", metadata: ["at": "\(problem.place)", "text": "\(text)"])
        }
    }
}
