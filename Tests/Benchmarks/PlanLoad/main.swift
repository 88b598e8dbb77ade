// Steps plans as a site would, day by day, and tells of it in a line of JSON: `PlanLoad VERB [COUNT]`.
//
//   years   2,000 assets with ten plans each through COUNT virtual years (default 10), everything done on its day
//   rules   the time that the next day of COUNT random rules takes (default 20,000), the longest and the mean
//
// `Tests/Benchmarks/plans.py` starts it and shows what it tells.
import Facility
import Foundation
import Maintenance

let verb = CommandLine.arguments.dropFirst().first ?? ""
let count = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) }
switch verb {
case "years": try PlanYears(years: count ?? 10).run()
case "rules": RuleTimes(count: count ?? 20_000).run()
default:
    print("PlanLoad: no verb '\(verb)'")
    exit(64)
}

/// Two thousand assets with ten plans each.
struct PlanYears {
    let years: Int

    func run() throws {
        let zone = SiteZone.fixed("Asia/Shanghai", hours: 8)
        let series = try plans().flatMap { plan in assets.map { (plan: plan, asset: $0) } }
        var day = CivilDate(dayNumber: 20_454)
        let end = day.advanced(days: years * 365)
        let clock = ContinuousClock()
        let began = clock.now
        var engine = PlanEngine(
            series: series, zone: zone, memory: PlanMemory(), at: moment(day, zone))
        var orders = 0
        var occurrences = 0
        var longest = 0.0
        var due: [CivilDate: [OrderNumber]] = [:]
        while day < end {
            var facts = PlanFacts()
            for order in due.removeValue(forKey: day) ?? [] { facts.endings[order] = .done(day) }
            // The processor's time: what other programs do meanwhile is not the plans'.
            let stepBegan = Foundation.clock()
            for action in engine.step(at: moment(day, zone), facts: facts) {
                switch action {
                case .open(let occurrence):
                    orders += 1
                    occurrences += 1
                    let number = OrderNumber("WO-\(orders)")
                    engine.bind(occurrence, to: number)
                    due[max(occurrence.due, day.advanced(days: 1)), default: []].append(number)
                case .carry: occurrences += 1
                case .settle(let occurrence): if occurrence.order == nil { occurrences += 1 }
                case .move, .neglect, .missingYear, .clockUntrusted, .inspectionNeeded: break
                }
            }
            _ = engine.takeChanges()
            longest = max(longest, Double(Foundation.clock() - stepBegan) * 1000 / Double(CLOCKS_PER_SEC))
            day = day.advanced(days: 1)
        }
        let seconds =
            Double((clock.now - began).components.seconds)
            + Double((clock.now - began).components.attoseconds) / 1e18
        print(
            """
            {"series": \(series.count), "years": \(years), "occurrences": \(occurrences), "seconds": \(seconds), \
            "per_second": \(Double(occurrences) / seconds), "longest_step_ms": \(longest), \
            "memory_mb": \(memory())}
            """)
    }

    private var assets: [Asset] {
        (0..<2000).map {
            Asset(
                id: AssetID("A\($0)"), assetClass: .pump, label: Bilingual(zh: "设备\($0)", en: "Asset \($0)"),
                location: "B1")
        }
    }

    private func plans() throws -> [Plan] {
        let rules = [
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", "FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;BYMONTHDAY=10",
            "FREQ=MONTHLY;BYDAY=1MO", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=20",
            "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=-1",
            "FREQ=YEARLY;BYMONTH=4,10;BYMONTHDAY=15", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=10",
            "FREQ=DAILY;INTERVAL=15", "FREQ=WEEKLY;INTERVAL=4",
        ]
        return try rules.enumerated().map { index, rule in
            let job = Job(id: "look", label: Bilingual(zh: "看", en: "Look"), items: [])
            var plan = Plan(
                id: PlanID("p\(index)"), label: Bilingual(zh: "保养", en: "Service"),
                mode: index == 0 ? .maxgap : .fixed,
                levels: [
                    Plan.Level(id: "all", every: 1, job: job), Plan.Level(id: "more", every: 6, job: job),
                ])
            plan.grid = .rule(
                start: CivilDate(year: 2026, month: 1, day: 1), try RecurrenceRule(parsing: rule), added: [],
                excluded: [])
            plan.maximumGapDays = index == 0 ? 15 : nil
            plan.leadDays = 3
            return plan
        }
    }

    private func moment(_ day: CivilDate, _ zone: SiteZone) -> Moment {
        let wall = zone.instant(of: day, minutes: 480)
        return Moment(wallMilliseconds: wall, uptimeMilliseconds: wall - 1_500_000_000_000)
    }

    /// The most memory the process had, MB.
    private func memory() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") } ?? ""
        return (Int(line.filter(\.isNumber)) ?? 0) / 1024
    }
}

/// How long the next day of a rule takes.
struct RuleTimes {
    let count: Int

    func run() {
        var random = Numbers()
        var longest = 0
        var slowest = ""
        var sum = 0
        for _ in 0..<count {
            let (start, rule) = random.rule()
            let recurrence = Recurrence(start: start, rule: rule)
            // The processor's time: what other programs do meanwhile is not the rule's.
            let began = clock()
            _ = recurrence.dates().first { _ in true }
            let taken = Int(clock() - began)
            sum += taken
            if taken > longest { (longest, slowest) = (taken, "\(rule)") }
        }
        let milliseconds = Double(longest) * 1000 / Double(CLOCKS_PER_SEC)
        let mean = Double(sum) * 1_000_000 / Double(CLOCKS_PER_SEC)
        print(
            """
            {"rules": \(count), "longest_ms": \(milliseconds), "slowest": "\(slowest)", \
            "mean_us": \(mean / Double(count))}
            """)
    }
}

/// Numbers that are the same in every run.
struct Numbers {
    private var state: UInt64 = 20_260_306

    mutating func below(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % limit
    }

    mutating func rule() -> (CivilDate, RecurrenceRule) {
        var rule = RecurrenceRule([.daily, .weekly, .monthly, .yearly][below(4)])
        rule.interval = 1 + below(12)
        if below(3) == 0 { rule.months = [1 + below(12), 1 + below(12)] }
        if below(3) == 0 { rule.monthDays = [1 + below(31), -1 - below(31)] }
        if below(2) == 0 {
            let hasOrdinal = rule.frequency == .monthly || rule.frequency == .yearly
            rule.weekdays = (0..<(1 + below(4))).map { _ in
                RecurrenceRule.Weekday(
                    1 + below(7), ordinal: hasOrdinal && below(2) == 0 ? 1 + below(5) : nil)
            }
        }
        if !rule.weekdays.isEmpty, below(4) == 0 { rule.setPositions = [1 + below(6), -1 - below(6)] }
        return (CivilDate(dayNumber: 10_000 + below(15_000)), rule)
    }
}
