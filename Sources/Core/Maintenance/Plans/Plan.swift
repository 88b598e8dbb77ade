public import Facility

/// Work that comes back by calendar, hours or condition, at every asset it applies to.
public struct Plan: Hashable, Sendable {
    /// How the next date follows from the last.
    public enum Mode: String, Hashable, Sendable, CaseIterable {
        /// On the dates of a grid that nothing moves.
        case fixed
        /// A span after the work was done.
        case floating
        /// On a grid, but never later than a span after the work was done or planned last.
        case maxgap
        /// When a counter has run a number of hours or starts.
        case meter
        /// When an alarm's condition holds.
        case condition
    }

    /// Which dates a grid has.
    public enum Grid: Hashable, Sendable {
        /// Those of a rule from a start on; from the day the asset went into service where none is given.
        case rule(start: CivilDate?, RecurrenceRule, added: [CivilDate], excluded: Set<CivilDate>)
        /// The birthdays of the asset in these years of its service, then every so many years.
        case ages([Int], then: Int)
    }

    /// What becomes of a date that is not worked.
    public enum WorkdayShift: String, Hashable, Sendable, CaseIterable {
        /// It stays.
        case none
        /// It moves to the next worked day.
        case next
        /// It moves to the worked day before.
        case prev
        /// It moves to the nearest worked day, the later one where two are as near.
        case nearest
    }

    /// What is done about dates that passed while nothing was watched.
    public enum MissedPolicy: String, Hashable, Sendable, CaseIterable {
        /// The newest is made up for.
        case one
        /// All are made up for.
        case all
        /// None is made up for.
        case none
    }

    /// What is done when the next date comes and the order of the last one is still open.
    public enum OverlapPolicy: String, Hashable, Sendable, CaseIterable {
        /// The open order takes over the new date with all items of both.
        case supersede
        /// The new date is left out.
        case skip
        /// There are two orders.
        case allow
    }

    /// Whether one of two triggers is enough.
    public enum Combination: String, Hashable, Sendable, CaseIterable {
        /// Whichever comes first.
        case first
        /// Both.
        case all
    }

    /// What every so manieth date asks for besides the ordinary work.
    public struct Level: Hashable, Sendable {
        /// The name: `quarter`.
        public let id: String
        /// Every how manieth date of the grid.
        public let every: Int
        /// The items it adds.
        public let job: Job

        /// Describes a level.
        public init(id: String, every: Int, job: Job) {
            self.id = id
            self.every = every
            self.job = job
        }
    }

    /// What counts towards the next time.
    public struct Meter: Hashable, Sendable {
        /// What is read from the point.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// A counter: the difference of its readings.
            case counter
            /// A contact: the hours it was closed.
            case hours
            /// A contact: how often it closed.
            case starts
        }

        /// The point of the asset: `run_hours`.
        public let point: String
        /// What is read from it.
        public let kind: Kind
        /// How much has to be added up, in the unit of the counter, hours or starts.
        public let step: Double
        /// Whether the next mark lies on the grid of the step, or a step after the work was done.
        public let isFixed: Bool
        /// Where the counter starts again at 0; nil where it does not.
        public let rollover: Double?
        /// How much the counter can add up in an hour: more is not believed at once. Nil for what its unit says.
        public let fastest: Double?

        /// Describes a meter.
        public init(
            point: String, kind: Kind, step: Double, isFixed: Bool, rollover: Double? = nil,
            fastest: Double? = nil
        ) {
            self.point = point
            self.kind = kind
            self.step = step
            self.isFixed = isFixed
            self.rollover = rollover
            self.fastest = fastest
        }

        /// The same, with what another plan knows of the counter where this one says nothing.
        func completed(by other: Meter) -> Meter {
            Meter(
                point: point, kind: kind, step: step, isFixed: isFixed, rollover: rollover ?? other.rollover,
                fastest: fastest ?? other.fastest)
        }
    }

    /// Which condition asks for the work.
    public struct Condition: Hashable, Sendable {
        /// The rule whose alarm has to be there.
        public let rule: RuleID
        /// For how long, milliseconds.
        public let holdMilliseconds: Int64

        /// Describes a condition.
        public init(rule: RuleID, holdMilliseconds: Int64) {
            self.rule = rule
            self.holdMilliseconds = holdMilliseconds
        }
    }

    /// The name.
    public let id: PlanID
    /// What people call it.
    public let label: Bilingual
    /// How the next date follows from the last.
    public var mode: Mode
    /// The dates of fixed plans and of those with a greatest gap.
    public var grid: Grid?
    /// The span of floating plans, and their first date.
    public var interval: CivilSpan?
    /// The first date of a floating plan; nil for the day it is first seen.
    public var start: CivilDate?
    /// The greatest number of days between two times.
    public var maximumGapDays: Int?
    /// What counts.
    public var meter: Meter?
    /// Which condition asks for the work.
    public var condition: Condition?
    /// Whether one of date and meter is enough.
    public var combination = Combination.first
    /// When on the day, minutes after midnight.
    public var minutesOfDay = 9 * 60
    /// How many days before the date the work counts for it.
    public var earlyDays = 0
    /// How many days after the date the work is still in time.
    public var lateDays = 0
    /// How many days before the date the order appears.
    public var leadDays = 7
    /// What becomes of a date that is not worked.
    public var shift = WorkdayShift.none
    /// The calendar of worked days.
    public var calendar = WorkCalendar.ordinary
    /// What becomes of a day that a month lacks.
    public var monthEnd = MonthEnd.skip
    /// The parts of the year the work belongs in; empty for the whole year.
    public var season: [YearSpan] = []
    /// The parts of the year in which it must not be done.
    public var blackout: [YearSpan] = []
    /// What is done about dates that passed while nothing was watched.
    public var missed = MissedPolicy.one
    /// What is done when the order of the last date is still open.
    public var overlap = OverlapPolicy.supersede
    /// The levels, the lowest first. A level brings the items of all below it.
    public var levels: [Level]
    /// A plan whose dates make those of this one needless near them, at the same asset.
    public var absorber: PlanID?
    /// How near, in days.
    public var absorbDays = 0
    /// Who does it.
    public var contractor: String?
    /// The rules whose alarms the work itself brings about.
    public var expects: [RuleID] = []
    /// What shows that it was done, for people.
    public var evidence: String?
    /// How urgent its orders are.
    public var priority = Priority.p4
    /// What kind of work it is.
    public var type = OrderType.preventive
    /// Where it comes from: a standard and its clause, a maker's manual.
    public var source: String?
    /// Whether somebody has compared it with its source.
    public var isVerified = false

    /// A plan with the work of its lowest level first.
    public init(id: PlanID, label: Bilingual, mode: Mode, levels: [Level]) {
        self.id = id
        self.label = label
        self.mode = mode
        self.levels = levels
    }

    /// The items of a level and all below it, each once, in order.
    public func items(ofLevel level: Int) -> [Job.Item] {
        var seen: Set<String> = []
        return levels.prefix(level + 1).flatMap { level in
            level.job.items.filter { seen.insert("\(level.job.id)/\($0.id)").inserted }
        }
    }

    /// The checklist of a level and all below it. Of items with one name the later ones are named with their job.
    public func job(ofLevel level: Int) -> Job {
        var names: Set<String> = []
        let items = levels.prefix(level + 1).flatMap { level in
            level.job.items.map { item in
                names.insert(item.id).inserted ? item : item.named("\(level.job.id)/\(item.id)")
            }
        }
        return Job(id: levels.prefix(level + 1).last?.job.id ?? id.name, label: label, items: items)
    }

    /// The highest level that the n-th date of the grid asks for, counted from 1.
    public func level(ofDate count: Int) -> Int {
        levels.lastIndex { count % $0.every == 0 } ?? 0
    }
}

/// A part of every year, from a day to a day; it may go over the turn of the year.
public struct YearSpan: Hashable, Sendable, CustomStringConvertible {
    /// The first day: month times 100 plus day.
    public let first: Int
    /// The last day: month times 100 plus day.
    public let last: Int

    /// From one month and day to another; nil where the calendar has no such day.
    public init?(from: (month: Int, day: Int), to: (month: Int, day: Int)) {
        guard CivilDate(year: 2024, month: from.month, day: from.day) != nil,
            CivilDate(year: 2024, month: to.month, day: to.day) != nil
        else { return nil }
        first = from.month * 100 + from.day
        last = to.month * 100 + to.day
    }

    /// Whether a day lies within.
    public func contains(_ day: CivilDate) -> Bool {
        let (_, month, dayOfMonth) = day.components
        let place = month * 100 + dayOfMonth
        return first <= last ? first <= place && place <= last : place >= first || place <= last
    }

    /// The span as it is written: `04-15..10-31`.
    public var description: String {
        func text(_ place: Int) -> String {
            let digits = String(10_000 + place).dropFirst()
            return "\(digits.prefix(2))-\(digits.suffix(2))"
        }
        return "\(text(first))..\(text(last))"
    }
}
