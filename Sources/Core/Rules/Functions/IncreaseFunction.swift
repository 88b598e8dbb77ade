import Facility

/// `increase(counter, 1h)`: how much a counter counted in the last hour.
///
/// A counter that falls was reset and has counted from 0 since. With `wrap: 65536` a counter that falls from
/// near its top to near its bottom went over its top instead: what it would have counted then is less than half
/// of the wrap. What was counted while the counter was unknown counts at the moment it is known again, unless it
/// was unknown for longer than the span.
enum IncreaseFunction: WindowFunction {
    static let name = "increase"
    static let usage = "increase(counter, 1h, wrap: 65536)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        var call = call
        let wrap = try lowering.takeWrap(&call, usage: usage)
        let unit = try lowering.lowerQuantityWindow(call, Self.self, wrap: wrap)
        guard unit?.dimension != .temperature else {
            throw ExpressionProblem(call.arguments[0].offset, "rule.temperature-arithmetic")
        }
        return .number(unit)
    }

    static func gathering(_ call: RuleProgram.Call) -> TimeWindow.Gathering { .events }

    static func event(from old: Double, to new: Double, _ call: RuleProgram.Call) -> Double {
        let step = Self.step(from: old, to: new, wrap: call.wrap)
        return step.isFinite ? step : 0
    }

    static func value(_ reading: WindowReading) -> Double { reading.covered(reading.summary.events) }

    /// What a counter counted between two readings.
    static func step(from old: Double, to new: Double, wrap: Double?) -> Double {
        guard new < old else { return new - old }
        if let wrap, old < wrap, new >= 0, new + (wrap - old) < wrap / 2 { return new + (wrap - old) }
        return max(new, 0)
    }
}
