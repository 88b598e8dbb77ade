import Alarms
import Engine
import Facility
import Maintenance
import Notices
import Rules

/// Chance that can be repeated.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// Makes up decisions and keeps, apart from the ledger, what an engine would remember after them.
struct RandomSite {
    private var random: SeededRandom
    private(set) var now = moment(0)
    private(set) var memory = EngineMemory()
    private var alarms: [AlarmKey: AlarmMemory] = [:]
    private var rules: [AlarmKey: RuleMemory] = [:]
    private var occurrences: [OccurrenceID: AlarmOccurrence] = [:]
    private var orders: [String: WorkOrder] = [:]
    private var announcements: [OccurrenceID: AnnouncementMemory] = [:]
    private(set) var journal: [AlarmEvent] = []
    private(set) var orderEvents: [OrderEvent] = []

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func decide() -> Decision {
        now = now.advanced(milliseconds: .random(in: 1...90_000, using: &random))
        var decision = Decision(at: now)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let key = AlarmKey(
                rule: RuleID("rule-\(Int.random(in: 0..<4, using: &random))"),
                asset: AssetID("泵-\(Int.random(in: 0..<5, using: &random))"))
            change(key, in: &decision)
        }
        if Bool.random(using: &random) {
            decision.replies.append(reply())
        }
        memory.answeredCommands += decision.replies
        remember(in: &decision)
        settle()
        return decision
    }

    /// Something of the site beyond single alarms: a cause that ended, or one that is forgotten.
    private mutating func remember(in decision: inout Decision) {
        let id = OccurrenceID(.random(in: 1...6, using: &random))
        let cause = EndedCause(occurrence: id, key: AlarmKey(rule: "rule-0", asset: "泵-0"), ended: now)
        let isKept = Int.random(in: 0..<3, using: &random) > 0
        let change = SiteMemoryChange(
            name: SiteMemory.cause(cause).name, memory: isKept ? .cause(cause) : nil)
        decision.site.append(change)
        memory.site.removeAll { $0.name == change.name }
        memory.site += [change.memory].compactMap(\.self)
        memory.lastAlive = now
    }

    private mutating func change(_ key: AlarmKey, in decision: inout Decision) {
        var alarm = alarms[key] ?? AlarmMemory(key: key)
        if let open = alarm.occurrence.flatMap({ occurrences[$0] }) {
            advance(open, &alarm, in: &decision)
        } else {
            raise(key, &alarm, in: &decision)
        }
        alarms[key] = alarm
        decision.alarms.append(alarm)
        let slots: [RuleMemory.Slot] = (0..<3).map { _ in
            Bool.random(using: &random) ? .since(now) : .empty
        }
        let rule = RuleMemory(rule: key.rule, asset: key.asset, fingerprint: .max - 7, slots: slots)
        rules[key] = rule
        decision.rules.append(rule)
    }

    private mutating func raise(_ key: AlarmKey, _ alarm: inout AlarmMemory, in decision: inout Decision) {
        memory.lastOccurrence += 1
        let raised = occurrence(memory.lastOccurrence, key, at: now)
        occurrences[raised.id] = raised
        alarm.occurrence = raised.id
        alarm.isInAlarm = true
        alarm.isUnacknowledged = true
        alarm.suppressedBy = Bool.random(using: &random) ? ["power", "通信"] : []
        alarm.raisingSince = now
        decision.occurrences.append(raised)
        add(.raised, key, raised.id, .unacknowledged, in: &decision)
        let announcement = AnnouncementMemory(occurrence: raised.id, route: "default", raised: now)
        announcements[raised.id] = announcement
        decision.announcements.append(announcement)
        decision.notices.append(notice(raised.id.number, at: now))
        open(key, raised.id, in: &decision)
    }

    private mutating func advance(
        _ open: AlarmOccurrence, _ alarm: inout AlarmMemory, in decision: inout Decision
    ) {
        var changed = open
        if Bool.random(using: &random) {
            changed.acknowledgement = AlarmOccurrence.Acknowledgement(
                person: "王工", wallMilliseconds: now.wallMilliseconds, note: "\"ok\"; '--")
            changed.state = .acknowledged
            alarm.isUnacknowledged = false
            alarm.unknownSince = now
            alarm.shelf = .until(now.wallMilliseconds + 1)
            alarm.shelvedSince = now
            alarm.priority = .p1
            alarm.askedSince = now
            alarm.knownSince = now
            alarm.workWaitingSince = now
            alarm.reminders = 2
            alarm.raisePausedMilliseconds = 1500
            alarm.outOfService = "WO-1"
            alarm.isOutOfServiceWithAsset = Bool.random(using: &random)
        } else {
            changed.state = .normal
            changed.clearedWallMilliseconds = now.wallMilliseconds
            changed.closedWallMilliseconds = now.wallMilliseconds
            alarm = AlarmMemory(key: open.key)
            announcements[open.id] = nil
            decision.endedAnnouncements.append(open.id)
            decision.notices.append(notice(open.id.number, .clear, at: now))
            finish(open.key, in: &decision)
        }
        occurrences[open.id] = changed
        decision.occurrences.append(changed)
        add(.acknowledged, open.key, open.id, changed.state, in: &decision)
    }

    private mutating func open(_ key: AlarmKey, _ id: OccurrenceID, in decision: inout Decision) {
        guard orders[key.description] == nil else { return }
        let day = CivilDate(dayNumber: Int(now.wallMilliseconds / 86_400_000))
        memory.lastOrderSequence[day, default: 0] += 1
        let number = OrderNumber(day, sequence: memory.lastOrderSequence[day, default: 0])
        let opened = WorkOrder(
            number: number, asset: key.asset, cause: key.description, occurrence: id,
            title: Bilingual(zh: "检修", en: "Repair"), priority: .p3,
            openedWallMilliseconds: now.wallMilliseconds)
        orders[key.description] = opened
        decision.orders.append(opened)
        add(.opened, opened, in: &decision)
    }

    private mutating func finish(_ key: AlarmKey, in decision: inout Decision) {
        guard var done = orders[key.description], Bool.random(using: &random) else { return }
        done.version += 1
        done.state = .verified
        done.work.closedWallMilliseconds = now.wallMilliseconds
        orders[key.description] = nil
        decision.orders.append(done)
        memory.settledOrders.append(done)
        memory.closedOrders.removeAll { $0.cause == done.cause }
        memory.closedOrders.append(ClosedOrder(done))
        memory.closedOrders.sort { $0.cause < $1.cause }
        add(.verified, done, in: &decision)
    }

    private mutating func add(
        _ kind: AlarmEvent.Kind, _ key: AlarmKey, _ id: OccurrenceID, _ state: AlarmState,
        in decision: inout Decision
    ) {
        let event = AlarmEvent(
            key: key, occurrence: id, kind: kind, state: state, wallMilliseconds: now.wallMilliseconds,
            person: Bool.random(using: &random) ? "李" : nil, note: nil,
            priority: [nil, .p1, .p4].randomElement(using: &random) ?? nil)
        journal.append(event)
        decision.journal.append(event)
    }

    private mutating func add(_ kind: OrderEvent.Kind, _ order: WorkOrder, in decision: inout Decision) {
        let event = OrderEvent(
            number: order.number, version: order.version, kind: kind, state: order.state,
            wallMilliseconds: now.wallMilliseconds, note: "note")
        orderEvents.append(event)
        decision.orderEvents.append(event)
    }

    private mutating func reply() -> CommandReply {
        let refusals: [Refusal?] = [
            nil, .unknown, .closed, .stillActive, .unacknowledged, .invalidTransition(from: .inProgress),
            .versionConflict(current: 7), .shelfTooLong(limitMilliseconds: 86_400_000), .shelfEnded,
            .reasonMissing, .notShelved, .nothingWatched("P9"), .unknownOrder("WO-1"), .orderClosed("WO-2"),
            .orderOfAnotherAsset("P2"), .outOfServiceUnder("WO-3"), .notOutOfService, .orderStillOpen("WO-4"),
            .outOfServiceWithAsset("P2"), .order(.answersMissing(["gap", "oil"])),
            .order(.notAssignee("li")), .unknownPerson("x"), .unskilled("li", skill: "lift"),
            .unknownAsset("P9"), .notDispatcher("li"), .order(.performedTooEarly),
            .order(.credit(.unknownLevel("year", known: ["month"]))),
        ]
        return CommandReply(
            command: "c-\(UInt64.random(in: 0 ... .max, using: &random))",
            refusal: refusals.randomElement(using: &random) ?? nil)
    }

    private mutating func settle() {
        memory.alarms = alarms.values.filter { $0 != AlarmMemory(key: $0.key) }.sorted { $0.key < $1.key }
        memory.rules = rules.sorted { $0.key < $1.key }.map(\.value)
            .filter { $0.slots.contains { $0 != .empty } }
        memory.occurrences = occurrences.values.filter { $0.closedWallMilliseconds == nil }
            .sorted { $0.id < $1.id }
        memory.orders = orders.values.sorted { $0.number < $1.number }
        memory.announcements = announcements.values.sorted { $0.occurrence < $1.occurrence }
    }
}
