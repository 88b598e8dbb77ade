/// Decides which months have had their time, and which have to make room.
public struct RetentionPlan: Hashable, Sendable {
    /// How long readings are kept, milliseconds.
    public let keepMilliseconds: Int64
    /// How many bytes everything together may take; nil without a limit.
    public let limitBytes: Int64?

    /// Keeps readings for a span, or for less where that would take too many bytes.
    public init(keepMilliseconds: Int64, limitBytes: Int64? = nil) {
        self.keepMilliseconds = max(0, keepMilliseconds)
        self.limitBytes = limitBytes
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

    /// The months to remove so that everything takes no more than the limit: as few of the earliest as do, and
    /// never the newest.
    ///
    /// No clock has a say: what is too much is too much at any time, and order alone tells what goes first.
    ///
    /// - Parameters:
    ///   - months: The bytes that removing a month would free.
    ///   - totalBytes: What everything takes now, months and all else.
    ///   - kept: More months that stay whatever they take: those still written to.
    public func excess(
        _ months: [HistoryMonth: Int64], totalBytes: Int64, keeping kept: Set<HistoryMonth> = []
    ) -> [HistoryMonth] {
        guard let limitBytes, let newest = months.keys.max() else { return [] }
        var left = totalBytes
        var excess: [HistoryMonth] = []
        for (month, bytes) in months.sorted(by: { $0.key < $1.key }) where left > limitBytes {
            if month == newest || kept.contains(month) { continue }
            excess.append(month)
            left -= bytes
        }
        return excess
    }

    /// 2024-01-01: no gateway runs this version before.
    private static let oldestTrustedClock: Int64 = 1_704_067_200_000
}
