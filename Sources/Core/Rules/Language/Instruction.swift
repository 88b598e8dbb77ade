/// One step of an evaluation. Operands come from the stack, results go to it; NaN is unknown.
///
/// A condition on the stack is 0, 1 or NaN. There are no jumps: a program takes the same path every time.
enum Instruction: Hashable {
    /// Pushes a number.
    case constant(Double)
    /// Pushes the number of a point.
    case number(Int)
    /// Pushes a point as a condition.
    case condition(Int)
    /// Pushes whether the last sample of a point was good.
    case isGood(Int)
    /// Pushes the seconds since the last good sample of a point; the bound is what they are compared with, an entry of
    /// the table of bounds, or less than 0 where that is no one number.
    case age(point: Int32, bound: Int32)
    /// Pushes whether a point's characters are the characters of a table.
    case isText(point: Int32, text: Int32)
    /// Pushes whether the moment is in a schedule of a table.
    case inSchedule(Int)
    /// Pushes a value kept before.
    case fetch(Int)
    /// Pops a value and keeps it.
    case keep(Int)
    /// Changes a number to another unit: an entry of the table of conversions.
    case convert(Int)
    /// Whether a number is one of a set: an entry of the table of sets.
    case isMember(Int)
    /// Whether a bit of a whole number is set.
    case bit(Int)
    /// Passes a value through a function with a memory: an entry of the table of calls.
    case call(Int)
    /// Pops a clear condition and a condition and moves a rung by them: an entry of the table of rungs.
    case rung(Int)

    case not, negate, magnitude
    case both, either
    case equal, notEqual, less, atMost, greater, atLeast
    case add, subtract, multiply, divide, remainder
    case smaller, larger
    case otherwise
    case choose
}
