import Facility

/// `in_schedule(night)`: whether the clock on the wall is in a schedule of the site. Never unknown.
enum InScheduleFunction: RuleFunction {
    static let name = "in_schedule"
    static let usage = "in_schedule(name)"

    /// How long a schedule is believed without a look at the clock: it may have been put right meanwhile.
    static let longestSleepMilliseconds: Int64 = 600_000

    static func lower(
        _ call: FunctionCall, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> ExpressionType {
        try call.expect(1...1, usage: usage)
        try lowering.appendSchedule(call.arguments[0], usage: usage)
        return .truth
    }
}
