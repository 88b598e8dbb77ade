public import Facility
import GRDB
import Synchronization
public import Trends

/// The history of every point: written as it comes, kept for years, read while it is written.
///
/// Readings wait in a bounded buffer, go to a checksummed tail once per sync interval, and are sealed into
/// compressed chunks when their window of time is over. Queries see all three.
public final class HistoryStore: Sendable {
    let state: SharedState
    private let writer: Mutex<HistoryWriter>
    private let thread = DiskThread("history")
    let queries: HistoryQueries
    private let lock: FolderLock
    let settings: HistorySettings

    /// Opens or creates the history in a folder and recovers what its tail holds.
    ///
    /// - Parameters:
    ///   - folder: Where the files are; nobody else may write there.
    ///   - points: The points of the running configuration; a `PointID` is an index into them.
    ///   - boot: The kernel's boot id.
    ///   - clock: Reads both clocks.
    ///   - disk: Tells how much room the folder's file system has; nil leaves the disk unwatched.
    ///   - didSeal: Called from the store's thread when many readings have left memory: what they took lies in
    ///     many small pieces, which the process may want to give back.
    public init(
        folder: String, points: [Point], settings: HistorySettings = HistorySettings(), boot: String,
        clock: @escaping @Sendable () -> Moment, disk: @escaping @Sendable () -> DiskSpace? = { nil },
        didSeal: @escaping @Sendable () -> Void = {}
    ) throws(HistoryError) {
        self.settings = settings
        lock = try FolderLock(folder)
        let file = "\(folder)/points.sqlite"
        let registry = try PointRegistry.open(file)
        let redatings = try Redating.read(from: registry, file: file)
        let months = MonthFiles(folder: folder, isReader: false)
        var recovery = Recovery(
            registry: try PointRegistry(reading: registry, file: file), settings: settings, months: months,
            wallMilliseconds: clock().wallMilliseconds, boot: boot, redatings: redatings)
        let found = try recovery.run(folder)
        // Chunks name records of the tail: one that lost its files must not count from the start again.
        let floor = found.isEmpty ? (try? months.newestSequence()) ?? 0 : 0
        recovery.state.use(points)
        recovery.state.statistics.bytes = months.sizes().total
        let state = SharedState(recovery.state)
        self.state = state
        let room = DiskRoom(reserveBytes: settings.reserveBytes, clock: clock, look: disk)
        let tail = try TailLog(
            folder: folder, megabytes: settings.tailMegabytes, boot: boot, found: found, floor: floor,
            mayClaim: { room.allows(.tail($0)) })
        writer = Mutex(
            HistoryWriter(
                state: state, settings: settings, clock: clock, months: months, registry: (registry, file),
                tail: tail, room: room, clock: UnsetClock(offset: recovery.unsetOffset), boot: boot,
                redating: redatings[boot], didSeal: didSeal))
        if recovery.hasForeignUndated { writer.withLock { $0.sealUndated() } }
        queries = HistoryQueries(
            months: months,
            unsealed: { number, from, to in state.withLock { $0.unsealed(number, from: from, to: to) } },
            damaged: { state.withLock { $0.statistics.damaged += 1 } })
    }

    /// Takes readings in; cheap, from any thread. When the disk does not keep up the oldest waiting readings
    /// are dropped and counted.
    public func append(_ samples: [Sample]) {
        state.withLock { $0.append(samples) }
    }

    /// Brings readings to the disk once per sync interval and seals them in time, until the task is
    /// cancelled; then once more.
    ///
    /// A disk that fails does not end it: `statistics` tells, and it goes on when the disk does.
    public func run() async throws {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(settings.syncMilliseconds))
            _ = try? await work { writer throws(HistoryError) in
                defer { writer.maintain() }
                try writer.sync()
            }
        }
        try await flush()
    }

    /// Returns when everything appended so far is on the disk.
    public func flush() async throws(HistoryError) {
        try await work { writer throws(HistoryError) in try writer.sync() }
    }

    /// Brings everything appended so far into chunks, as for a copy of the folder; windows under way are sealed
    /// again later.
    public func seal() async throws(HistoryError) {
        try await work { writer throws(HistoryError) in
            try writer.sync()
            try writer.sealAll()
            writer.measureInTime()
        }
    }

    /// Takes over the points of a reloaded configuration; call it when no reading with an old `PointID` can
    /// come any more.
    public func updatePoints(_ points: [Point]) {
        state.withLock { $0.use(points) }
    }

    /// How the store is doing; cheap, touches no disk.
    public func statistics() -> HistoryStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.dropped = state.queue.dropped
            statistics.waiting = state.queue.count
            statistics.unsealed = state.hot.count
            return statistics
        }
    }

    /// When it was last tried to bring readings to the disk, by uptime milliseconds, whatever came of it; nil
    /// before the first time. Cheap, touches no disk.
    public var lastAttemptUptimeMilliseconds: Int64? {
        state.withLock { $0.statistics.lastAttemptUptimeMilliseconds }
    }

    private func work(
        _ job: @escaping @Sendable (inout HistoryWriter) throws(HistoryError) -> Void
    ) async throws(HistoryError) {
        try await thread.run { () throws(HistoryError) in
            try self.writer.withLock { writer throws(HistoryError) in try job(&writer) }
        }
    }
}

extension HistoryStore {
    /// The readings of a point in `[from, to)`, wall milliseconds, ordered by time; at most the first `limit`.
    public func samples(
        of path: String, from: Int64, to: Int64, limit: Int? = nil
    ) async throws(HistoryError) -> [HistoricSample] {
        try await queries.samples(of: number(path), from: from, to: to, limit: limit)
    }

    /// The readings of a point in `[from, to)` in parts, for spans that should not be in memory at once.
    public func batches(of path: String, from: Int64, to: Int64) -> HistoryBatches {
        queries.batches(of: number(path), from: from, to: to)
    }

    /// Every aggregate of a point in steps of `[from, to)`, wall milliseconds.
    public func buckets(
        of path: String, from: Int64, to: Int64, stepMilliseconds: Int64
    ) async throws(HistoryError) -> [Bucket] {
        let number = number(path)
        let hold = state.withLock { state in
            number.map { state.registry.points[Int($0)].holdMilliseconds } ?? 0
        }
        return try await queries.buckets(
            of: number, holdMilliseconds: hold, from: from, to: to, stepMilliseconds: stepMilliseconds)
    }

    /// The latest reading of a point; nil if it never had one.
    public func latest(of path: String) async throws(HistoryError) -> HistoricSample? {
        guard let number = number(path) else { return nil }
        if let known = state.withLock({ $0.latest(of: number) }) { return known }
        return try await queries.latest(of: number)
    }

    /// The latest readings of all points that had one since the start, or shortly before; by path.
    public func latest() -> [String: HistoricSample] {
        state.withLock { state in
            var latest: [String: HistoricSample] = [:]
            for (number, point) in state.registry.points.enumerated() {
                latest[point.path] = state.latest(of: Int32(number))
            }
            return latest
        }
    }

    /// Every point the store ever had.
    public func points() -> [StoredPoint] {
        state.withLock { $0.registry.points }
    }

    private func number(_ path: String) -> Int32? {
        state.withLock { $0.registry.number(of: path) }
    }
}
