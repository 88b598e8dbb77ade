/// What the readings of a point can do over time, so that a reading that cannot be true is told from one that
/// can.
public enum Conditioning: Hashable, Sendable {
    /// A total: its readings become one that only grows, whatever the meter does.
    case counter(Counter)
    /// A measurement that cannot move faster than this, in its unit per hour.
    case limited(perHour: Double)
    /// A contact that, once closed, counts as closed for at least so long.
    case held(milliseconds: Int64)

    /// What is known of a meter.
    public struct Counter: Hashable, Sendable {
        /// The fastest it can count, in the point's unit per hour; nil if nobody knows.
        public let maximumPerHour: Double?
        /// After how much it starts again from zero, in the point's unit; nil if it does not or nobody knows.
        public let span: Double?

        /// Describes a meter; the default is one of which nothing is known.
        public init(maximumPerHour: Double? = nil, span: Double? = nil) {
            self.maximumPerHour = maximumPerHour
            self.span = span
        }
    }
}
