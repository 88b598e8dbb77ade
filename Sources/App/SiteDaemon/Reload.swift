internal import Delivery
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

    /// Reads the files and swaps.
    func run(notifier: SystemNotifier) async {
        notifier.reloading()
        defer { notifier.ready() }
        let result = loader.load()
        guard let next = result.configuration else {
            for problem in result.problems where problem.severity == .error {
                refuse(at: "\(problem.position)", catalog.text(problem.message, in: language))
            }
            notifier.status(catalog.text(Message("daemon.reload-refused"), in: language))
            return
        }
        do {
            try await swap(to: next)
            logger.notice("config.reloaded", metadata: ["files": "\(next.files.count)"])
            notifier.status(catalog.text(Message("daemon.reloaded"), in: language))
        } catch {
            refuse(at: "site.yaml", "\(error)")
        }
    }

    private func swap(to next: Configuration) async throws {
        let delivery = try delivery(next)  // whatever can refuse comes before anything is changed
        let isRenumbered = parts.configuration.site.points != next.site.points
        // Numbers of points mean something else from here on: nothing numbered before may arrive after.
        if isRenumbered { parts.field.stop() }
        parts.history.updatePoints(next.site.points)
        try await parts.loop.reconfigure(site: next.site, rules: next.rules, routes: next.routes)
        parts.configuration = next
        publishers.replace(next.mqttBuses)
        parts.delivery.replace(with: delivery)
        parts.field.run(modbus: next.modbusBuses, mqtt: next.mqttBuses)
    }

    private func refuse(at place: String, _ text: String) {
        logger.error("config.refused", metadata: ["at": "\(place)", "text": "\(text)"])
    }
}
