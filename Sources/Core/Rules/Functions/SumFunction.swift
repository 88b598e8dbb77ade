import Facility

/// `sum(flow, 24h)`: what a flow, a power or a speed adds up to in the last 24 hours: m³, kWh, m.
///
/// Other quantities have no total over time: of a counter there is `increase`, of a condition `runtime`.
enum SumFunction: WindowFunction {
    static let name = "sum"
    static let usage = "sum(flow, 24h)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        let unit = try lowering.lowerQuantityWindow(call, Self.self)
        guard let unit, let total = RateUnits.total(of: unit) else {
            throw ExpressionProblem(
                call.arguments[0].offset, "rule.no-total",
                ["found": .message(ExpressionType.number(unit).message)])
        }
        lowering.scale(by: total.factor)
        return .number(total.unit)
    }

    static func gathering(_ call: RuleProgram.Call) -> TimeWindow.Gathering { .mean }

    static func value(_ reading: WindowReading) -> Double { reading.covered(reading.summary.total) }
}
