internal import Engine
internal import Facility
internal import Historian
internal import Ledger
internal import Rules
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
    let gate: SampleGate
    let field: FieldService
    let delivery: DeliverySlot
    let meter: AlarmMeter
    let warming: WindowWarming
    /// What the windows of rules lacked at the start, and until when somebody watched before it.
    let warmups: [RuleWarmup]
    let watchedUntilWallMilliseconds: Int64

    private let current: Mutex<Configuration>
    /// How the signs of life went by each way, since the start.
    let lifeSigns = LifeSignBook()

    private let problems = Mutex<[SelfFacts.ConfigurationProblem]>([])

    init(
        started: Moment, clock: @escaping @Sendable () -> Moment, configuration: Configuration,
        mailbox: Mailbox, loop: SiteLoop, ledger: LedgerStore, history: HistoryStore,
        gate: SampleGate, field: FieldService, delivery: DeliverySlot, meter: AlarmMeter,
        warming: WindowWarming,
        warmups: [RuleWarmup], watchedUntilWallMilliseconds: Int64
    ) {
        self.started = started
        self.clock = clock
        self.current = Mutex(configuration)
        self.mailbox = mailbox
        self.loop = loop
        self.ledger = ledger
        self.history = history
        self.gate = gate
        self.field = field
        self.delivery = delivery
        self.meter = meter
        self.warming = warming
        self.warmups = warmups
        self.watchedUntilWallMilliseconds = watchedUntilWallMilliseconds
    }

    /// The configuration that is running.
    var configuration: Configuration {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// What is wrong with the files that were to replace the running configuration; empty if they do.
    var configurationProblems: [SelfFacts.ConfigurationProblem] {
        get { problems.withLock { $0 } }
        set { problems.withLock { $0 = newValue } }
    }

    /// When each part last got on with its work, by uptime milliseconds; before its first time, when the daemon
    /// started.
    var progress: [String: Int64] {
        let all = field.progress.merging([
            "site-loop": loop.counters.lastStepUptimeMilliseconds,
            "history": history.lastAttemptUptimeMilliseconds ?? 0,
            "delivery": delivery.lastProgressUptimeMilliseconds,
        ]) { $1 }
        return all.mapValues { max($0, started.uptimeMilliseconds) }
    }
}
