import Alarms
import Engine
import Facility
import Foundation
import Maintenance
import Notices
import Rules
import Testing

/// Whole sites living at random, held against what must always be true.
@Suite struct SiteWalkTests {
    @Test(arguments: SimulatedSite.seeds)
    func `a restart between any two steps changes nothing`(seed: UInt64) throws {
        var simulated = SimulatedSite(seed: seed)
        var now = SimulatedSite.start
        var steady = simulated.engine(EngineMemory(), at: now)
        var memory = EngineMemory()
        var latest: [PointID: Sample] = [:]
        for index in 0..<250 {
            now = next(now, steady, &simulated)
            // What came and went between two steps, a restart between them cannot know.
            let samples = simulated.samples(at: now).lastOfEachPoint
            let commands = simulated.commands(steady, id: index)
            let expected = steady.step(samples, commands: commands, at: now)
            let isWrittenOut = SimulatedSite.isLong || index.isMultiple(of: 10)
            var restarted = simulated.engine(isWrittenOut ? try kept(memory) : memory, at: now)
            for sample in samples { latest[sample.point] = sample }
            let actual = restarted.step(
                latest.values.sorted { $0.point < $1.point }, commands: commands, at: now)
            #expect(
                actual.journal.map(\.short) == expected.journal.map(\.short), "seed \(seed) step \(index)")
            #expect(actual.notices.map(\.id) == expected.notices.map(\.id), "seed \(seed) step \(index)")
            #expect(actual.orders == expected.orders, "seed \(seed) step \(index)")
            #expect(actual.orderEvents == expected.orderEvents, "seed \(seed) step \(index)")
            #expect(actual.occurrences == expected.occurrences, "seed \(seed) step \(index)")
            #expect(actual.replies == expected.replies, "seed \(seed) step \(index)")
            #expect(
                restarted.nextDeadlineUptimeMilliseconds == steady.nextDeadlineUptimeMilliseconds,
                "seed \(seed) step \(index)")
            guard actual.journal == expected.journal else { return }
            memory.absorb(expected)
        }
    }

    @Test(arguments: SimulatedSite.seeds)
    func `every life of a site keeps its promises`(seed: UInt64) {
        var simulated = SimulatedSite(seed: seed &+ 1_000_000)
        var promises = SitePromises(rules: simulated.rules)
        var now = SimulatedSite.start
        var memory = EngineMemory()
        var engine = simulated.engine(memory, at: now)
        for index in 0..<400 {
            now = next(now, engine, &simulated)
            let decision = engine.step(
                simulated.samples(at: now), commands: simulated.commands(engine, id: index), at: now)
            memory.absorb(decision)
            promises.check(decision, engine, memory)
            #expect(promises.complaints == [], "seed \(seed) step \(index)")
            guard promises.complaints.isEmpty else { return }
        }
        #expect(promises.raised > 0)
    }

    @Test(arguments: SimulatedSite.seeds)
    func `steps of the wall clock change no decision`(seed: UInt64) {
        func live(steppingClock: Bool) -> [String] {
            var simulated = SimulatedSite(seed: seed &+ 2_000_000)
            var clock = SplitMix(seed)
            var offset: Int64 = 0
            var now = SimulatedSite.start
            var engine = simulated.engine(EngineMemory(), at: now)
            var told: [String] = []
            for index in 0..<200 {
                now = next(now, engine, &simulated)
                if clock.next() % 10 == 0, steppingClock {
                    offset = Int64(clock.next() % 172_800_000) - 86_400_000
                }
                let moment = Moment(
                    wallMilliseconds: now.wallMilliseconds + offset,
                    uptimeMilliseconds: now.uptimeMilliseconds)
                let decision = engine.step(
                    simulated.samples(at: moment), commands: simulated.commands(engine, id: index), at: moment
                )
                // That it jumped is written down, and is all that follows.
                told += decision.journal.filter { $0.kind != .clockStepped }.map {
                    "\(index) \($0.key) \($0.kind) \($0.state) \($0.occurrence?.number ?? 0)"
                }
                told += decision.notices.map { "\(index) \($0.id)" }
            }
            return told
        }
        #expect(live(steppingClock: true) == live(steppingClock: false), "seed \(seed)")
    }

    /// The next moment something happens: when the engine asks for it, or earlier by chance.
    private func next(_ now: Moment, _ engine: SiteEngine, _ simulated: inout SimulatedSite) -> Moment {
        let chance = Int64(simulated.random.next() % 6000)
        guard let deadline = engine.nextDeadlineUptimeMilliseconds else {
            return now.advanced(milliseconds: chance)
        }
        return now.advanced(milliseconds: min(chance, max(0, deadline - now.uptimeMilliseconds)))
    }
}

/// The memory as the ledger gives it back: written out and read in again.
private func kept(_ memory: EngineMemory) throws -> EngineMemory {
    func again<Row: Codable>(_ rows: [Row]) throws -> [Row] {
        try JSONDecoder().decode([Row].self, from: JSONEncoder().encode(rows))
    }
    var kept = memory
    kept.alarms = try again(memory.alarms.filter { $0 != AlarmMemory(key: $0.key) })
    kept.occurrences = try again(memory.occurrences)
    kept.orders = try again(memory.orders)
    kept.announcements = try again(memory.announcements)
    return kept
}

extension AlarmEvent {
    /// The entry in one line.
    fileprivate var short: String {
        "\(key) \(occurrence?.number ?? 0) \(kind.rawValue) \(state.rawValue) \(note ?? "")"
    }
}

/// What must be true of every decision of every site.
struct SitePromises {
    let latching: [RuleID: Bool]
    var complaints: [String] = []
    var raised = 0
    private var replays: [AlarmKey: AlarmReplay] = [:]
    private var noticeIDs: Set<String> = []
    private var told: [OccurrenceID: Set<String>] = [:]
    private var chattering: [AlarmKey: Set<String>] = [:]
    private var orders: [OrderNumber: WorkOrderLifecycle] = [:]
    private var shadow: Set<OccurrenceID> = []
    private var wasOut: [AlarmKey: String] = [:]

    init(rules: RuleSet) {
        latching = Dictionary(
            uniqueKeysWithValues: rules.rules.map {
                ($0.definition.id, $0.definition.isLatching && $0.definition.mode == .live)
            })
    }

    mutating func check(_ decision: Decision, _ engine: SiteEngine, _ memory: EngineMemory) {
        checkJournal(decision, engine)
        checkShadow(decision, engine)
        checkQuiet(decision, engine)
        checkNotices(decision, engine)
        checkOrders(decision, engine)
        checkMemory(engine, memory)
    }

    private mutating func checkJournal(_ decision: Decision, _ engine: SiteEngine) {
        for event in decision.journal {
            if event.kind == .raised { raised += 1 }
            var replay =
                replays[event.key]
                ?? AlarmReplay(key: event.key, isLatching: latching[event.key.rule] == true)
            replay.apply(event)
            replays[event.key] = replay
        }
        for occurrence in engine.openOccurrences
        where replays[occurrence.key]?.priority != occurrence.priority {
            complaints.append("\(occurrence.key): the journal tells another urgency")
        }
        for (key, replay) in replays where replay.state != engine.state(of: key) {
            complaints.append("\(key): the journal says \(replay.state), the engine \(engine.state(of: key))")
        }
        for occurrence in engine.openOccurrences where occurrence.state != engine.state(of: occurrence.key) {
            complaints.append("occurrence \(occurrence.id) shows \(occurrence.state)")
        }
    }

    /// What is only tried out tells nobody, and orders nothing.
    private mutating func checkShadow(_ decision: Decision, _ engine: SiteEngine) {
        shadow.formUnion(decision.occurrences.filter(\.isShadow).map(\.id))
        if decision.notices.contains(where: { shadow.contains($0.occurrence) }) {
            complaints.append("somebody is told of what is only tried out")
        }
        if engine.openOrders.contains(where: { $0.occurrence.map(shadow.contains) == true }) {
            complaints.append("work is ordered by what is only tried out")
        }
    }

    /// Nothing is on the shelf, or out of service, for longer than may be.
    private mutating func checkQuiet(_ decision: Decision, _ engine: SiteEngine) {
        let now = decision.moment.uptimeMilliseconds
        let open = Set(engine.openOrders.filter(\.state.isAtWork).map(\.number.name))
        for memory in engine.quietAlarms {
            if let since = memory.shelvedSince, now - since.uptimeMilliseconds > 86_400_000 {
                complaints.append("\(memory.key) is on the shelf for too long")
            }
            if let order = memory.outOfService { wasOut[memory.key] = order }
        }
        for event in decision.journal where event.kind == .returned {
            guard let order = wasOut.removeValue(forKey: event.key) else {
                complaints.append("\(event.key) returned, but was not out of service")
                continue
            }
            if open.contains(order) { complaints.append("\(event.key) returned while \(order) is open") }
        }
    }

    private mutating func checkNotices(_ decision: Decision, _ engine: SiteEngine) {
        for notice in decision.notices {
            if !noticeIDs.insert(notice.id).inserted { complaints.append("\(notice.id) twice") }
            let way = "\(notice.channel)/\(notice.recipient?.name ?? "-")"
            switch notice.kind {
            case .clear:
                if told[notice.occurrence]?.remove(way) == nil {
                    complaints.append("\(notice.id) to somebody who had not heard")
                }
            case .chatter:
                if !chattering[notice.key, default: []].insert(way).inserted {
                    complaints.append("\(notice.id) of a chatter that was told")
                }
            case .calm:
                if chattering[notice.key]?.remove(way) == nil {
                    complaints.append("\(notice.id) of no chatter")
                }
                // Of what holds it tells as a raise does.
                for memory in decision.announcements where memory.announced.contains(notice.id) {
                    told[memory.occurrence, default: []].insert(way)
                }
            case .digest:
                for memory in decision.announcements where memory.announced.contains(notice.id) {
                    told[memory.occurrence, default: []].insert(way)
                }
            case .raise, .escalate, .raiseAndClear:
                told[notice.occurrence, default: []].insert(way)
            case .handover, .heartbeat, .test: complaints.append("\(notice.id) is about no alarm")
            }
        }
        for case .digested(let entry)? in decision.site.map(\.memory) where entry.endedWallMilliseconds != nil
        {
            // Whoever heard of it in a digest hears of its end in the next.
            told[entry.occurrence] = nil
        }
        for occurrence in decision.occurrences where occurrence.closedWallMilliseconds != nil {
            if told[occurrence.id]?.isEmpty == false {
                complaints.append("\(occurrence.id) is closed, but somebody was not told")
            }
        }
    }

    private mutating func checkOrders(_ decision: Decision, _ engine: SiteEngine) {
        for event in decision.orderEvents {
            if event.kind == .opened {
                orders[event.number] = WorkOrderLifecycle(replaying: event)
            } else {
                orders[event.number]?.apply(event)
            }
        }
        for row in decision.orders where orders[row.number]?.order != row {
            complaints.append("\(row.number): its history does not give the row")
        }
        let causes = engine.openOrders.map(\.cause)
        if Set(causes).count != causes.count { complaints.append("two open orders of one cause") }
    }

    private mutating func checkMemory(_ engine: SiteEngine, _ memory: EngineMemory) {
        if memory.occurrences.sorted(by: { $0.id < $1.id }) != engine.openOccurrences {
            complaints.append("the ledger has other open occurrences")
        }
        if memory.orders.sorted(by: { $0.number < $1.number }) != engine.openOrders {
            complaints.append("the ledger has other open orders")
        }
        if memory.settledOrders.sorted(by: { $0.number < $1.number }) != engine.settledOrders {
            complaints.append("the ledger has other settled orders")
        }
        let open = Set(engine.openOccurrences.map(\.id))
        if let stray = memory.announcements.first(where: { !open.contains($0.occurrence) }) {
            complaints.append("announcing \(stray.occurrence), which is closed")
        }
    }
}

extension [Sample] {
    /// The last sample of every point, in the order they came.
    fileprivate var lastOfEachPoint: [Sample] {
        var seen: Set<PointID> = []
        return reversed().filter { seen.insert($0.point).inserted }.reversed()
    }
}
