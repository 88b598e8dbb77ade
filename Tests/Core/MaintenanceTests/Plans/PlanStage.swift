import Facility
import Maintenance
import Testing

/// Plans on a virtual clock: what they ask for is noted, orders are numbered as they come.
struct PlanStage {
    var engine: PlanEngine
    var series: [(plan: Plan, asset: Asset)]
    var facts = PlanFacts()
    var today: CivilDate
    /// Every occurrence ever named, as it stands.
    var records: [PlanOccurrenceID: PlanOccurrence] = [:]
    /// Ids that were opened or carried twice.
    var duplicates: [PlanOccurrenceID] = []
    var signals: [PlanAction] = []
    private var orders = 0
    private var uptime: Int64 = 0

    static let zone = SiteZone.fixed("Asia/Shanghai", hours: 8)

    init(_ series: [(plan: Plan, asset: Asset)], from day: String) throws {
        today = try #require(CivilDate(day))
        self.series = series
        engine = PlanEngine(series: series, zone: Self.zone, memory: PlanMemory(), at: Self.moment(today, 0))
    }

    static func moment(_ day: CivilDate, _ uptime: Int64) -> Moment {
        Moment(wallMilliseconds: zone.instant(of: day, minutes: 8 * 60), uptimeMilliseconds: uptime)
    }

    /// Steps on a day, as much later on the uptime clock; a day may be earlier than the last one.
    mutating func step(on day: CivilDate) {
        uptime += Int64(max(0, day.dayNumber - today.dayNumber)) * 86_400_000
        leap(to: day)
    }

    /// Steps an hour later on a day that the wall clock leaps to.
    mutating func leap(to day: CivilDate) {
        today = day
        uptime += 3_600_000
        take(engine.step(at: Self.moment(day, uptime), facts: facts))
        facts.endings = [:]
    }

    /// Steps every day up to one.
    mutating func run(until day: CivilDate, doing: (inout PlanStage) -> Void = { _ in }) {
        while today < day {
            step(on: today.advanced(days: 1))
            doing(&self)
        }
    }

    /// Begins anew with what was remembered.
    mutating func restart(with series: [(plan: Plan, asset: Asset)]? = nil) {
        if let series { self.series = series }
        begin(with: engine.memory)
    }

    /// Begins anew on a machine that was started anew, so that its uptime clock knows nothing of before.
    mutating func reboot() {
        var memory = engine.memory
        memory.clock = memory.clock?.afterReboot
        memory.meters = memory.meters.map(\.afterReboot)
        uptime = 60_000
        begin(with: memory)
    }

    /// The same with a clock that shows a day when the machine starts.
    mutating func reboot(showing day: CivilDate) {
        today = day
        reboot()
    }

    private mutating func begin(with memory: PlanMemory) {
        engine = PlanEngine(
            series: series, zone: Self.zone, memory: memory, at: Self.moment(today, uptime))
    }

    /// Ends the order of an occurrence on a day, and steps.
    mutating func end(_ occurrence: PlanOccurrence, _ ending: PlanFacts.Ending) {
        guard let order = occurrence.order else { return }
        facts.endings[order] = ending
        step(on: today)
    }

    /// Claims that work of an order counts as the next date of a plan, on today's or another day.
    @discardableResult
    mutating func credit(
        _ plan: String, _ asset: AssetID, order: OrderNumber, on day: CivilDate? = nil,
        isUnderWay: (OrderNumber) -> Bool = { _ in false }
    ) throws(PlanCreditRefusal) -> (done: PlanOccurrence, own: OrderNumber?) {
        let claim = PlanEngine.Claim(
            PlanCredit(plan) ?? PlanCredit(plan: ""), order: order, asset: asset, day: day ?? today)
        let now = Self.moment(today, uptime)
        let judged = try engine.judge(claim, at: now, isUnderWay: isUnderWay)
        let entered = try engine.enter(claim, at: now, isUnderWay: isUnderWay)
        if judged != entered.done.id { duplicates.append(judged) }
        note(entered.done, isNew: false)
        return entered
    }

    var open: [PlanOccurrence] { engine.openOccurrences }

    private mutating func take(_ actions: [PlanAction]) {
        for action in actions {
            switch action {
            case .open(let occurrence):
                orders += 1
                let number = OrderNumber("WO-20260101-\(orders)")
                engine.bind(occurrence, to: number)
                note(occurrence, isNew: true)
            case .carry(let occurrence, on: _): note(occurrence, isNew: true)
            case .settle(let occurrence): note(occurrence, isNew: false)
            case .move(let occurrence, from: _): note(occurrence, isNew: false)
            case .neglect, .missingYear, .clockUntrusted, .inspectionNeeded: signals.append(action)
            }
        }
    }

    private mutating func note(_ occurrence: PlanOccurrence, isNew: Bool) {
        if let before = records[occurrence.id], isNew || before.state.isFinal {
            duplicates.append(occurrence.id)
        }
        records[occurrence.id] = occurrence
    }
}

enum SamplePlans {
    static func job(_ id: String, items: Int) -> Job {
        Job(
            id: id, label: Bilingual(zh: id, en: id),
            items: (0..<items).map { Job.Item(id: "i\($0)", text: Bilingual(zh: "看", en: "look")) })
    }

    static func asset(_ id: String = "L1", commissioned: String? = nil) -> Asset {
        Asset(
            id: AssetID(id), assetClass: .lift, label: Bilingual(zh: id, en: id), location: "A",
            commissioned: commissioned.flatMap { CivilDate($0) })
    }

    static func plan(_ mode: Plan.Mode, _ id: PlanID = "visit") -> Plan {
        Plan(
            id: id, label: Bilingual(zh: "保养", en: "Visit"), mode: mode,
            levels: [Plan.Level(id: "half-month", every: 1, job: job("a1", items: 31))])
    }

    static func grid(_ rule: String, from start: String, mode: Plan.Mode = .fixed) throws -> Plan {
        var plan = plan(mode)
        plan.grid = .rule(
            start: CivilDate(start), try RecurrenceRule(parsing: rule), added: [], excluded: [])
        return plan
    }

    /// 2024 to 2026, as the State Council announced them.
    static let china: WorkCalendar = {
        func days(_ texts: [String]) -> Set<CivilDate> {
            Set(
                texts.flatMap { text -> [CivilDate] in
                    let parts = text.split(separator: "/").compactMap { CivilDate($0) }
                    guard let first = parts.first, let last = parts.last else { return [] }
                    return (first.dayNumber...last.dayNumber).map { CivilDate(dayNumber: $0) }
                })
        }
        return WorkCalendar(
            id: "cn", label: Bilingual(zh: "中国", en: "China"),
            holidays: days([
                "2024-01-01", "2024-02-10/2024-02-17", "2024-04-04/2024-04-06", "2024-05-01/2024-05-05",
                "2024-06-10", "2024-09-15/2024-09-17", "2024-10-01/2024-10-07", "2025-01-01",
                "2025-01-28/2025-02-04", "2025-04-04/2025-04-06", "2025-05-01/2025-05-05",
                "2025-05-31/2025-06-02", "2025-10-01/2025-10-08", "2026-01-01/2026-01-03",
                "2026-02-15/2026-02-23", "2026-04-04/2026-04-06", "2026-05-01/2026-05-05",
                "2026-06-19/2026-06-21", "2026-09-25/2026-09-27", "2026-10-01/2026-10-07",
            ]),
            workdays: days([
                "2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14",
                "2024-09-29", "2024-10-12", "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28",
                "2025-10-11", "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20",
                "2026-10-10",
            ]), years: [2024, 2025, 2026])
    }()
}
