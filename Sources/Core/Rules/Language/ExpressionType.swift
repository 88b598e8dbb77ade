import Facility

/// What an expression stands for.
enum ExpressionType: Hashable {
    /// A condition.
    case truth
    /// A quantity; bare where the unit is nil.
    case number(MeasurementUnit?)
    /// One of a few named states.
    case state([Point.State])
    /// Characters.
    case text

    /// What a point stands for.
    init(of point: Point) {
        switch point.kind {
        case .text: self = .text
        case .state where point.states.isEmpty: self = .truth
        case .state: self = .state(point.states)
        case .gauge, .counter:
            self = point.states.isEmpty ? .number(point.unit) : .state(point.states)
        }
    }

    /// Whether it can stand where a condition is asked for: conditions, and states that are only 0 and 1.
    var isTruth: Bool {
        switch self {
        case .truth: true
        case .state(let states): states.allSatisfy { $0.code == 0 || $0.code == 1 }
        case .number, .text: false
        }
    }

    /// What a person is told it is.
    var message: Message {
        switch self {
        case .truth: Message("rule.type.truth")
        case .number(nil): Message("rule.type.bare-number")
        case .number(let unit?): Message("rule.type.number", ["unit": .text(unit.symbol)])
        case .state: Message("rule.type.state")
        case .text: Message("rule.type.text")
        }
    }
}
