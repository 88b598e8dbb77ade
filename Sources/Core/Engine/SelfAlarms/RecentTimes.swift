/// How long something took lately: what was slow long ago raises no alarm for ever.
public struct RecentTimes: Sendable {
    /// How long a time counts, milliseconds.
    public static let spanMilliseconds: Int64 = 60_000
    /// How many times are remembered at most: the newest.
    public static let limit = 4096

    private var times: [(took: Int64, uptime: Int64)] = []
    private var next = 0

    /// No times yet.
    public init() {}

    /// Takes how long something took, milliseconds, when it was over.
    public mutating func note(_ milliseconds: Int64, at uptimeMilliseconds: Int64) {
        if times.count < Self.limit {
            times.append((milliseconds, uptimeMilliseconds))
        } else {
            times[next] = (milliseconds, uptimeMilliseconds)
            next = (next + 1) % Self.limit
        }
    }

    /// What all but one in a hundred of the last minute did not exceed, milliseconds; nil if there were none.
    public func percentile99(at uptimeMilliseconds: Int64) -> Int64? {
        let recent = times.filter { uptimeMilliseconds - $0.uptime < Self.spanMilliseconds }.map(\.took)
            .sorted()
        guard !recent.isEmpty else { return nil }
        return recent[(recent.count * 99 + 99) / 100 - 1]
    }
}
