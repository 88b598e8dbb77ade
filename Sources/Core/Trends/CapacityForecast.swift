import Facility

/// How long the disk has room for the history, if things go on as they do.
public enum CapacityForecast: Hashable, Sendable {
    /// Less than a day of readings is stored, or nothing is known of the disk.
    case unknown
    /// What is removed by age makes room for what comes.
    case enough
    /// After so many days the limit makes the oldest months go before their time.
    case limited(days: Int)
    /// After so many days the disk takes no more.
    case full(days: Int)

    /// How far is looked ahead at most, days: nobody plans a disk for longer.
    static let horizon = 14_600
    private static let day = HistoryDay.milliseconds
    /// The pace is measured over about so many of the newest days.
    private static let measuredDays = 60.0

    /// Looks ahead day by day: what comes at the pace of the newest months, less what has had its time.
    ///
    /// - Parameters:
    ///   - files: The bytes of each file.
    ///   - firstMilliseconds: When the earliest reading was taken: the first month need not be a whole one.
    ///   - totalBytes: What everything takes now, files and all else.
    ///   - claimableBytes: How much more the disk gives.
    public init(
        files: [HistoryFile: Int64], firstMilliseconds: Int64, totalBytes: Int64, claimableBytes: Int64,
        plan: RetentionPlan, wallMilliseconds now: Int64
    ) {
        let known = files.filter { $0.key.month.startMilliseconds <= now }
        let kinds = Dictionary(grouping: known.keys) { Kind(shelf: $0.shelf, grain: $0.grain) }
        var paces: [Kind: Double] = [:]
        for (kind, members) in kinds {
            paces[kind] = Self.pace(members.sorted(by: >), known, first: firstMilliseconds, now: now)
        }
        guard paces.contains(where: { $0.key.grain == .reading }), now >= TrustedTime.earliest else {
            self = .unknown
            return
        }
        let days = Self.daysAhead(paces.keys.map { plan.span(of: $0.file) })
        var freed = Array(repeating: 0.0, count: days + 1)
        func free(_ bytes: Double, with file: HistoryFile) {
            guard let day = Self.daysUntil(file, plan, now: now), day <= days else { return }
            freed[day] += bytes
        }
        for (file, bytes) in files { free(Double(bytes), with: file) }
        for (kind, pace) in paces {
            for (file, share) in Self.coming(kind, days: days, now: now) { free(pace * share, with: file) }
        }
        let daily = paces.values.reduce(0, +)
        self = Self.walk(
            freed, daily: daily, from: Double(totalBytes), limit: plan.limitBytes.map(Double.init),
            room: Double(claimableBytes))
    }

    /// Files that grow and go together.
    private struct Kind: Hashable {
        let shelf: String
        let grain: HistoryGrain

        /// Any of them: all are kept equally long.
        var file: HistoryFile { HistoryFile(HistoryMonth(number: 0), shelf: shelf, grain: grain) }
    }

    /// Bytes a day over the newest files; nil if they cover less than a day.
    private static func pace(
        _ newestFirst: [HistoryFile], _ sizes: [HistoryFile: Int64], first: Int64, now: Int64
    ) -> Double? {
        var bytes = 0.0
        var days = 0.0
        for file in newestFirst where days < measuredDays {
            let covered = min(file.month.endMilliseconds, now) - max(file.month.startMilliseconds, first)
            guard covered > 0 else { continue }
            bytes += Double(sizes[file] ?? 0)
            days += Double(covered) / Double(day)
        }
        return days >= 1 ? bytes / days : nil
    }

    /// When everything that is stored today has gone, nothing new happens any more.
    private static func daysAhead(_ spans: [Int64]) -> Int {
        let longest = Int((spans.max() ?? 0) / day)
        return longest > horizon ? horizon : longest + 62
    }

    /// The days until a file has had its time; nil if that is beyond all times.
    private static func daysUntil(_ file: HistoryFile, _ plan: RetentionPlan, now: Int64) -> Int? {
        let end = file.month.endMilliseconds.addingReportingOverflow(plan.span(of: file))
        guard !end.overflow else { return nil }
        return max(0, Int((end.partialValue - now + day - 1) / day))
    }

    /// The files to come, with the days of each that lie ahead.
    private static func coming(_ kind: Kind, days: Int, now: Int64) -> [(file: HistoryFile, days: Double)] {
        guard let month = HistoryMonth(containing: now) else { return [] }
        let end = now + Int64(days) * day
        var coming: [(HistoryFile, Double)] = []
        for number in month.number...month.number + days / 28 + 1 {
            let month = HistoryMonth(number: number)
            let covered = min(month.endMilliseconds, end) - max(month.startMilliseconds, now)
            guard covered > 0 else { break }
            let file = HistoryFile(month, shelf: kind.shelf, grain: kind.grain)
            coming.append((file, Double(covered) / Double(day)))
        }
        return coming
    }

    private static func walk(
        _ freed: [Double], daily: Double, from start: Double, limit: Double?, room: Double
    ) -> CapacityForecast {
        var total = start - (freed.first ?? 0)
        for day in freed.indices.dropFirst() {
            total += daily - freed[day]
            if let limit, total > limit { return .limited(days: day - 1) }
            if total - start > room { return .full(days: day - 1) }
        }
        return .enough
    }
}
