internal import Facility
internal import Historian
internal import Ledger
internal import SiteConfig
internal import Synchronization

/// Every part of the running daemon, as the others reach it.
final class RunningParts: Sendable {
    let started: Moment
    let clock: @Sendable () -> Moment
    let mailbox: Mailbox
    let loop: SiteLoop
    let ledger: LedgerStore
    let history: HistoryStore
    let field: FieldService
    let delivery: DeliverySlot

    private let current: Mutex<Configuration>

    /// A part that has not got on for this long is stuck.
    static let stuckMilliseconds: Int64 = 15_000

    init(
        started: Moment, clock: @escaping @Sendable () -> Moment, configuration: Configuration,
        mailbox: Mailbox, loop: SiteLoop, ledger: LedgerStore, history: HistoryStore,
        field: FieldService, delivery: DeliverySlot
    ) {
        self.started = started
        self.clock = clock
        self.current = Mutex(configuration)
        self.mailbox = mailbox
        self.loop = loop
        self.ledger = ledger
        self.history = history
        self.field = field
        self.delivery = delivery
    }

    /// The configuration that is running.
    var configuration: Configuration {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// When each part last got on with its work, by uptime milliseconds; 0 before its first time.
    var progress: [String: Int64] {
        field.progress.merging([
            "site-loop": loop.counters.lastStepUptimeMilliseconds,
            "history": history.statistics().lastSyncUptimeMilliseconds ?? 0,
            "delivery": delivery.lastProgressUptimeMilliseconds,
        ]) { $1 }
    }
}
