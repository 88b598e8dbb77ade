import Facility
import Notices
import WebAPI

/// The columns of sums over steps.
struct SumColumns {
    /// Every table of steps tells the count anyway.
    private let sums: [Aggregate]
    private let states: [String]

    init(_ choice: AggregateChoice) {
        sums = Aggregate.allCases.filter { choice.sums.contains($0) && $0 != .count }
        states = choice.states
    }

    /// The headings.
    func columns(_ session: Session) -> [Table.Column] {
        sums.map { session.column($0.rawValue, isNumeric: $0 != .worst) }
            + states.flatMap { state in
                ["ms", "percent"].map { unit in
                    Table.Column(
                        session.text(Message("cli.column.time_in_\(unit)", ["state": .text(state)])),
                        name: "time-in:\(state)_\(unit)", isNumeric: true)
                }
            }
    }

    /// The cells of one step.
    func cells(_ bucket: BucketEntry, _ session: Session) -> [Table.Cell] {
        sums.map { cell(bucket, $0, session) }
            + states.flatMap { state -> [Table.Cell] in
                let time = bucket.timeIn?.first { $0.state == state }
                return [session.span(time?.ms), Self.number(time?.percent)]
            }
    }

    private func cell(_ bucket: BucketEntry, _ sum: Aggregate, _ session: Session) -> Table.Cell {
        switch sum {
        case .worst:
            return bucket.worst == "good" ? session.quality("good") : session.reason(bucket.worst)
        case .coverage:
            return .init(ValueText.number(bucket.coverage * 100) + " %", code: "\(bucket.coverage)")
        case .min, .max, .avg, .last, .increase, .sum, .first, .mean, .count:
            return Self.number(bucket[sum])
        }
    }

    /// A sum: with the digits that mean something for people, whole for programs.
    private static func number(_ number: Double?) -> Table.Cell {
        guard let number else { return "" }
        return .init(ValueText.number(number), code: ValueEntry.number(number).description)
    }
}

extension BucketEntry {
    /// One of the sums that are numbers.
    subscript(_ aggregate: Aggregate) -> Double? {
        switch aggregate {
        case .min: min
        case .max: max
        case .avg: avg
        case .last: last
        case .increase: increase
        case .sum: sum
        case .first: first
        case .mean: mean
        case .coverage: coverage
        case .count: Double(count)
        case .worst: nil
        }
    }
}
