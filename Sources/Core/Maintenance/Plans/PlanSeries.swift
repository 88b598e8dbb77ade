internal import Facility

/// A plan and its rule in words, one for all assets the plan is for.
final class PlanText: Sendable {
    let plan: Plan
    let rule: String

    init(_ plan: Plan) {
        self.plan = plan
        if case .rule(_, let rule, _, _) = plan.grid { self.rule = rule.description } else { rule = "" }
    }
}

/// One plan at one asset as it is stepped.
struct PlanSeries: Sendable {
    /// What stays the same from step to step, shared by all copies.
    private final class Setting: Sendable {
        let id: PlanSeriesID
        let plan: PlanText
        let commissioned: CivilDate?
        let recurrence: Recurrence?
        /// About how many days lie between two dates.
        let typicalDays: Int

        init(plan: PlanText, asset: Asset) {
            id = PlanSeriesID(plan: plan.plan.id, asset: asset.id)
            self.plan = plan
            commissioned = asset.commissioned
            recurrence = plan.plan.recurrence(commissioned: asset.commissioned)
            typicalDays = PlanSeries.typicalDays(plan.plan, recurrence)
        }
    }

    private let setting: Setting
    var memory: PlanSeriesMemory
    /// The first day on which there is something to decide again.
    var wake = PlanSeries.atOnce
    /// Before every day, whatever a clock shows.
    static let atOnce = CivilDate(dayNumber: .min / 4)
    /// Whether anything is remembered of the series yet.
    private(set) var isEntered: Bool
    /// The date after the cursor, once it was looked up.
    private var next: (nominal: CivilDate, count: Int)?
    private var dates: RecurrenceDates?

    var id: PlanSeriesID { setting.id }
    var plan: Plan { setting.plan.plan }
    var commissioned: CivilDate? { setting.commissioned }
    var recurrence: Recurrence? { setting.recurrence }
    var typicalDays: Int { setting.typicalDays }
    /// The rule of the grid as it is told among the reasons.
    var ruleText: String { setting.plan.rule }

    init(plan text: PlanText, asset: Asset, memory: PlanSeriesMemory?) {
        setting = Setting(plan: text, asset: asset)
        isEntered = memory != nil
        self.memory = memory ?? PlanSeriesMemory(series: setting.id, schedule: "", firstSeen: Self.atOnce)
    }

    /// How far the clock may fall back and be the same clock, in days of the calendar.
    private static let toleratedDays = 2

    /// Begins with the plan as it is on a day that is believed: what is entered on a day that never was would keep
    /// the plan from its dates.
    mutating func enter(on today: CivilDate) {
        let schedule = Self.schedule(plan, recurrence)
        if !isEntered { memory = PlanSeriesMemory(series: id, schedule: schedule, firstSeen: today) }
        isEntered = true
        var kept = memory
        if kept.firstSeen.dayNumber - today.dayNumber > Self.toleratedDays {
            // It was entered by a clock that was ahead: numbers go on, days begin anew.
            kept.firstSeen = today
            kept.cursor = nil
            kept.lastPlanned = nil
            kept.lastSatisfied = nil
            kept.missedInRow = 0
            kept.revision += 1
            (next, dates) = (nil, nil)
        }
        if kept.schedule != schedule {
            // What was not in force cannot have been missed.
            kept.schedule = schedule
            kept.revision += 1
            kept.meterBase = nil
            if recurrence != nil {
                kept.cursor = [kept.cursor, today.advanced(days: -1)].compactMap(\.self).max()
                kept.count = Self.count(recurrence, through: kept.cursor)
            }
        }
        let calendar = Self.calendar(plan)
        if kept.calendar != calendar {
            if !kept.calendar.isEmpty { kept.revision += 1 }
            kept.calendar = calendar
        }
        memory = kept
    }

    /// The schedule in words: a plan that says the same plans the same dates.
    private static func schedule(_ plan: Plan, _ recurrence: Recurrence?) -> String {
        var parts = [plan.mode.rawValue, plan.interval?.description ?? "", plan.monthEnd.rawValue]
        if let recurrence {
            parts += [recurrence.start.description, recurrence.rule?.description ?? ""]
            parts += (recurrence.added + recurrence.excluded.sorted()).map(\.description)
        }
        if let meter = plan.meter { parts.append("\(meter.point)/\(meter.step)") }
        return parts.joined(separator: " ")
    }

    /// The days the calendar knows, and how dates move by them, in short.
    private static func calendar(_ plan: Plan) -> String {
        let days = (plan.calendar.holidays.map(\.dayNumber) + plan.calendar.workdays.map { -$0.dayNumber })
            .sorted()
        let mark = days.reduce(into: UInt64(14_695_981_039_346_656_037)) { mark, day in
            mark = (mark ^ UInt64(bitPattern: Int64(day))) &* 1_099_511_628_211
        }
        return "\(plan.shift.rawValue) \(plan.calendar.id) \(mark)"
    }

    private static func count(_ recurrence: Recurrence?, through day: CivilDate?) -> Int {
        guard let recurrence, let day else { return 0 }
        var count = 0
        for date in recurrence.dates() {
            guard date <= day else { break }
            count += 1
        }
        return count
    }

    private static func typicalDays(_ plan: Plan, _ recurrence: Recurrence?) -> Int {
        if let gap = plan.maximumGapDays { return gap }
        if let interval = plan.interval { return interval.days }
        guard let recurrence else { return 365 }
        let dates = Array(recurrence.dates().prefix(4))
        return zip(dates, dates.dropFirst()).map { $1.dayNumber - $0.dayNumber }.max() ?? 365
    }

    /// The next date of the grid that has no occurrence yet.
    mutating func nextDate() -> (nominal: CivilDate, count: Int)? {
        if let next { return next }
        guard let recurrence else { return nil }
        if dates == nil {
            let from = memory.cursor?.advanced(days: 1) ?? memory.firstSeen
            if memory.cursor == nil {
                memory.count = Self.count(recurrence, through: from.advanced(days: -1))
            }
            dates = recurrence.dates(from: from)
        }
        next = dates?.next().map { ($0, memory.count + 1) }
        return next
    }

    /// Counts the next date as one that has an occurrence.
    mutating func pass() {
        guard let next else { return }
        memory.cursor = next.nominal
        memory.count = next.count
        self.next = nil
    }
}
