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
            // Those too coarse for the question are taken only where there are no readings.
            var spare: [RolledPart] = []
            for part in try rolledDays(of: number, fitting: aggregation) {
                guard part.fits || part.isFinal else {
                    spare.append(part)
                    continue
                }
                try addReadings(of: number, from: position, to: part.start, spare, to: &aggregation)
                spare = []
                position = part.end
                for row in summaries(of: part) { aggregation.add(row) }
            }
            try addReadings(of: number, from: position, to: to, spare, to: &aggregation)
            return aggregation.finish()
        }
    }

    /// What was rolled up of a part of a query's span.
    private struct RolledPart {
        let start: Int64
        let end: Int64
        /// What stands in the file; read already where it is surely needed.
        let stored: MonthFile.StoredRollUp
        /// Whether each row lies in one bucket as a whole.
        let fits: Bool
        /// Whether the readings are gone.
        var isFinal: Bool { stored.isFinal }
    }

    /// The rows of a part.
    private func summaries(of part: RolledPart) -> [ChunkSummary] {
        do throws(CodecError) {
            return try part.stored.rollUp().rows.filter {
                $0.firstMilliseconds >= part.start && $0.firstMilliseconds < part.end
            }
        } catch {
            damaged()
            return []
        }
    }

    /// The days of a query that have roll-ups, in order, each with the coarsest that fits, or else the finest.
    private func rolledDays(
        of number: Int32, fitting aggregation: Aggregation
    ) throws(HistoryError) -> [RolledPart] {
        var chosen: [HistoryDay: MonthFile.StoredRollUp] = [:]
        let span = aggregation.from..<aggregation.to
        // What came late and is not sealed yet is in no row. Asked first: what is sealed meanwhile is then
        // in both.
        let unsealed = unsealed(number, span.lowerBound, span.upperBound)
            .columns(from: span.lowerBound, to: span.upperBound)
        let files = months.files.filter {
            $0.grain != .reading && $0.month.startMilliseconds < span.upperBound
                && $0.month.endMilliseconds > span.lowerBound
        }
        for file in files {
            let days = file.month.days.filter {
                $0.startMilliseconds < span.upperBound && $0.endMilliseconds > span.lowerBound
                    && isBetter(file.grain, than: chosen[$0]?.grain, for: aggregation)
            }
            guard !days.isEmpty else { continue }
            for (day, stored) in try storedRollUps(file, of: number, days) {
                var stored = stored
                do throws(CodecError) {
                    if stored.isFinal || aggregation.fits(stored.grain) { try stored.decode() }
                    // Made while a number stood for another span; its readings know better.
                    if !stored.isFinal, aggregation.fits(stored.grain),
                        try stored.rollUp().rows.first?.holdMilliseconds != aggregation.holdMilliseconds
                    {
                        continue
                    }
                    chosen[day] = stored
                } catch {
                    damaged()
                }
            }
        }
        let changed = Set(unsealed.rows.compactMap { HistoryDay(containing: $0.wallMilliseconds) })
        return chosen.filter { !changed.contains($0.key) || $0.value.isFinal }.sorted { $0.key < $1.key }
            .compactMap { day, rollUp in part(day, rollUp, of: aggregation) }
    }

    /// What a file has of some days; one that is damaged has nothing, and is put aside by the writer.
    private func storedRollUps(
        _ file: HistoryFile, of number: Int32, _ days: [HistoryDay]
    ) throws(HistoryError) -> [HistoryDay: MonthFile.StoredRollUp] {
        do throws(HistoryError) {
            return try months.existing(file)?.rollUps(of: number, days: days) ?? [:]
        } catch {
            guard case .damaged = error else {
                months.forget(file)
                throw error
            }
            months.suspect(file)
            damaged()
            return [:]
        }
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
        let length = stored.grain.milliseconds
        let start = max(day.startMilliseconds, aggregation.from)
        var end = min(day.endMilliseconds, aggregation.to)
        let fits = aggregation.fits(stored.grain)
        // The end of the query may cut a row in two: its readings are taken then.
        if fits { end -= (end - day.startMilliseconds) % length }
        guard start < end else { return nil }
        return RolledPart(start: start, end: end, stored: stored, fits: fits)
    }

    /// Adds what was read in `[from, to)`, and of days without any reading what was rolled up of them.
    private func addReadings(
        of number: Int32, from: Int64, to: Int64, _ spare: [RolledPart], to aggregation: inout Aggregation
    ) throws(HistoryError) {
        guard from < to else { return }
        var spare = spare[...]
        var last = Int64.min
        var scan = scan(number, from: from, to: to)
        while let group = try scan.next() {
            if let chunk = group.onlyChunk, let summary = chunk.summary,
                summary.holdMilliseconds == aggregation.holdMilliseconds,
                chunk.firstMilliseconds >= from, chunk.lastMilliseconds < to,
                aggregation.isWithinOneBucket(from: chunk.firstMilliseconds, to: chunk.lastMilliseconds),
                spare.first.map({ chunk.lastMilliseconds < $0.start }) ?? true
            {
                aggregation.add(summary)
                last = chunk.lastMilliseconds
                continue
            }
            let columns = group.columns(from: from, to: to, damaged: damaged)
            var start = 0
            while start < columns.count {
                let time = columns.rows[start].wallMilliseconds
                while let day = spare.first, day.end <= time { pass(&spare, last, &aggregation) }
                let end = spare.first.map { columns.partition(at: $0.end) } ?? columns.count
                aggregation.add(columns.rows[start..<end])
                last = columns.rows[end - 1].wallMilliseconds
                start = end
            }
        }
        while !spare.isEmpty { pass(&spare, last, &aggregation) }
    }

    /// Leaves a day behind; if nothing was read of it, with what was rolled up.
    private func pass(
        _ spare: inout ArraySlice<RolledPart>, _ last: Int64, _ aggregation: inout Aggregation
    ) {
        let day = spare.removeFirst()
        guard last < day.start else { return }
        for row in summaries(of: day) { aggregation.add(row) }
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
        let rows = try rolledDays(of: number, fitting: aggregation).flatMap { summaries(of: $0) }
        return rows.last { $0.lastMilliseconds < time && $0.last != nil }?.last.map { reading in
            FlatSample(
                wallMilliseconds: reading.wallMilliseconds, bits: reading.number.bitPattern, kind: .number,
                quality: 0)
        }
    }

    private static let lookback: Int64 = 62 * 86_400_000
}
