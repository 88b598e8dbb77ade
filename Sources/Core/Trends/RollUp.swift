/// What the readings of one point amount to over one day, a row for each span that has any.
///
/// A row is a `ChunkSummary` of just the readings in its span: it needs nothing of the rows beside it, so a
/// row can be made anew by itself, and an aggregation puts rows together as it does chunks.
public struct RollUp: Hashable, Sendable {
    /// How long the span of a row is.
    public let grain: HistoryGrain
    /// The rows in order of time; every one holds at least one reading and lies in one span.
    public let rows: [ChunkSummary]

    /// More rows than a day has minutes are never in one.
    static let rowLimit = 1440

    init(grain: HistoryGrain, rows: [ChunkSummary]) {
        self.grain = grain
        self.rows = rows
    }

    /// Sums up the readings of a day, which must be in order of time.
    public init(_ readings: [FlatSample], grain: HistoryGrain, holdMilliseconds: Int64) {
        precondition(grain != .reading, "readings are not rolled up into readings")
        self.grain = grain
        var rows: [ChunkSummary] = []
        var start = 0
        while start < readings.count {
            let span = readings[start].wallMilliseconds / grain.milliseconds
            var end = start + 1
            while end < readings.count, readings[end].wallMilliseconds / grain.milliseconds == span {
                end += 1
            }
            rows.append(ChunkSummary(readings[start..<end], holdMilliseconds: holdMilliseconds))
            start = end
        }
        self.rows = rows
    }

    /// Whether it spares enough reading to be made while the readings are still there.
    ///
    /// A row that stands for a few readings only takes nearly as long to read as they do, and as much room.
    public var isWorthwhile: Bool {
        !rows.isEmpty && rows.reduce(0) { $0 + $1.count } >= Self.readingsPerRow * rows.count
    }

    private static let readingsPerRow = 200
}
