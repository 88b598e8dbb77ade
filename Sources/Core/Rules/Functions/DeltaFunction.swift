import Facility

/// `delta(x, 1h)`: how much more a quantity is than an hour ago; negative where it fell.
enum DeltaFunction: WindowFunction {
    static let name = "delta"
    static let usage = "delta(x, 1h)"

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        let unit = try lowering.lowerQuantityWindow(call, Self.self)
        guard let unit, unit.dimension == .temperature else { return .number(unit) }
        lowering.scale(by: unit.factor)
        return .number(MeasurementUnit(symbol: "K"))
    }

    static func gathering(_ call: RuleProgram.Call) -> TimeWindow.Gathering { .oldest }

    static func value(_ reading: WindowReading) -> Double {
        reading.covered(reading.latest - reading.summary.oldest)
    }
}
