import Trends

extension HistoryQueries {
    func buckets(
        of number: Int32?, holdMilliseconds: Int64, from: Int64, to: Int64, stepMilliseconds: Int64
    ) async throws(HistoryError) -> [Bucket] {
        guard
            var aggregation = Aggregation(
                from: from, to: to, stepMilliseconds: stepMilliseconds, holdMilliseconds: holdMilliseconds)
        else { throw .invalidSpan }
        guard let number else { return aggregation.finish() }
        let prepared = aggregation
        return try await thread.run { () throws(HistoryError) in
            var aggregation = prepared
            aggregation.add(try standing(of: number, at: from))
            var position = from
            for day in try rolledDays(of: number, fitting: aggregation) {
                _ = try addReadings(of: number, from: position, to: day.start, to: &aggregation)
                position = day.end
                if !day.fits, !day.isFinal {
                    // Too coarse for the question: taken only where there are no readings.
                    let isThere = try addReadings(of: number, from: day.start, to: day.end, to: &aggregation)
                    if isThere { continue }
                }
                for row in day.rows { aggregation.add(row) }
            }
            _ = try addReadings(of: number, from: position, to: to, to: &aggregation)
            return aggregation.finish()
        }
    }

    /// What was rolled up of a part of a query's span.
    private struct RolledPart {
        let start: Int64
        let end: Int64
        let rows: [ChunkSummary]
        /// Whether each row lies in one bucket as a whole.
        let fits: Bool
        /// Whether the readings are gone.
        let isFinal: Bool
    }

    /// The days of a query that have roll-ups, in order, each with the coarsest that fits, or else the finest.
    private func rolledDays(
        of number: Int32, fitting aggregation: Aggregation
    ) throws(HistoryError) -> [RolledPart] {
        var chosen: [HistoryDay: MonthFile.StoredRollUp] = [:]
        let span = aggregation.from..<aggregation.to
        let files = months.files.filter {
            $0.grain != .reading && $0.month.startMilliseconds < span.upperBound
                && $0.month.endMilliseconds > span.lowerBound
        }
        for file in files {
            let days = file.month.days.filter {
                $0.startMilliseconds < span.upperBound && $0.endMilliseconds > span.lowerBound
                    && isBetter(file.grain, than: chosen[$0]?.rollUp.grain, for: aggregation)
            }
            guard !days.isEmpty, let open = try months.existing(file) else { continue }
            let found = try open.rollUps(of: number, days: days) { _ in damaged() }
            chosen.merge(found) { $1 }
        }
        // What came late and is not sealed yet is in no row.
        let unsealed = unsealed(number, span.lowerBound, span.upperBound)
            .columns(from: span.lowerBound, to: span.upperBound)
        let changed = Set(unsealed.rows.compactMap { HistoryDay(containing: $0.wallMilliseconds) })
        return chosen.filter { !changed.contains($0.key) || $0.value.isFinal }.sorted { $0.key < $1.key }
            .compactMap { day, rollUp in part(day, rollUp, of: aggregation) }
    }

    /// Whether rows of a grain answer a query better than others: the coarsest of those that fit, and the finest of
    /// those that do not.
    private func isBetter(
        _ grain: HistoryGrain, than other: HistoryGrain?, for aggregation: Aggregation
    ) -> Bool {
        guard let other else { return true }
        switch (aggregation.fits(grain), aggregation.fits(other)) {
        case (true, true): return grain > other
        case (true, false): return true
        case (false, true): return false
        case (false, false): return grain < other
        }
    }

    private func part(
        _ day: HistoryDay, _ stored: MonthFile.StoredRollUp, of aggregation: Aggregation
    ) -> RolledPart? {
        let rollUp = stored.rollUp
        let length = rollUp.grain.milliseconds
        let start = max(day.startMilliseconds, aggregation.from)
        var end = min(day.endMilliseconds, aggregation.to)
        let fits = aggregation.fits(rollUp.grain)
        // The end of the query may cut a row in two: its readings are taken then.
        if fits { end -= (end - day.startMilliseconds) % length }
        guard start < end else { return nil }
        let rows = rollUp.rows.filter { $0.firstMilliseconds >= start && $0.firstMilliseconds < end }
        return RolledPart(start: start, end: end, rows: rows, fits: fits, isFinal: stored.isFinal)
    }

    /// Adds what was read in `[from, to)`; tells whether there was anything.
    private func addReadings(
        of number: Int32, from: Int64, to: Int64, to aggregation: inout Aggregation
    ) throws(HistoryError) -> Bool {
        guard from < to else { return false }
        var isThere = false
        var scan = scan(number, from: from, to: to)
        while let group = try scan.next() {
            isThere = true
            if let chunk = group.onlyChunk, let summary = chunk.summary,
                summary.holdMilliseconds == aggregation.holdMilliseconds,
                chunk.firstMilliseconds >= from, chunk.lastMilliseconds < to,
                aggregation.isWithinOneBucket(from: chunk.firstMilliseconds, to: chunk.lastMilliseconds)
            {
                aggregation.add(summary)
            } else {
                aggregation.add(group.columns(from: from, to: to, damaged: damaged).rows)
            }
        }
        return isThere
    }

    /// The last usable reading before a time and the last one at all, so far back as two months.
    func standing(of number: Int32, at time: Int64) throws(HistoryError) -> [FlatSample] {
        let from = max(0, time.subtractingReportingOverflow(Self.lookback).partialValue)
        guard from < time else { return [] }
        var last: FlatSample?
        var scan = scan(number, from: from, to: time)
        while let group = try scan.previous() {
            if last != nil, group.onlyChunk?.summary?.usable == 0 { continue }
            let rows = group.columns(from: from, to: time, damaged: damaged).rows
            last = last ?? rows.last
            if let usable = rows.last(where: { $0.usableNumber != nil }) {
                return [usable] + (last.map { $0 == usable ? [] : [$0] } ?? [])
            }
        }
        if last == nil { last = try rolledStanding(of: number, at: time) }
        return last.map { [$0] } ?? []
    }

    /// The last usable number before a time where only roll-ups are left.
    private func rolledStanding(of number: Int32, at time: Int64) throws(HistoryError) -> FlatSample? {
        guard
            let aggregation = Aggregation(
                from: max(0, time - 2 * HistoryDay.milliseconds), to: time,
                stepMilliseconds: HistoryDay.milliseconds, holdMilliseconds: 0)
        else { return nil }
        let rows = try rolledDays(of: number, fitting: aggregation).flatMap(\.rows)
        return rows.last { $0.lastMilliseconds < time }?.last.map { reading in
            FlatSample(
                wallMilliseconds: reading.wallMilliseconds, bits: reading.number.bitPattern, kind: .number,
                quality: 0)
        }
    }

    private static let lookback: Int64 = 62 * 86_400_000
}
