import Facility
import Testing

@testable import Alarms

@Suite struct `The measures of an alarm system` {
    static let start: Int64 = 1_772_000_000_000
    static let day: Int64 = 86_400_000

    private func event(
        _ kind: AlarmEvent.Kind, _ state: AlarmState, at seconds: Double, of rule: RuleID = "pump.low",
        person: String? = nil, note: String? = nil
    ) -> AlarmEvent {
        AlarmEvent(
            key: AlarmKey(rule: rule, asset: "P1"), occurrence: OccurrenceID(1), kind: kind, state: state,
            wallMilliseconds: Self.start + Int64(seconds * 1000), person: person, note: note)
    }

    private func report(
        _ events: [AlarmEvent], days: Int64 = 30, priority: Priority = .p3
    ) -> AlarmReport {
        var measures = AlarmMeasures(
            fromWallMilliseconds: Self.start, toWallMilliseconds: Self.start + days * Self.day)
        for event in events { measures.note(event, priority: priority) }
        return measures.report
    }

    private func raised(_ count: Int, every seconds: Double, from first: Double = 0) -> [AlarmEvent] {
        (0..<count).map {
            event(.raised, .unacknowledged, at: first + Double($0) * seconds, of: RuleID("r\($0 % 20)"))
        }
    }

    @Test func `random journals are measured as by counting everything again for every question`() {
        for seed in UInt64(0)..<(longRunsAreWanted() ? 2000 : 60) {
            var life = SiteLife(seed: seed)
            life.live(inputs: 250)
            let (first, last) = (Self.start, life.now.wallMilliseconds)
            let from = first + Int64(life.random.next() % UInt64(max(1, (last - first) / 2)))
            let to = last - Int64(life.random.next() % UInt64(max(1, (last - from) / 4)))
            var measures = AlarmMeasures(fromWallMilliseconds: from, toWallMilliseconds: to)
            for event in life.journal { measures.note(event, priority: life.priority(event.key)) }
            let complaints = differences(
                measures.report, NaiveMeasures(life.journal, from: from, to: to), life)
            #expect(complaints == [], "seed \(seed)")
            guard complaints.isEmpty else { return }
        }
    }

    private func differences(
        _ found: AlarmReport, _ naive: NaiveMeasures, _ life: SiteLife
    ) -> [String] {
        func byKey(_ counted: [AlarmReport.Counted]) -> [AlarmKey: Int] {
            Dictionary(uniqueKeysWithValues: counted.map { ($0.key, $0.count) })
        }
        let times = naive.times
        let load = found.load
        let delays = naive.delays(life.priority)
        let most = naive.counts.values.sorted(by: >)
        let checks: [(String, Bool)] = [
            ("activations", load.activations == times.count),
            ("distinct", found.distinctAlarms == naive.counts.count),
            ("top", found.top.map(\.count) == Array(most.prefix(10))),
            ("top keys", found.top.allSatisfy { naive.counts[$0.key] == $0.count }),
            ("10 min", load.mostInTenMinutes == naive.mostInAnyTenMinutes),
            ("hour", load.mostInHour == naive.most(in: 3_600_000)),
            ("day", load.mostInDay == naive.most(in: Self.day)),
            ("busy 10 min", load.busyTenMinutesShare == naive.busy(600_000, over: 10)),
            ("busy hours", load.busyHoursShare == naive.busy(3_600_000, over: 30)),
            (
                "flood",
                load.floods.reduce(0) { $0 + $1.toWallMilliseconds - $1.fromWallMilliseconds }
                    == naive.flooded
            ),
            ("chattering", byKey(found.chattering) == naive.chattering),
            ("fleeting", byKey(found.fleeting) == naive.fleeting),
            ("stale", found.staleByDay == naive.staleByDay),
            ("stale at end", Set(found.staleAtEnd.map(\.key)) == naive.staleAtEnd),
            ("cleared", found.cleared == naive.cleared.all),
            ("cleared unacknowledged", found.clearedUnacknowledged == naive.cleared.unacknowledged),
            ("delays", found.acknowledging == delays.mapValues(AlarmReport.Delays.init)),
            ("priorities", found.priorities.values.reduce(0, +) == times.count),
        ]
        return checks.filter { !$0.1 }.map(\.0)
    }

    @Test func `random journals have all that is measured`() {
        var seen: Set<String> = []
        for seed in UInt64(0)..<150 {
            var life = SiteLife(seed: seed)
            life.live(inputs: 250)
            let naive = NaiveMeasures(life.journal, from: Self.start, to: life.now.wallMilliseconds)
            if naive.flooded > 0 { seen.insert("flood") }
            if !naive.chattering.isEmpty { seen.insert("chattering") }
            if !naive.fleeting.isEmpty { seen.insert("fleeting") }
            if naive.staleByDay.contains(where: { $0 > 0 }) { seen.insert("stale") }
            if naive.cleared.unacknowledged > 0 { seen.insert("unacknowledged") }
            if naive.counts.count > 10 { seen.insert("more than ten") }
            if !naive.delays(life.priority).isEmpty { seen.insert("delays") }
            let quiet = life.journal.contains { $0.kind == .raised && $0.state.isQuiet }
            if quiet { seen.insert("quiet") }
        }
        #expect(
            seen == [
                "flood", "chattering", "fleeting", "stale", "unacknowledged", "more than ten", "delays",
                "quiet",
            ])
    }

    @Test func `only activations that people are shown count`() {
        let found = report([
            event(.raised, .unacknowledged, at: 0),
            event(.commented, .unacknowledged, at: 1, person: "li"),
            event(.acknowledged, .acknowledged, at: 2, person: "li"),
            event(.reactivated, .unacknowledged, at: 3600, note: "alarm.note.reminded"),
            event(.cleared, .normal, at: 7200), event(.closed, .normal, at: 7200),
            event(.suppressed, .suppressed, at: 8000), event(.raised, .suppressed, at: 8001),
            event(.cleared, .suppressed, at: 8002), event(.closed, .suppressed, at: 8002),
        ])
        #expect(found.load.activations == 1)
        #expect(found.acknowledging[.p3] == AlarmReport.Delays([2000]))
    }

    @Test func `what came while it was kept quiet counts when it is let out`() {
        let found = report([
            event(.suppressed, .suppressed, at: 0), event(.raised, .suppressed, at: 1),
            event(.unsuppressed, .unacknowledged, at: 100),
            event(.acknowledged, .acknowledged, at: 130, person: "li"),
            event(.shelved, .shelved, at: 200, person: "li"),
            event(.unshelved, .unacknowledged, at: 300),
        ])
        #expect(found.load.activations == 1)
        #expect(found.acknowledging[.p3]?.medianMilliseconds == 30_000)
    }

    @Test func `shadow alarms do not count`() {
        var measures = AlarmMeasures(
            fromWallMilliseconds: Self.start, toWallMilliseconds: Self.start + Self.day)
        measures.note(event(.raised, .unacknowledged, at: 0), priority: .p3, isShadow: true)
        #expect(measures.report.load.activations == 0)
    }

    @Test func `a flood begins with the eleventh alarm in ten minutes and ends below five`() {
        let ten = report(raised(10, every: 59))
        #expect(ten.load.floods == [])
        let eleven = report(raised(11, every: 59))
        // The eleventh comes at 590 s; the fifth newest came at 354 s and is ten minutes old at 954 s.
        #expect(
            eleven.load.floods == [
                .init(
                    fromWallMilliseconds: Self.start + 590_000, toWallMilliseconds: Self.start + 954_000,
                    activations: 11)
            ])
        #expect(report(raised(11, every: 60)).load.floods == [])
    }

    @Test func `three within a minute chatter, and a long bout is one`() {
        #expect(report([0, 30, 59.9].map { event(.raised, .unacknowledged, at: $0) }).chattering.count == 1)
        #expect(report([0, 30, 60].map { event(.raised, .unacknowledged, at: $0) }).chattering == [])
        let bouts = report(
            [0, 10, 20, 30, 40, 500, 510, 520].map { event(.raised, .unacknowledged, at: $0) })
        #expect(bouts.chattering.map(\.count) == [2])
    }

    @Test func `what stands for more than a day is stale on each day from then on`() {
        let found = report(
            [
                event(.raised, .unacknowledged, at: 0), event(.cleared, .normal, at: 3.5 * 86_400),
                event(.raised, .unacknowledged, at: 0, of: "exactly"),
                event(.cleared, .normal, at: 86_400, of: "exactly"),
                event(.raised, .unacknowledged, at: 0, of: "shelved"),
                event(.shelved, .shelved, at: 80_000, of: "shelved", person: "li"),
                event(.raised, .unacknowledged, at: -5 * 86_400, of: "old"),
            ], days: 5)
        #expect(found.staleByDay == [1, 2, 2, 2, 1])
        #expect(found.staleAtEnd.map(\.key.rule) == ["old"])
        #expect(found.load.activations == 3)
    }

    @Test func `averages, shares and the judgement of the standard`() throws {
        let calm = report(raised(30 * 100, every: 864), priority: .p4)
        #expect(calm.isSufficient)
        func measure(_ name: String, _ report: AlarmReport) throws -> AlarmMeasure {
            try #require(report.measures.first { $0.name == name })
        }
        #expect(try abs(measure("per_day_average", calm).value.map { $0 - 100 } ?? 1) < 0.001)
        #expect(try measure("per_day_average", calm).verdict == .onTarget)
        #expect(try measure("p4_share", calm).verdict == .onTarget)
        #expect(try measure("top_ten_share", calm).value == 0.5)
        #expect(try measure("top_ten_share", calm).verdict == .offTarget)
        let busy = report(raised(30 * 200, every: 432), priority: .p2)
        #expect(try measure("per_day_average", busy).verdict == .manageable)
        #expect(try measure("p2_share", busy).verdict == .offTarget)
        #expect(try measure("p4_share", busy).verdict == .offTarget)
        let far = report(raised(30 * 400, every: 216), priority: .p2)
        #expect(try measure("per_day_average", far).verdict == .offTarget)
        let short = report(raised(10, every: 864), days: 29)
        #expect(try measure("per_day_average", short).verdict == .insufficientData)
        #expect(try measure("per_hour_most", calm).verdict == .unjudged)
        #expect(try measure("top_ten_share", report(raised(9, every: 1))).verdict == .unjudged)
        let nothing = report([])
        #expect(nothing.measures.count == calm.measures.count)
        #expect(try measure("p1_share", nothing).value == nil)
    }

    @Test func `a span of no length is measured as nothing`() {
        let measures = AlarmMeasures(fromWallMilliseconds: 10, toWallMilliseconds: 5)
        #expect(measures.report.load.activations == 0)
        #expect(measures.report.load.perDay == 0)
        #expect(measures.report.staleByDay == [])
    }

    @Test func `percentiles are values that were measured`() {
        #expect(AlarmReport.Delays([5]).percentile95Milliseconds == 5)
        let hundred = AlarmReport.Delays(Array(1...100))
        #expect((hundred.medianMilliseconds, hundred.percentile95Milliseconds) == (50, 95))
        #expect(AlarmReport.Delays([9, 1]).medianMilliseconds == 1)
    }
}

@Suite struct `The rates of an alarm system` {
    private func event(
        _ kind: AlarmEvent.Kind, _ state: AlarmState, of rule: RuleID = "r"
    ) -> AlarmEvent {
        AlarmEvent(
            key: AlarmKey(rule: rule, asset: "P1"), occurrence: nil, kind: kind, state: state,
            wallMilliseconds: 0)
    }

    @Test func `the last minutes, the last day, and nothing older`() {
        var rates = AlarmRates()
        for minute in stride(from: Int64(-2000), through: 0, by: 1) {
            rates.note(event(.raised, .unacknowledged), priority: .p3, at: minute * 60_000)
        }
        #expect(rates.count(lastMinutes: 10, at: 0) == 10)
        #expect(rates.count(lastMinutes: 60, at: 59_999) == 60)
        #expect(rates.count(lastMinutes: 1440, at: 59_999) == 1440)
        #expect(rates.count(lastMinutes: 10, at: 5 * 60_000) == 5)
        #expect(rates.count(lastMinutes: 1440, at: 3000 * 60_000) == 0)
        #expect(rates.totals == [.p3: 2001])
    }

    @Test func `it says flood when the report does`() {
        for seed in UInt64(0)..<200 {
            var random = SplitMix(seed)
            var rates = AlarmRates()
            var times: [Int64] = []
            var now: Int64 = 0
            var answers: [(Int64, Bool)] = []
            for _ in 0..<120 {
                now += Int64(random.next() % 150_000)
                if random.flip() {
                    rates.note(event(.raised, .unacknowledged), priority: .p3, at: now)
                    times.append(now)
                }
                if random.flip() { answers.append((now, rates.isFlood(at: now))) }
            }
            let load = AlarmLoad(
                times, over: .init(fromWallMilliseconds: 0, toWallMilliseconds: now + 10_000_000))
            for (time, isFlood) in answers {
                let expected = load.floods.contains {
                    $0.fromWallMilliseconds <= time && time < $0.toWallMilliseconds
                }
                #expect(isFlood == expected, "seed \(seed) at \(time)")
            }
        }
    }

    @Test func `it counts what the report counts`() {
        for seed in UInt64(0)..<100 {
            var life = SiteLife(seed: seed)
            life.live(inputs: 250)
            var rates = AlarmRates()
            var measures = AlarmMeasures(
                fromWallMilliseconds: 0, toWallMilliseconds: life.now.wallMilliseconds + 1)
            for event in life.journal {
                rates.note(event, priority: life.priority(event.key), at: event.wallMilliseconds)
                measures.note(event, priority: life.priority(event.key))
            }
            #expect(rates.totals == measures.report.priorities, "seed \(seed)")
        }
    }
}

/// Random lives of several alarms in one journal.
struct SiteLife {
    var random: SplitMix
    var now: Moment
    var journal: [AlarmEvent] = []
    private var alarms: [AlarmLifecycle]
    private var numbering = OccurrenceNumbering(last: 0)

    init(seed: UInt64) {
        random = SplitMix(seed)
        now = Moment(
            wallMilliseconds: `The measures of an alarm system`.start, uptimeMilliseconds: 0)
        alarms = []
        for index in 0..<(random.flip() ? 4 : 14) {
            var policy = AlarmPolicy(
                raiseDelayMilliseconds: 0, clearDelayMilliseconds: random.flip() ? 0 : 5000,
                isLatching: random.next() % 4 == 0, needsAcknowledgement: random.next() % 5 != 0,
                needsAcknowledgementAfterReturn: random.flip(), returnsSilently: random.flip(),
                settleMilliseconds: random.flip() ? 0 : 5000)
            let key = AlarmKey(rule: RuleID("rule.\(index)"), asset: "P1")
            policy.priority = Self.priority(key)
            if random.flip() { policy.reminding = .init(afterMilliseconds: 600_000, most: 2) }
            if random.flip() { policy.acknowledgeTimeoutMilliseconds = 120_000 }
            alarms.append(AlarmLifecycle(policy: policy, memory: AlarmMemory(key: key)))
        }
    }

    func priority(_ key: AlarmKey) -> Priority { Self.priority(key) }

    private static func priority(_ key: AlarmKey) -> Priority {
        Priority.allCases[key.rule.name.utf8.count % 2 + (key.rule.name.hasSuffix("3") ? 2 : 0)]
    }

    mutating func live(inputs: Int) {
        var pace: UInt64 = 20_000
        for _ in 0..<inputs {
            if random.next() % 15 == 0 {
                pace = [5000, 20_000, 120_000, 3_600_000, 40_000_000][Int(random.next() % 5)]
            }
            now = now.advanced(milliseconds: Int64(random.next() % pace))
            let place = Int(random.next() % UInt64(alarms.count))
            take(input(alarms[place]), place)
            for index in alarms.indices { take(.tick, index) }
        }
    }

    private mutating func take(_ input: AlarmInput, _ place: Int) {
        let outcome = alarms[place].handle(input, at: now, numbering: &numbering)
        for case .journal(let event) in outcome.actions { journal.append(event) }
    }

    private mutating func input(_ alarm: AlarmLifecycle) -> AlarmInput {
        let id = alarm.memory.occurrence ?? OccurrenceID(1)
        switch random.next() % 20 {
        case 0...8: return .condition(raise: true, clear: false)
        case 9...13: return .condition(raise: false, clear: true)
        case 14: return .acknowledge(id, person: "wang", note: nil)
        case 15: return .reset(id, person: "wang", note: nil)
        case 16: return .comment(id, person: "li", note: "…")
        case 17:
            let shelf = AlarmMemory.Shelf.until(now.wallMilliseconds + Int64(random.next() % 600_000))
            return .shelve(random.flip() ? .once : shelf, person: "wang", note: nil)
        case 18: return random.flip() ? .suppress(reason: "a") : .unsuppress(reason: "a")
        default:
            if random.next() % 4 == 0 { return .retire(reason: "gone") }
            return alarm.memory.outOfService == nil
                ? .remove(order: "WO-1", person: "li") : .return(person: "li")
        }
    }
}
