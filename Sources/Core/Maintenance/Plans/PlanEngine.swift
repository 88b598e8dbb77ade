public import Facility

/// All plans of a site as one value: a moment and facts in, what has to be done out.
///
/// Dates are worked out from the grid, never from the date before, and each has one identity: however often and
/// whenever the engine is stepped, nothing comes twice and nothing vanishes. Every date that the grid names
/// between the day a series was first seen and today ends in exactly one state.
public struct PlanEngine: Sendable {
    private let zone: SiteZone
    var series: [PlanSeries] = []
    private(set) var places: [PlanSeriesID: Int] = [:]
    var placesOfOrder: [OrderNumber: Int] = [:]
    private var conditional: [Int] = []
    private var metered: [Int] = []
    /// Where the plans' counters start again, and how fast they can count.
    private var counters: [MeterKey: Plan.Meter] = [:]
    /// What the plans' meters have added up.
    public private(set) var meters: [MeterKey: MeterTally] = [:]
    private var clock: PlanClockMemory
    private var steppedDay: CivilDate?
    /// Whether the series stand as they do on a day that is believed.
    private var isEntered = false
    /// The series that something happened to since: they go on with the next step at which the clock is believed.
    var waiting: Set<Int> = []
    private var gone: [PlanSeriesMemory] = []
    /// The series that changed since their memory was taken last.
    var changed: Set<Int> = []
    private var hasNewClock = false
    private let calendars: [WorkCalendar]

    /// A point whose readings a plan adds up.
    public struct MeterKey: Hashable, Comparable, Sendable {
        /// The asset.
        public let asset: AssetID
        /// Its point.
        public let point: String
        /// What is read from it.
        public let kind: Plan.Meter.Kind

        /// Names a meter.
        public init(asset: AssetID, point: String, kind: Plan.Meter.Kind) {
            self.asset = asset
            self.point = point
            self.kind = kind
        }

        /// Orders by asset, point and kind.
        public static func < (left: Self, right: Self) -> Bool {
            (left.asset, left.point, left.kind.rawValue) < (right.asset, right.point, right.kind.rawValue)
        }
    }

    /// Begins with the plans of a site, carrying on from what is remembered.
    ///
    /// - Parameter series: which plan is at which asset.
    public init(
        series: [(plan: Plan, asset: Asset)], zone: SiteZone, memory: PlanMemory, at now: Moment
    ) {
        self.zone = zone
        clock = memory.clock ?? PlanClockMemory(believing: now)
        hasNewClock = memory.clock == nil && !series.isEmpty
        let kept = Dictionary(memory.series.map { ($0.series, $0) }, uniquingKeysWith: { _, last in last })
        var texts: [PlanID: PlanText] = [:]
        for (plan, asset) in series {
            let id = PlanSeriesID(plan: plan.id, asset: asset.id)
            guard places.updateValue(self.series.count, forKey: id) == nil else { continue }
            let text = texts[plan.id].flatMap { $0.plan == plan ? $0 : nil } ?? PlanText(plan)
            texts[plan.id] = text
            let item = PlanSeries(plan: text, asset: asset, memory: kept[id])
            for order in item.memory.open.compactMap(\.order) { placesOfOrder[order] = self.series.count }
            if plan.mode == .condition { conditional.append(self.series.count) }
            if let meter = plan.meter {
                metered.append(self.series.count)
                let key = MeterKey(asset: asset.id, point: meter.point, kind: meter.kind)
                counters[key] = counters[key]?.completed(by: meter) ?? meter
                meters[key] =
                    memory.meters.first { $0.key == key }
                    ?? MeterTally(asset: asset.id, point: meter.point, kind: meter.kind)
            }
            self.series.append(item)
        }
        var named: [String: WorkCalendar] = [:]
        for item in self.series where item.plan.shift != .none {
            named[item.plan.calendar.id] = item.plan.calendar
        }
        calendars = named.keys.sorted().compactMap { named[$0] }
        gone = memory.series.filter { places[$0.series] == nil }
    }

    // MARK: Questions

    /// The occurrences whose order is open.
    public var openOccurrences: [PlanOccurrence] { series.flatMap(\.memory.open) }

    /// What everything remembers, as the ledger would give it back.
    public var memory: PlanMemory {
        var memory = PlanMemory()
        memory.series = series.filter(\.isEntered).map(\.memory) + gone
        memory.clock = clock
        memory.meters = meters.keys.sorted().compactMap { meters[$0] }
        return memory
    }

    /// The occurrence an order is open for.
    public func occurrence(of order: OrderNumber) -> PlanOccurrence? {
        placesOfOrder[order].flatMap { series[$0].memory.open.last { $0.order == order } }
    }

    /// The plan of a series.
    public func plan(of id: PlanSeriesID) -> Plan? { places[id].map { series[$0].plan } }

    /// The series whose work a condition asks for, with the rule of the condition.
    public var conditions: [(series: PlanSeriesID, rule: RuleID)] {
        conditional.compactMap { place in
            series[place].plan.condition.map { (series[place].id, $0.rule) }
        }
    }

    // MARK: The step

    /// Takes one step.
    public mutating func step(at now: Moment, facts: PlanFacts) -> [PlanAction] {
        var actions: [PlanAction] = []
        let today = zone.date(at: now.wallMilliseconds)
        var due = Set(facts.endings.keys.compactMap { placesOfOrder[$0] })
        defer { for order in facts.endings.keys { placesOfOrder[order] = nil } }
        guard isBelievable(now, facts, &actions) else {
            // An order that ended has ended on its own day, whatever the clock shows now.
            for place in due.sorted() { advance(place, now, facts, &actions, endingsOnly: true) }
            waiting.formUnion(due)
            return actions
        }
        if !isEntered { enter(on: today) }
        due.formUnion(waiting)
        waiting = []
        if steppedDay != today {
            steppedDay = today
            due.formUnion(series.indices.filter { series[$0].wake <= today })
            warn(on: today, facts, &actions)
        }
        due.formUnion(conditional)
        due.formUnion(metered.filter { isMarkNear(series[$0], on: today) })
        retire(&actions)
        for place in due.sorted() { advance(place, now, facts, &actions) }
        return actions
    }

    /// Notes which order was opened for an occurrence.
    public mutating func bind(_ occurrence: PlanOccurrence, to order: OrderNumber) {
        guard let place = places[occurrence.series],
            let index = series[place].memory.open.firstIndex(where: { $0.id == occurrence.id })
        else { return }
        series[place].memory.open[index].order = order
        placesOfOrder[order] = place
        changed.insert(place)
    }

    /// Takes a reading of a point that plans add up; tells where a counter goes on from elsewhere.
    ///
    /// - Parameters:
    ///   - now: when it is taken; nil where the clock of the reading is all that is known.
    ///   - fastest: how much a counter of that unit can add up in an hour, where its plan does not say.
    @discardableResult
    public mutating func take(
        _ reading: Double, of key: MeterKey, at wallMilliseconds: Int64, now: Moment? = nil,
        fastest: Double? = nil
    ) -> MeterTally.Break? {
        let counter = counters[key]
        // What is used on a day that was never there tells nothing of the mean use. Readings come before the step
        // that would doubt the clock.
        let isBelieved = clock.doubt == nil && now.map { !hasLeapt($0) } ?? true
        return meters[key]?.take(
            reading, at: wallMilliseconds, uptime: now?.uptimeMilliseconds,
            on: isBelieved ? zone.date(at: wallMilliseconds) : nil, rollover: counter?.rollover,
            fastest: counter?.fastest ?? fastest)
    }

    /// A counter was replaced; nil where no plan reads it.
    public mutating func replaceMeter(
        _ key: MeterKey, showing reading: Double, old: Double?
    ) -> MeterTally.Break? {
        meters[key]?.replace(showing: reading, old: old)
    }

    /// What changed since the last time this was asked: the memory to keep.
    public mutating func takeChanges() -> (series: [PlanSeriesMemory], clock: PlanClockMemory?) {
        let memories = changed.sorted().map { series[$0].memory } + goneChanges
        defer {
            changed = []
            goneChanges = []
            hasNewClock = false
        }
        return (memories, hasNewClock ? clock : nil)
    }

    private var goneChanges: [PlanSeriesMemory] = []

    // MARK: The clock

    /// How far the clock may move without being doubted: a day, and an hour for the change of offset.
    private static let toleratedMilliseconds: Int64 = 25 * 3_600_000
    /// How often the clock is kept, milliseconds.
    private static let keepingMilliseconds: Int64 = 3_600_000

    /// By how much the clock leapt that is not believed, milliseconds; nil while it is believed.
    public var doubtedLeapMilliseconds: Int64? { clock.doubt?.leapMilliseconds }

    private mutating func isBelievable(
        _ now: Moment, _ facts: PlanFacts, _ actions: inout [PlanAction]
    ) -> Bool {
        let leap = clock.leap(at: now)
        let hasLeapt = hasLeapt(now)
        resumeDoubt(leap, now)
        guard
            facts.isClockTrusted,
            !hasLeapt || facts.isClockSynchronised || isProven(leap, now)
        else {
            doubt(leap, now, &actions)
            return false
        }
        if clock.doubt != nil {
            clock.doubt = nil
            hasNewClock = true
            actions.append(.clockUntrusted(false))
            isEntered = false
        }
        if hasLeapt {
            // What was believed before was the mistake.
            clock.lastWallMilliseconds = now.wallMilliseconds
            hasNewClock = true
            isEntered = false
        }
        clock.lastUptimeMilliseconds = now.uptimeMilliseconds
        if now.wallMilliseconds > clock.lastWallMilliseconds {
            let period = Self.keepingMilliseconds
            if now.wallMilliseconds / period != clock.lastWallMilliseconds / period { hasNewClock = true }
            clock.lastWallMilliseconds = now.wallMilliseconds
        }
        return true
    }

    /// Whether the clock moved further than it may without being doubted.
    private func hasLeapt(_ now: Moment) -> Bool {
        now.wallMilliseconds < clock.lastWallMilliseconds - Self.toleratedMilliseconds
            || clock.leap(at: now) > Self.toleratedMilliseconds
    }

    /// Carries a doubt on over a start of the machine: a clock that went on from where it stood is the same one.
    private mutating func resumeDoubt(_ leap: Int64, _ now: Moment) {
        guard let before = clock.doubt, let off = before.offMilliseconds(at: now) else { return }
        let isSame = abs(off) < Self.toleratedMilliseconds
        var doubt = ClockDoubt(
            leapMilliseconds: leap, sinceUptimeMilliseconds: isSame ? 0 : now.uptimeMilliseconds, at: now)
        if isSame { doubt.provenMilliseconds = before.provenMilliseconds }
        clock.doubt = doubt
        clock.lastUptimeMilliseconds = clock.lastUptimeMilliseconds ?? 0
        hasNewClock = true
    }

    /// Begins with every series as it is on a day that is believed, whatever day it was taken to be before.
    private mutating func enter(on today: CivilDate) {
        isEntered = true
        steppedDay = nil
        for place in series.indices {
            let before = series[place].isEntered ? series[place].memory : nil
            series[place].enter(on: today)
            series[place].wake = PlanSeries.atOnce
            if series[place].memory != before { changed.insert(place) }
        }
    }

    /// Whether a clock that leapt has run on for so long that it is believed.
    private func isProven(_ leap: Int64, _ now: Moment) -> Bool {
        guard let doubt = clock.doubt, !isOther(leap, than: doubt) else { return false }
        return doubt.ranOn(until: now.uptimeMilliseconds) >= doubt.proofMilliseconds
    }

    private mutating func doubt(_ leap: Int64, _ now: Moment, _ actions: inout [PlanAction]) {
        if let doubt = clock.doubt, !isOther(leap, than: doubt) {
            // So that a start of the machine costs an hour of the proof at most.
            let period = Self.keepingMilliseconds
            if now.uptimeMilliseconds / period != (doubt.lastUptimeMilliseconds ?? 0) / period {
                hasNewClock = true
            }
            clock.doubt?.see(now)
            return
        }
        if clock.doubt == nil { actions.append(.clockUntrusted(true)) }
        // So that a restart measures from the same moment.
        clock.lastUptimeMilliseconds = clock.lastUptimeMilliseconds ?? 0
        clock.doubt = ClockDoubt(
            leapMilliseconds: leap, sinceUptimeMilliseconds: now.uptimeMilliseconds, at: now)
        hasNewClock = true
    }

    /// Whether the clock leapt once more: then it has to be proven anew.
    private func isOther(_ leap: Int64, than doubt: ClockDoubt) -> Bool {
        abs(leap - doubt.leapMilliseconds) > Self.toleratedMilliseconds
    }

    private mutating func warn(on today: CivilDate, _ facts: PlanFacts, _ actions: inout [PlanAction]) {
        for calendar in calendars {
            let year = today.advanced(days: 31).components.year
            guard !calendar.years.contains(year), calendar.id != WorkCalendar.ordinary.id,
                clock.warnedYears.insert("\(calendar.id)/\(year)").inserted
            else { continue }
            hasNewClock = true
            actions.append(.missingYear(calendar: calendar.id, year: year))
        }
        for asset in clock.longStopped {
            if case .stopped? = facts.standings[asset] { continue }
            clock.longStopped.remove(asset)
            hasNewClock = true
        }
        for (asset, standing) in facts.standings.sorted(by: { $0.key < $1.key }) {
            guard case .stopped(let since) = standing else { continue }
            guard today.dayNumber - since.dayNumber > 365, clock.longStopped.insert(asset).inserted else {
                continue
            }
            hasNewClock = true
            actions.append(.inspectionNeeded(asset))
        }
    }

    // MARK: One series

    /// Ends what plans and assets that are gone have left open; when they return they plan from that day on.
    private mutating func retire(_ actions: inout [PlanAction]) {
        guard gone.contains(where: { !$0.schedule.isEmpty }) else { return }
        for index in gone.indices where !gone[index].schedule.isEmpty {
            for open in gone[index].open { actions.append(.settle(open.ended(.cancelled, "plan_removed"))) }
            gone[index].open = []
            gone[index].schedule = ""
            goneChanges.append(gone[index])
        }
    }

    func stage(of place: Int, _ now: Moment, _ facts: PlanFacts) -> SeriesStage {
        let meter = series[place].plan.meter.flatMap {
            meters[MeterKey(asset: series[place].id.asset, point: $0.point, kind: $0.kind)]
        }
        var stage = SeriesStage(
            series: series[place], today: zone.date(at: now.wallMilliseconds), now: now, facts: facts,
            meter: meter)
        if let absorber = stage.series.plan.absorber {
            let id = PlanSeriesID(plan: absorber, asset: stage.series.id.asset)
            stage.absorber = places[id].map { series[$0].recurrence } ?? nil
        }
        return stage
    }

    private mutating func advance(
        _ place: Int, _ now: Moment, _ facts: PlanFacts, _ actions: inout [PlanAction],
        endingsOnly: Bool = false
    ) {
        var stage = self.stage(of: place, now, facts)
        let before = series[place].memory
        if endingsOnly { stage.closeEnded() } else { stage.run() }
        series[place] = stage.series
        actions += stage.actions
        if before != stage.series.memory { changed.insert(place) }
        for occurrence in stage.series.memory.open {
            if let order = occurrence.order { placesOfOrder[order] = place }
        }
    }

    private func isMarkNear(_ item: PlanSeries, on today: CivilDate) -> Bool {
        guard let meter = item.plan.meter,
            let tally = meters[MeterKey(asset: item.id.asset, point: meter.point, kind: meter.kind)]
        else { return false }
        guard let base = item.memory.meterBase else { return tally.last != nil }
        let mark = base + meter.step * Double(meter.isFixed ? item.memory.count + 1 : 1)
        return tally.total >= mark && (meter.isFixed || item.memory.open.isEmpty)
    }
}

extension MeterTally {
    /// What the tally is of.
    public var key: PlanEngine.MeterKey { PlanEngine.MeterKey(asset: asset, point: point, kind: kind) }
}
