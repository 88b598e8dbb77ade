public import Facility

/// One time that a plan fell due at an asset, and what became of it.
public struct PlanOccurrence: Hashable, Sendable, Codable {
    /// Where it stands. Every date of a grid ends in exactly one of the states after the first.
    public enum State: String, Hashable, Sendable, CaseIterable, Codable {
        /// An order is open for it.
        case generated
        /// Done within its window.
        case satisfiedOnTime = "satisfied_on_time"
        /// Done outside its window.
        case satisfiedLate = "satisfied_late"
        /// Not done before the next one came, or nothing was watched then.
        case missed
        /// Not to be done.
        case skipped
        /// Another plan's work near its date covers it.
        case superseded
        /// Its order was given up.
        case cancelled

        /// Whether nothing more can happen to it.
        public var isFinal: Bool { self != .generated }
    }

    /// Which one it is.
    public let id: PlanOccurrenceID
    /// The plan and the asset.
    public let series: PlanSeriesID
    /// The date its rule names, or the day its meter or condition asked for it.
    public let nominal: CivilDate
    /// The date the work is due.
    public var due: CivilDate
    /// The level of its work, counted from 0.
    public var level: Int
    /// Where it stands.
    public var state: State
    /// Why it stands there: `downtime`, `season`; nil where the state says it all.
    public var note: String?
    /// The order of its work.
    public var order: OrderNumber?
    /// The day the work was done.
    public var completed: CivilDate?
    /// Why it is due on that day.
    public var reasons: [PlanReason]

    /// An occurrence as it comes into being.
    public init(
        id: PlanOccurrenceID, series: PlanSeriesID, nominal: CivilDate, due: CivilDate, level: Int,
        state: State = .generated, note: String? = nil, reasons: [PlanReason] = []
    ) {
        self.id = id
        self.series = series
        self.nominal = nominal
        self.due = due
        self.level = level
        self.state = state
        self.note = note
        self.reasons = reasons
    }

    /// The same occurrence, ended.
    func ended(_ state: State, _ note: String? = nil) -> PlanOccurrence {
        var other = self
        other.state = state
        other.note = note
        return other
    }
}
