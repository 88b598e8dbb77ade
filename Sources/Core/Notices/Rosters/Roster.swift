public import Facility

/// Who is on duty when, by the clock on the wall of one zone.
///
/// Layers lie over one another: of those with somebody on duty at a moment the last one counts. An override lies
/// over all of them, and a swap puts one person in the place of another wherever the roster names them.
public struct Roster: Hashable, Sendable {
    /// Some people in one another's place for a time.
    public struct Override: Hashable, Sendable {
        /// Who is on duty instead.
        public let people: [PersonID]
        /// From when until when, milliseconds since 1970.
        public let span: Range<Int64>

        /// Describes an override.
        public init(people: [PersonID], span: Range<Int64>) {
            self.people = people
            self.span = span
        }
    }

    /// One person takes the duty of another.
    public struct Swap: Hashable, Sendable {
        /// Whose duty it was.
        public let absent: PersonID
        /// Who takes it.
        public let substitute: PersonID
        /// From when until when, milliseconds since 1970.
        public let span: Range<Int64>

        /// Describes a swap.
        public init(absent: PersonID, substitute: PersonID, span: Range<Int64>) {
            self.absent = absent
            self.substitute = substitute
            self.span = span
        }
    }

    /// The name in files: `duty`.
    public let id: String
    /// What people call it.
    public let label: Bilingual
    /// Whose clock its times are read from.
    public let zone: SiteZone
    /// The layers, the lowest first.
    public let layers: [RosterLayer]
    /// The overrides; of several at a moment the last one counts.
    public let overrides: [Override]
    /// The swaps; of several for the same person the last one counts.
    public let swaps: [Swap]
    /// Whether whoever comes on duty is told of what is open.
    public let isHandedOver: Bool

    /// Describes a roster.
    public init(
        id: String, label: Bilingual, zone: SiteZone, layers: [RosterLayer], overrides: [Override] = [],
        swaps: [Swap] = [], isHandedOver: Bool = true
    ) {
        self.id = id
        self.label = label
        self.zone = zone
        self.layers = layers
        self.overrides = overrides
        self.swaps = swaps
        self.isHandedOver = isHandedOver
    }

    /// Everybody the roster names, each once.
    public var people: [PersonID] {
        var seen: Set<PersonID> = []
        let all =
            layers.flatMap(\.people) + overrides.flatMap(\.people) + swaps.map(\.substitute)
        return all.filter { seen.insert($0).inserted }
    }
}

/// One layer of a roster: crews that take turns at shifts.
public struct RosterLayer: Hashable, Sendable {
    /// When the next crew has its turn.
    public enum Turn: String, Hashable, Sendable, CaseIterable {
        /// With every shift.
        case shift
        /// With every day that has a shift.
        case daily
        /// On one day of the week.
        case weekly
    }

    /// Which days have shifts.
    public enum Days: Hashable, Sendable {
        /// All.
        case all
        /// Those that a calendar says are worked.
        case worked(WorkCalendar)
        /// Those that it says are not.
        case off(WorkCalendar)

        /// Whether a day has shifts.
        func contains(_ day: CivilDate) -> Bool {
            switch self {
            case .all: true
            case .worked(let calendar): calendar.isWorkday(day)
            case .off(let calendar): !calendar.isWorkday(day)
            }
        }

        /// The calendar that says so.
        public var calendar: WorkCalendar? {
            switch self {
            case .all: nil
            case .worked(let calendar), .off(let calendar): calendar
            }
        }
    }

    /// A span of duty.
    public struct Shift: Hashable, Sendable {
        /// When it is.
        public let span: DailySpan
        /// Its own crews, which take turns like those of the layer; the layer's where empty.
        public let crews: [[PersonID]]

        /// Describes a shift.
        public init(_ span: DailySpan, crews: [[PersonID]] = []) {
            self.span = span
            self.crews = crews
        }
    }

    /// What people call it; nil if it has no name.
    public let label: Bilingual?
    /// Who takes turns, in order: each crew is the people who are on duty together.
    public let crews: [[PersonID]]
    /// When the next crew has its turn.
    public let turn: Turn
    /// The day of the week of a weekly hand-over: 1 Monday to 7 Sunday.
    public let handoverWeekday: Int
    /// When the duty is handed over, minutes after midnight: a shift that starts earlier belongs to the day before.
    public let handoverMinutes: Int
    /// The shifts, in order of their starts.
    public let shifts: [Shift]
    /// Which days have shifts.
    public let days: Days
    /// The day of the first crew's first shift; nil where nobody takes turns.
    public let start: CivilDate?
    /// The last day that has shifts; nil for no end.
    public let end: CivilDate?

    /// Describes a layer. Without shifts the duty is handed over once a day, around the clock.
    public init(
        label: Bilingual? = nil, crews: [[PersonID]], turn: Turn = .weekly, handoverWeekday: Int = 1,
        handoverMinutes: Int = 0, shifts: [Shift] = [], days: Days = .all, start: CivilDate? = nil,
        end: CivilDate? = nil
    ) {
        let around = DailySpan(fromMinutes: handoverMinutes, toMinutes: handoverMinutes)
        self.label = label
        self.crews = crews
        self.turn = turn
        self.handoverWeekday = handoverWeekday
        self.handoverMinutes = handoverMinutes
        self.shifts =
            shifts.isEmpty ? [Shift(around)] : shifts.sorted { $0.span.fromMinutes < $1.span.fromMinutes }
        self.days = days
        self.start = start
        self.end = end
    }

    /// Everybody the layer names.
    var people: [PersonID] { crews.flatMap(\.self) + shifts.flatMap { $0.crews.flatMap(\.self) } }

    /// A shift on a day, and who has it.
    struct Stint: Hashable {
        let span: Range<Int64>
        let crew: [PersonID]
    }

    /// The shifts that touch a span of time, in order of their starts.
    func stints(touching span: Range<Int64>, zone: SiteZone) -> [Stint] {
        let first = zone.date(at: span.lowerBound).advanced(days: -2)
        let last = zone.date(at: span.upperBound)
        var day = max(start ?? first, first)
        guard day <= min(end ?? last, last) else { return [] }
        var count = turnsTaken(before: day)
        var stints: [Stint] = []
        while day <= min(end ?? last, last) {
            if days.contains(day) {
                for (index, shift) in shifts(on: day).enumerated() {
                    guard let bounds = shift.span.bounds(on: day, in: zone), bounds.overlaps(span) else {
                        continue
                    }
                    let turn = turnNumber(of: shift, number: index, on: day, count)
                    stints.append(Stint(span: bounds, crew: crew(of: shift, turn: turn)))
                }
                count.add(shifts(on: day).count)
            }
            day = day.advanced(days: 1)
        }
        return stints.sorted { $0.span.lowerBound < $1.span.lowerBound }
    }

    /// The shifts and the days with shifts that lie behind.
    private struct Count {
        var shifts = 0
        var days = 0

        mutating func add(_ count: Int) {
            shifts += count
            days += count > 0 ? 1 : 0
        }
    }

    private func turnsTaken(before day: CivilDate) -> Count {
        var count = Count()
        guard let start, turn != .weekly, crews.count > 1 || shifts.contains(where: { $0.crews.count > 1 })
        else { return count }
        var next = start
        while next < day {
            if days.contains(next) { count.add(shifts(on: next).count) }
            next = next.advanced(days: 1)
        }
        return count
    }

    private func shifts(on day: CivilDate) -> [Shift] {
        shifts.filter { $0.span.days.contains(day.weekday) }
    }

    private func turnNumber(of shift: Shift, number: Int, on day: CivilDate, _ before: Count) -> Int {
        // What starts before the hand-over still belongs to those who had the day before.
        let isBeforeHandover = shift.span.fromMinutes < handoverMinutes
        switch turn {
        case .shift: return before.shifts + number
        case .daily: return before.days - (isBeforeHandover ? 1 : 0)
        case .weekly:
            let first = start ?? CivilDate(dayNumber: 4)
            let behind = (first.weekday - handoverWeekday + 7) % 7
            let since = day.dayNumber - (isBeforeHandover ? 1 : 0) - (first.dayNumber - behind)
            return since >= 0 ? since / 7 : (since - 6) / 7
        }
    }

    private func crew(of shift: Shift, turn: Int) -> [PersonID] {
        let crews = shift.crews.isEmpty ? self.crews : shift.crews
        guard !crews.isEmpty else { return [] }
        return crews[((turn % crews.count) + crews.count) % crews.count]
    }
}
