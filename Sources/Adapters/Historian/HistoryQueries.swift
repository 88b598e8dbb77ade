public import Trends

/// The questions a history answers, whether it is written to at the same time or not.
struct HistoryQueries: Sendable {
    let months: MonthFiles
    /// What is in memory only of a point in `[from, to)`.
    let unsealed: @Sendable (_ number: Int32, _ from: Int64, _ to: Int64) -> UnsealedReadings
    let damaged: @Sendable () -> Void

    func batches(of number: Int32?, from: Int64, to: Int64) -> HistoryBatches {
        HistoryBatches(
            scan: number.map { scan($0, from: from, to: to) }, from: from, to: to, damaged: damaged)
    }

    func samples(
        of number: Int32?, from: Int64, to: Int64, limit: Int?
    ) async throws(HistoryError) -> [HistoricSample] {
        let limit = limit ?? .max
        var samples: [HistoricSample] = []
        var batches = batches(of: number, from: from, to: to)
        while samples.count < limit, let batch = try await batches.next(upTo: limit - samples.count) {
            if samples.isEmpty { samples = batch } else { samples.append(contentsOf: batch) }
        }
        return samples
    }

    func buckets(
        of number: Int32?, holdMilliseconds: Int64, from: Int64, to: Int64, stepMilliseconds: Int64
    ) async throws(HistoryError) -> [Bucket] {
        guard
            var aggregation = Aggregation(
                from: from, to: to, stepMilliseconds: stepMilliseconds, holdMilliseconds: holdMilliseconds)
        else { throw .invalidSpan }
        guard let number else { return aggregation.finish() }
        for row in try await standing(of: number, at: from) { aggregation.add(row) }
        var scan = scan(number, from: from, to: to)
        while let group = try await scan.next() {
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

    func latest(
        of number: Int32?, before: Int64 = .max
    ) async throws(HistoryError) -> HistoricSample? {
        guard let number else { return nil }
        var scan = scan(number, from: 0, to: before)
        guard let group = try await scan.previous() else { return nil }
        let columns = group.columns(from: 0, to: before, damaged: damaged)
        return columns.isEmpty ? nil : columns[columns.count - 1]
    }

    /// The last usable reading before a time and the last one at all, so far back as two months.
    private func standing(of number: Int32, at time: Int64) async throws(HistoryError) -> [FlatSample] {
        let from = max(0, time.subtractingReportingOverflow(Self.lookback).partialValue)
        guard from < time else { return [] }
        var last: FlatSample?
        var scan = scan(number, from: from, to: time)
        while let group = try await scan.previous() {
            if last != nil, group.onlyChunk?.summary?.usable == 0 { continue }
            let rows = group.columns(from: from, to: time, damaged: damaged).rows
            last = last ?? rows.last
            if let usable = rows.last(where: { $0.usableNumber != nil }) {
                return [usable] + (last.map { $0 == usable ? [] : [$0] } ?? [])
            }
        }
        return last.map { [$0] } ?? []
    }

    private func scan(_ number: Int32, from: Int64, to: Int64) -> HistoryScan {
        HistoryScan(
            number: number, from: from, to: to, months: months, unsealed: unsealed(number, from, to),
            damaged: damaged)
    }

    private static let lookback: Int64 = 62 * 86_400_000
}

/// The readings of one point in parts of some thousands, in order of time: a year needs no memory of its size.
public struct HistoryBatches: AsyncSequence, AsyncIteratorProtocol, Sendable {
    private var scan: HistoryScan?
    private let from: Int64
    private let to: Int64
    private let damaged: @Sendable () -> Void

    init(scan: HistoryScan?, from: Int64, to: Int64, damaged: @escaping @Sendable () -> Void) {
        self.scan = scan
        self.from = from
        self.to = to
        self.damaged = damaged
    }

    /// Starts at the first part.
    public func makeAsyncIterator() -> HistoryBatches { self }

    /// The next part; nil at the end.
    public mutating func next() async throws(HistoryError) -> [HistoricSample]? {
        try await next(upTo: .max)
    }

    /// The next part; nil at the end.
    public mutating func next(
        isolation actor: isolated (any Actor)?
    ) async throws(HistoryError) -> [HistoricSample]? {
        try await next(upTo: .max)
    }

    mutating func next(upTo limit: Int) async throws(HistoryError) -> [HistoricSample]? {
        while let group = try await scan?.next() {
            var columns = group.columns(from: from, to: to, damaged: damaged)
            if columns.count > limit { columns.rows.removeLast(columns.count - limit) }
            if !columns.isEmpty { return columns.samples }
        }
        return nil
    }
}
