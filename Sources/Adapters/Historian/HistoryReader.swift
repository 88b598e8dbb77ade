import Foundation
import GRDB
public import Trends

/// The same questions without the right to write: on a folder nobody uses, or beside a running store.
///
/// It sees what was on the disk when it was made, and of sealed chunks also what came later.
public struct HistoryReader: Sendable {
    let registry: PointRegistry
    let queries: HistoryQueries
    private let latestUnsealed: StoreState

    /// Opens the history in a folder.
    public init(folder: String) throws(HistoryError) {
        let file = "\(folder)/points.sqlite"
        let queue = try attempt(file) { try DatabaseQueue(path: file, configuration: .historyReader) }
        let registry = try PointRegistry(reading: queue, file: file)
        let redatings = try Redating.read(from: queue, file: file)
        let months = MonthFiles(folder: folder, isReader: true)
        var recovery = Recovery(
            registry: registry, settings: HistorySettings(), months: months, wallMilliseconds: nil,
            redatings: redatings)
        _ = try recovery.run(folder)
        let state = recovery.state
        self.registry = registry
        latestUnsealed = state
        queries = HistoryQueries(
            months: months, unsealed: { state.unsealed($0, from: $1, to: $2) }, damaged: {})
    }

    /// The readings of a point in `[from, to)`, wall milliseconds, ordered by time; at most the first `limit`.
    public func samples(
        of path: String, from: Int64, to: Int64, limit: Int? = nil
    ) async throws(HistoryError) -> [HistoricSample] {
        try await queries.samples(of: registry.number(of: path), from: from, to: to, limit: limit)
    }

    /// The readings of a point in `[from, to)` in parts, for spans that should not be in memory at once.
    public func batches(of path: String, from: Int64, to: Int64) -> HistoryBatches {
        queries.batches(of: registry.number(of: path), from: from, to: to)
    }

    /// Every aggregate of a point in steps of `[from, to)`, wall milliseconds.
    public func buckets(
        of path: String, from: Int64, to: Int64, stepMilliseconds: Int64
    ) async throws(HistoryError) -> [Bucket] {
        let number = registry.number(of: path)
        return try await queries.buckets(
            of: number, holdMilliseconds: number.map { registry.points[Int($0)].holdMilliseconds } ?? 0,
            from: from, to: to, stepMilliseconds: stepMilliseconds)
    }

    /// The latest reading of a point; nil if it never had one.
    public func latest(of path: String) async throws(HistoryError) -> HistoricSample? {
        guard let number = registry.number(of: path) else { return nil }
        if let known = latestUnsealed.latest(of: number) { return known }
        return try await queries.latest(of: number)
    }

    /// Every point the store ever had.
    public func points() -> [StoredPoint] { registry.points }
}
