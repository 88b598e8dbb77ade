import Facility

/// `rate(energy, 15m)`: how fast a total grows, in the unit of its rate: kWh in kW, m³ in m³/h, m in m/s.
///
/// Of a counter, resets and wraps are seen as in `increase`. Other quantities have no unit of a rate: use
/// `delta`, which says the same: 2 K in 10 minutes.
enum RateFunction: WindowFunction {
    static let name = "rate"
    static let usage = "rate(total, 15m)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        var call = call
        let wrap = try lowering.takeWrap(&call, usage: usage)
        let isCounter = call.arguments.first.map(lowering.isCounter) ?? false
        let unit = try lowering.lowerQuantityWindow(call, Self.self, wrap: wrap, isCounter: isCounter)
        guard let unit, let rate = RateUnits.rate(of: unit) else {
            throw ExpressionProblem(
                call.arguments[0].offset, "rule.no-rate",
                ["found": .message(ExpressionType.number(unit).message)])
        }
        lowering.scale(by: rate.factor / rate.unit.factor)
        return .number(rate.unit)
    }

    static func gathering(_ call: RuleProgram.Call) -> TimeWindow.Gathering {
        call.isCounter ? .events : .oldest
    }

    static func event(from old: Double, to new: Double, _ call: RuleProgram.Call) -> Double {
        IncreaseFunction.event(from: old, to: new, call)
    }

    static func value(_ reading: WindowReading) -> Double {
        let rise =
            reading.call.isCounter ? reading.summary.events : reading.latest - reading.summary.oldest
        return reading.covered(rise / (Double(reading.seen) / 1000))
    }
}
