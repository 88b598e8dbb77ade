public import Trends

/// The questions a history answers, whether it is written to at the same time or not.
struct HistoryQueries: Sendable {
    let months: MonthFiles
    /// What is in memory only of a point in `[from, to)`.
    let unsealed: @Sendable (_ number: Int32, _ from: Int64, _ to: Int64) -> UnsealedReadings
    let damaged: @Sendable () -> Void

    let thread = DiskThread("history.queries", isShared: true)

    init(
        months: MonthFiles,
        unsealed: @escaping @Sendable (_ number: Int32, _ from: Int64, _ to: Int64) -> UnsealedReadings,
        damaged: @escaping @Sendable () -> Void
    ) {
        self.months = months
        self.unsealed = unsealed
        self.damaged = damaged
    }

    func batches(of number: Int32?, from: Int64, to: Int64) -> HistoryBatches {
        HistoryBatches(
            thread: thread, scan: number.map { scan($0, from: from, to: to) }, from: from, to: to,
            damaged: damaged)
    }

    func samples(
        of number: Int32?, from: Int64, to: Int64, limit: Int?
    ) async throws(HistoryError) -> [HistoricSample] {
        guard let number else { return [] }
        return try await thread.run { () throws(HistoryError) in
            let limit = limit ?? .max
            var samples: [HistoricSample] = []
            var scan = scan(number, from: from, to: to)
            while samples.count < limit, let group = try scan.next() {
                let columns = group.columns(from: from, to: to, damaged: damaged)
                samples.append(contentsOf: columns.samples(upTo: limit - samples.count))
            }
            return samples
        }
    }

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
            var scan = scan(number, from: from, to: to)
            while let group = try scan.next() {
                if let chunk = group.onlyChunk, let summary = chunk.summary,
                    summary.holdMilliseconds == aggregation.holdMilliseconds,
                    aggregation.isWithinOneBucket(from: chunk.firstMilliseconds, to: chunk.lastMilliseconds)
                {
                    aggregation.add(summary)
                } else {
                    aggregation.add(group.columns(from: from, to: to, damaged: damaged).rows)
                }
            }
            return aggregation.finish()
        }
    }

    func latest(of number: Int32) async throws(HistoryError) -> HistoricSample? {
        try await thread.run { () throws(HistoryError) in
            var scan = scan(number, from: 0, to: .max)
            guard let group = try scan.previous() else { return nil }
            let columns = group.columns(from: 0, to: .max, damaged: damaged)
            return columns.isEmpty ? nil : columns[columns.count - 1]
        }
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
        return last.map { [$0] } ?? []
    }

    func scan(_ number: Int32, from: Int64, to: Int64) -> HistoryScan {
        HistoryScan(
            number: number, from: from, to: to, months: months, unsealed: unsealed(number, from, to),
            damaged: damaged)
    }

    private static let lookback: Int64 = 62 * 86_400_000
}

/// The readings of one point in parts of some thousands, in order of time: a year needs no memory of its size.
public struct HistoryBatches: AsyncSequence, AsyncIteratorProtocol, Sendable {
    private let thread: DiskThread
    private var scan: HistoryScan?
    private let from: Int64
    private let to: Int64
    private let damaged: @Sendable () -> Void

    init(
        thread: DiskThread, scan: HistoryScan?, from: Int64, to: Int64,
        damaged: @escaping @Sendable () -> Void
    ) {
        self.thread = thread
        self.scan = scan
        self.from = from
        self.to = to
        self.damaged = damaged
    }

    /// Starts at the first part.
    public func makeAsyncIterator() -> HistoryBatches { self }

    /// The next part; nil at the end.
    public mutating func next() async throws(HistoryError) -> [HistoricSample]? {
        try await next(isolation: nil)
    }

    /// The next part; nil at the end.
    public mutating func next(
        isolation actor: isolated (any Actor)?
    ) async throws(HistoryError) -> [HistoricSample]? {
        while let scan {
            let (from, to, damaged) = (from, to, damaged)
            let step = try await thread.run { () throws(HistoryError) in
                var scan = scan
                let group = try scan.next()
                return (scan, group?.columns(from: from, to: to, damaged: damaged).samples)
            }
            self.scan = step.1 == nil ? nil : step.0
            if let batch = step.1, !batch.isEmpty { return batch }
        }
        return nil
    }
}
