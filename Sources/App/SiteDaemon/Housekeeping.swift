internal import Facility
internal import Historian
internal import Ledger
internal import Logging
internal import Notices
internal import SiteConfig

/// What has to be done from time to time whatever happens at the site.
struct Housekeeping: Sendable {
    let parts: RunningParts
    let catalog: MessageCatalog
    let language: Language
    let logger: Logger

    private let ledger = BlockingQueue("housekeeping")

    init(parts: RunningParts, catalog: MessageCatalog, language: Language, logger: Logger) {
        self.parts = parts
        self.catalog = catalog
        self.language = language
        self.logger = logger
    }

    /// Keeps house until cancelled.
    func run() async {
        var historyFault: HistoryError?
        while (try? await Task.sleep(for: .seconds(10))) != nil {
            await markAlive()
            await abandonOrphans()
            let fault = parts.history.statistics().fault
            if fault != historyFault { tell(fault) }
            historyFault = fault
        }
    }

    /// Notes that the daemon lives, so that the next start can say for how long it did not.
    private func markAlive() async {
        do {
            try await ledger.run { try parts.ledger.markAlive(at: parts.clock()) }
        } catch {
            logger.warning("ledger.not-marked-alive", metadata: ["reason": "\(error)"])
        }
    }

    /// Gives up messages for channels that a reload took away: nobody would ever send them.
    ///
    /// What was decided just now may be for a channel that a reload under way is about to bring.
    private func abandonOrphans() async {
        let now = parts.clock().wallMilliseconds
        do {
            try await parts.ledger.abandon(
                exceptFor: Set(parts.configuration.channels.map(\.id)), decidedBy: now - 60_000,
                because: Message("delivery.channel-removed"), now: now)
        } catch {
            logger.warning("ledger.not-abandoned", metadata: ["reason": "\(error)"])
        }
    }

    private func tell(_ fault: HistoryError?) {
        guard let fault else { return logger.notice("history.recovered") }
        logger.error("history.fault", metadata: ["reason": "\(catalog.text(fault.message, in: language))"])
    }
}
