public import Facility

/// How much a counter has risen lately: what was counted long ago raises no alarm for ever.
public struct RecentCount: Sendable {
    /// How long a rise counts, milliseconds.
    public static let spanMilliseconds: Int64 = 60_000

    private var last: UInt64
    private var rises: [(count: UInt64, uptimeMilliseconds: Int64)] = []

    /// Starts at a value of the counter.
    public init(from value: UInt64 = 0) {
        last = value
    }

    /// Takes the counter's value and tells how much it rose within the span.
    public mutating func note(_ value: UInt64, at now: Moment) -> UInt64 {
        if value > last { rises.append((value - last, now.uptimeMilliseconds)) }
        last = value
        rises.removeAll { now.uptimeMilliseconds - $0.uptimeMilliseconds >= Self.spanMilliseconds }
        return rises.reduce(0) { $0 + $1.count }
    }
}
