/// Decides which months have had their time.
public struct RetentionPlan: Hashable, Sendable {
    /// How long readings are kept, milliseconds.
    public let keepMilliseconds: Int64

    /// Keeps readings for a span.
    public init(keepMilliseconds: Int64) {
        self.keepMilliseconds = max(0, keepMilliseconds)
    }

    /// The months to remove: those that ended before the kept span began.
    ///
    /// A clock that stands before 2024, or before the newest stored month, is not trusted to remove anything.
    public func expired(_ months: [HistoryMonth], wallMilliseconds: Int64) -> [HistoryMonth] {
        guard wallMilliseconds >= Self.oldestTrustedClock, let newest = months.max(),
            wallMilliseconds >= newest.startMilliseconds
        else { return [] }
        let oldestKept = wallMilliseconds.subtractingReportingOverflow(keepMilliseconds)
        guard !oldestKept.overflow else { return [] }
        return months.filter { $0.endMilliseconds <= oldestKept.partialValue }.sorted()
    }

    /// 2024-01-01: no gateway runs this version before.
    private static let oldestTrustedClock: Int64 = 1_704_067_200_000
}
