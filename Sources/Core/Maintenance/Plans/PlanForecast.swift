public import Facility

/// A date to come, or one whose order is open.
public struct PlannedDate: Hashable, Sendable {
    /// Which occurrence it is or will be.
    public let id: PlanOccurrenceID
    /// The plan and the asset.
    public let series: PlanSeriesID
    /// The date the rule names.
    public let nominal: CivilDate
    /// The date the work is due.
    public let due: CivilDate
    /// The level of the work, counted from 0.
    public let level: Int
    /// Why it is this date.
    public let reasons: [PlanReason]
    /// Why no work is due; nil where it is.
    public let skip: PlanSkip?
    /// The order that is open for it.
    public let order: OrderNumber?
    /// Rises whenever the dates of the series may have changed.
    public let revision: Int
}

/// What is to come, as if everything were done on its day.
public struct PlanForecast: Sendable {
    private let plan: Plan
    private let asset: Asset
    private let memory: PlanSeriesMemory?
    private let meter: MeterTally?
    private let today: CivilDate

    /// No series is followed further: a plan of every day for ten years.
    private static let limit = 4000

    /// Looks ahead from a day.
    ///
    /// - Parameters:
    ///   - memory: what the series remembers; nil where nobody can be asked, and then nothing is known of what
    ///     was done.
    ///   - meter: what its meter has added up.
    public init(
        _ plan: Plan, at asset: Asset, memory: PlanSeriesMemory? = nil, meter: MeterTally? = nil,
        today: CivilDate
    ) {
        self.plan = plan
        self.asset = asset
        self.memory = memory
        self.meter = meter
        self.today = today
    }

    private var id: PlanSeriesID { PlanSeriesID(plan: plan.id, asset: asset.id) }

    /// What is open, and all dates due until a day.
    public func dates(until end: CivilDate) -> [PlannedDate] {
        let open = (memory?.open ?? []).map { occurrence in
            PlannedDate(
                id: occurrence.id, series: id, nominal: occurrence.nominal, due: occurrence.due,
                level: occurrence.level, reasons: occurrence.reasons, skip: nil, order: occurrence.order,
                revision: revision)
        }
        switch plan.mode {
        case .fixed, .maxgap: return open + grid(until: end)
        case .floating: return open + floating(until: end)
        case .meter: return open + metered(until: end)
        case .condition: return open
        }
    }

    private var revision: Int { memory?.revision ?? 0 }

    private func grid(until end: CivilDate) -> [PlannedDate] {
        guard let recurrence = plan.recurrence(commissioned: asset.commissioned) else { return [] }
        let from = memory?.cursor?.advanced(days: 1) ?? memory?.firstSeen ?? today
        var found: [PlannedDate] = []
        var last = memory?.lastPlanned
        var owed = memory?.owed
        var count = 0
        for nominal in recurrence.dates() {
            count += 1
            guard nominal >= from else {
                // Where nobody knows what was done, the date before is taken for done on its day.
                if memory == nil {
                    last = plan.date(nominal: nominal, count: count, after: last).due
                }
                continue
            }
            let date = plan.date(
                nominal: nominal, count: count, after: last, commissioned: asset.commissioned)
            guard date.due <= end, found.count < Self.limit else { break }
            last = max(last ?? date.due, date.due)
            let skip = plan.exclusion(of: nominal)
            var (level, reasons) = (date.level, date.reasons)
            if skip == nil {
                if let owed, owed > level, plan.levels.indices.contains(owed) {
                    level = owed
                    reasons.append(.owed(plan.levels[owed].id))
                }
                owed = nil
            }
            found.append(
                PlannedDate(
                    id: PlanOccurrenceID(id, on: nominal), series: id, nominal: nominal, due: date.due,
                    level: level, reasons: reasons, skip: skip, order: nil, revision: revision))
        }
        return found
    }

    private func floating(until end: CivilDate) -> [PlannedDate] {
        guard let interval = plan.interval else { return [] }
        var found: [PlannedDate] = []
        var last = memory?.lastPlanned
        var count = memory?.count ?? 0
        var cursor = memory?.cursor
        while found.count < Self.limit {
            count += 1
            var reasons: [PlanReason] = []
            var nominal: CivilDate
            if let last {
                nominal = interval.after(last)
                reasons.append(.interval(interval.description, after: last))
            } else {
                nominal = max(plan.start ?? today, memory?.firstSeen ?? today)
                reasons.append(.first)
            }
            if let cursor, nominal <= cursor { nominal = cursor.advanced(days: 1) }
            let asked = nominal
            while plan.exclusion(of: nominal) != nil, nominal.dayNumber - asked.dayNumber < 366 {
                nominal = nominal.advanced(days: 1)
            }
            if nominal != asked { reasons.append(.season(from: asked)) }
            let due = plan.shifted(nominal, &reasons)
            guard due <= end else { break }
            let occurrence =
                plan.meter == nil ? PlanOccurrenceID(id, on: nominal) : PlanOccurrenceID(id, "n", count)
            found.append(
                PlannedDate(
                    id: occurrence, series: id, nominal: nominal, due: due, level: plan.level(ofDate: count),
                    reasons: reasons, skip: nil, order: nil, revision: revision))
            last = due
            cursor = nominal
        }
        return found
    }

    private func metered(until end: CivilDate) -> [PlannedDate] {
        guard let meter, let setting = plan.meter, let base = memory?.meterBase,
            setting.isFixed || memory?.open.isEmpty != false, let use = meter.usePerDay(on: today)
        else { return [] }
        let number = (memory?.count ?? 0) + 1
        let mark = base + setting.step * Double(setting.isFixed ? number : 1)
        guard let day = meter.forecast(of: mark, on: today), day <= end else { return [] }
        var reasons: [PlanReason] = [
            .meter(mark: PlanReason.text(mark), reading: PlanReason.text(meter.total)),
            .forecast(perDay: PlanReason.text(use)),
        ]
        let due = plan.shifted(day, &reasons)
        return [
            PlannedDate(
                id: PlanOccurrenceID(id, "k", number), series: id, nominal: day, due: due,
                level: plan.level(ofDate: number), reasons: reasons, skip: nil, order: nil,
                revision: revision)
        ]
    }
}

extension PlanBook {
    /// What is open and what is due until a day, by date, over all plans and assets.
    public func dates(
        at site: Site, memory: PlanMemory = PlanMemory(), today: CivilDate, until end: CivilDate
    ) -> [PlannedDate] {
        let kept = Dictionary(memory.series.map { ($0.series, $0) }, uniquingKeysWith: { _, last in last })
        let meters = Dictionary(memory.meters.map { ($0.key, $0) }, uniquingKeysWith: { _, last in last })
        return series(at: site).flatMap { plan, asset in
            PlanForecast(
                plan, at: asset, memory: kept[PlanSeriesID(plan: plan.id, asset: asset.id)],
                meter: plan.meter.flatMap {
                    meters[PlanEngine.MeterKey(asset: asset.id, point: $0.point, kind: $0.kind)]
                }, today: today
            ).dates(until: end)
        }.sorted { ($0.due, $0.series) < ($1.due, $1.series) }
    }
}
