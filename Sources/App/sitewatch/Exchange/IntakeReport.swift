import Facility

/// What an import has read, and what of it could not be read.
struct IntakeReport {
    /// Why something was not imported.
    enum Reason: String, CaseIterable, Encodable, Hashable {
        case tooFewColumns = "too_few_columns"
        case tooLong = "too_long"
        case invalidTime = "invalid_time"
        case ambiguousTime = "ambiguous_time"
        case future = "future"
        case unknownPoint = "unknown_point"
        case invalidNumber = "invalid_number"
        case invalidQuality = "invalid_quality"
        case noValue = "no_value"

        /// The key of its texts.
        var key: String { rawValue.replacing("_", with: "-") }
    }

    /// Something that was not imported.
    struct Problem: Error {
        let reason: Reason
        /// What stood there.
        let text: String
        /// What the point may have been.
        var near: String?
    }

    /// So many are told one by one.
    static let namedLimit = 20

    /// Rows of the file.
    var rows = 0
    /// Samples taken in.
    private(set) var samples = 0
    /// Samples that came after a later one of their point.
    private(set) var unordered = 0
    /// Samples another one of the same time took the place of.
    var duplicates = 0
    /// What was refused, by reason.
    private(set) var refused: [Reason: Int] = [:]
    /// The first lines that were refused.
    private(set) var named: [(line: Int, problem: Problem)] = []
    private var newest: [String: Int64] = [:]

    /// How many points were met.
    var points: Int { newest.count }

    /// How many rows or cells were refused.
    var refusedCount: Int { refused.values.reduce(0, +) }

    /// Notes a sample that is taken in.
    mutating func take(_ point: String, at time: Int64) {
        samples += 1
        let last = newest[point] ?? .min
        if time < last { unordered += 1 } else { newest[point] = time }
    }

    /// Notes something that is refused.
    mutating func refuse(_ problem: Problem, line: Int) {
        refused[problem.reason, default: 0] += 1
        if named.count < Self.namedLimit { named.append((line, problem)) }
    }
}

extension IntakeReport.Problem {
    /// What people are told of it.
    var message: Message {
        let text = Message.Argument.text(self.text)
        if reason == .unknownPoint, let near {
            return Message("exchange.refused.unknown-point-near", ["text": text, "near": .text(near)])
        }
        return switch reason {
        case .tooFewColumns: Message("exchange.refused.too-few-columns", ["text": text])
        case .tooLong: Message("exchange.refused.too-long")
        case .invalidTime: Message("exchange.refused.invalid-time", ["text": text])
        case .ambiguousTime: Message("exchange.refused.ambiguous-time", ["text": text])
        case .future: Message("exchange.refused.future", ["text": text])
        case .unknownPoint: Message("exchange.refused.unknown-point", ["text": text])
        case .invalidNumber: Message("exchange.refused.invalid-number", ["text": text])
        case .invalidQuality: Message("exchange.refused.invalid-quality", ["text": text])
        case .noValue: Message("exchange.refused.no-value")
        }
    }
}
