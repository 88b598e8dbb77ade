public import Alarms
public import Facility
import Maintenance
public import Notices
public import Rules

/// What rules would have done with samples of the past: the engine itself on the samples' own time.
///
/// Samples of one time stamp are one step; between them the engine is given a step whenever it asks for one. No
/// more is kept than the engine keeps, and the sums of the report: a year needs no memory of its size.
public struct Backtest: Sendable {
    /// Somebody who stands in for the people who were not there.
    public struct Stand: Hashable, Sendable {
        /// How long after its raise every alarm is acknowledged, and reset once it may be; nil for never.
        public var acknowledgesAfterMilliseconds: Int64?
        /// Whether an order is done as soon as its cause has gone, so that the next one is an order again.
        public var finishesOrders: Bool

        /// Describes who stands in.
        public init(acknowledgesAfterMilliseconds: Int64? = nil, finishesOrders: Bool = false) {
            self.acknowledgesAfterMilliseconds = acknowledgesAfterMilliseconds
            self.finishesOrders = finishesOrders
        }

        /// Nobody: what the samples alone make of the rules.
        public static let nobody = Stand()
        /// A person who knows of every alarm after five minutes and does every order.
        public static let attentive = Stand(acknowledgesAfterMilliseconds: 300_000, finishesOrders: true)
    }

    /// A request that somebody made, about an alarm rather than an occurrence: those are numbered anew.
    public enum Request: Hashable, Sendable {
        /// Say that one knows.
        case acknowledge
        /// Reset what is latched.
        case reset
        /// Write a remark.
        case comment
    }

    /// The uptime at which a backtest begins, milliseconds: more than any delay, so that no moment is negative.
    private static let startUptime: Int64 = 400 * 86_400_000

    private let stand: Stand
    private let startWall: Int64
    private var engine: SiteEngine
    private var tally: BacktestTally
    private var waiting: [Sample] = []
    private var waitingWall: Int64
    /// Alarms that somebody who stands in will know of, in order of time.
    private var owed: [(wall: Int64, id: OccurrenceID)] = []
    private var owedStart = 0
    private var commandCount = 0
    /// Whether every entry of the journal is kept until it is taken.
    private let keepsJournal: Bool
    /// The entries since the last time they were taken.
    private var journal: [AlarmEvent] = []

    /// Prepares a backtest of rules on a site.
    public init(
        site: Site, rules: RuleSet, routes: [Route], directory: NoticeDirectory = NoticeDirectory(),
        catalog: MessageCatalog, from startWall: Int64,
        stand: Stand = .nobody, keepsJournal: Bool = false
    ) {
        self.stand = stand
        self.startWall = startWall
        self.keepsJournal = keepsJournal
        waitingWall = startWall
        let start = Moment(wallMilliseconds: startWall, uptimeMilliseconds: Self.startUptime)
        engine = SiteEngine(
            site: site, rules: rules, routes: routes, directory: directory, catalog: catalog,
            memory: EngineMemory(), at: start)
        tally = BacktestTally(rules, from: startWall)
    }

    /// Takes the next sample in order of time; one that is older counts as measured now.
    public mutating func take(_ sample: Sample) {
        if sample.wallMilliseconds > waitingWall { flush(upTo: sample.wallMilliseconds) }
        waiting.append(sample)
    }

    /// Takes a request that somebody made at a time, after the samples before it.
    public mutating func take(
        _ request: Request, about key: AlarmKey, person: String, note: String? = nil, at wall: Int64
    ) {
        flush(upTo: max(wall, waitingWall))
        guard let id = engine.openOccurrence(of: key) else { return }
        let kind: Command.Kind =
            switch request {
            case .acknowledge: .acknowledge(id)
            case .reset: .reset(id)
            case .comment: .comment(id)
            }
        step([], [command(kind, person, note)], at: waitingWall)
    }

    /// The entries of the journal since the last time; empty unless they are kept.
    public mutating func takeJournal() -> [AlarmEvent] {
        defer { journal.removeAll(keepingCapacity: true) }
        return journal
    }

    /// Lets time run to the end and tells what happened.
    public mutating func finish(at endWall: Int64) -> BacktestReport {
        flush(upTo: max(endWall, waitingWall))
        return tally.report(until: waitingWall)
    }

    // MARK: Steps

    /// Takes the step that waits and those that time asks for, up to but not including a time.
    private mutating func flush(upTo wall: Int64) {
        if !waiting.isEmpty {
            step(waiting, [], at: waitingWall)
            waiting.removeAll(keepingCapacity: true)
        }
        while let due = nextWall, due < wall {
            let time = max(due, waitingWall)
            step([], dueCommands(at: time), at: time)
        }
        waitingWall = wall
    }

    /// When the engine or whoever stands in has something to do next.
    private var nextWall: Int64? {
        let asked = engine.nextDeadlineUptimeMilliseconds.map { $0 - Self.startUptime + startWall }
        guard owedStart < owed.count else { return asked }
        return min(asked ?? .max, owed[owedStart].wall)
    }

    private mutating func step(_ samples: [Sample], _ commands: [Command], at wall: Int64) {
        let now = Moment(
            wallMilliseconds: wall, uptimeMilliseconds: wall - startWall + Self.startUptime)
        let decision = engine.step(samples, commands: commands, at: now)
        tally.count(samples.count)
        guard !decision.isEmpty else { return }
        tally.take(decision)
        if keepsJournal { journal += decision.journal }
        standIn(decision, now)
    }

    // MARK: Standing in

    private mutating func standIn(_ decision: Decision, _ now: Moment) {
        if let after = stand.acknowledgesAfterMilliseconds {
            for event in decision.journal where event.kind == .raised || event.kind == .reactivated {
                if let id = event.occurrence { owed.append((now.wallMilliseconds + after, id)) }
            }
            for event in decision.journal where event.state == .latchedAcknowledged {
                if let id = event.occurrence { owed.append((now.wallMilliseconds + after, id)) }
            }
        }
        guard stand.finishesOrders else { return }
        let cleared = decision.orders.filter {
            $0.conditionClearedWallMilliseconds != nil && $0.state == .open
        }
        guard !cleared.isEmpty else { return }
        let commands = cleared.flatMap { order in
            [Command.Kind.accept(order.number), .start(order.number), .finish(order.number, .standIn)].map {
                command($0, Self.person, nil)
            } + [command(.verify(order.number), Self.otherPerson, nil)]
        }
        step([], commands, at: now.wallMilliseconds)
    }

    private mutating func dueCommands(at wall: Int64) -> [Command] {
        var commands: [Command] = []
        while owedStart < owed.count, owed[owedStart].wall <= wall {
            let id = owed[owedStart].id
            owedStart += 1
            commands.append(command(.acknowledge(id), Self.person, nil))
            commands.append(command(.reset(id), Self.person, nil))
        }
        if owedStart > 1000 {
            owed.removeFirst(owedStart)
            owedStart = 0
        }
        return commands
    }

    private static let person = "backtest"
    private static let otherPerson = "backtest-verifier"

    private mutating func command(_ kind: Command.Kind, _ person: String, _ note: String?) -> Command {
        commandCount += 1
        return Command(id: "backtest-\(commandCount)", kind: kind, person: person, note: note)
    }
}

extension SiteEngine {
    /// The open occurrence of an alarm.
    fileprivate func openOccurrence(of key: AlarmKey) -> OccurrenceID? {
        places[key].flatMap { alarms[$0].lifecycle.memory.occurrence }
    }
}

extension OrderCompletion {
    /// What is said where nobody knows what was done: the work is not what is looked at.
    static let standIn = OrderCompletion(
        codes: FailureCodes(mode: .unk, cause: .unknown, remedy: .other), overrideReason: "stand-in")
}
