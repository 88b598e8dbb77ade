import Facility
import Foundation
import GRDB
import Trends

/// Brings readings to the disk: first to the tail, later, sealed, into the month's file.
///
/// Only one thread works in it at a time; what it shares with everybody else is in `SharedState`.
struct HistoryWriter: Sendable {
    private let settings: HistorySettings
    private let clock: @Sendable () -> Moment
    private let didSeal: @Sendable () -> Void
    let state: SharedState
    private let months: MonthFiles
    let sealer: Sealer
    private let rollUps: RollUpMaker
    private var salvager: Salvager
    let registryQueue: DatabaseQueue
    let registryFile: String
    private(set) var tail: TailLog
    var unset: UnsetClock
    private let boot: String
    /// How wrong the clock was, until that is on the disk.
    private var shift: Int64?
    /// Windows whose readings wait in the queue under their right times.
    var moving: [RipeWindow] = []
    /// What is done about readings that were stamped before the clock was set.
    var redating: Redating?
    private let room: DiskRoom
    private var lastSeal: Moment
    private var wasSealRefused = false
    /// When the earliest reading of a month was taken, for the month that is the earliest.
    private var first: (file: HistoryFile, milliseconds: Int64)?
    private var lastRetention: Moment?
    private var lastMeasurement: Moment?

    /// Ripe windows wait this long, so that those of all points are written together, in order.
    private static let sealMilliseconds: Int64 = 60_000
    /// With this many ripe readings in memory sealing does not wait.
    private static let ripeLimit = 400_000
    private static let retentionMilliseconds: Int64 = 3_600_000
    /// The files are listed at most this often.
    private static let measurementMilliseconds: Int64 = 60_000

    init(
        state: SharedState, settings: HistorySettings, clock: @escaping @Sendable () -> Moment,
        months: MonthFiles, registry: (queue: DatabaseQueue, file: String), tail: TailLog,
        room: DiskRoom, clock unset: UnsetClock, boot: String, redating: Redating?,
        didSeal: @escaping @Sendable () -> Void
    ) {
        self.didSeal = didSeal
        self.unset = unset
        self.boot = boot
        self.redating = redating
        self.state = state
        self.settings = settings
        self.clock = clock
        self.months = months
        self.tail = tail
        self.room = room
        rollUps = RollUpMaker(
            months: months, state: state, retention: settings.retention,
            uptime: { clock().uptimeMilliseconds })
        sealer = Sealer(months: months, state: state, rollUps: rollUps, clock: clock, room: room)
        salvager = Salvager(folder: months.folder, months: months, state: state, rollUps: rollUps)
        registryQueue = registry.queue
        registryFile = registry.file
        lastSeal = clock()
    }

    /// Brings everything appended so far to the tail.
    mutating func sync() throws(HistoryError) {
        let now = clock()
        shift = unset.handle(now) ?? shift
        do throws(HistoryError) {
            try saveRegistry()
            try writeQueue(at: now)
            // A span once noted stays: the clock may be trimmed later, and a crash must not move readings twice.
            if let found = shift {
                if redating?.isDone ?? true {
                    let next = Redating(boot: boot, shift: found, sequence: tail.sequence)
                    try next.save(to: registryQueue, file: registryFile)
                    redating = next
                }
                shift = nil
            }
        } catch {
            state.withLock { state in
                state.statistics.lastAttemptUptimeMilliseconds = now.uptimeMilliseconds
                state.statistics.fault = error
            }
            throw error
        }
        state.withLock { state in
            state.statistics.lastAttemptUptimeMilliseconds = now.uptimeMilliseconds
            state.statistics.lastSyncUptimeMilliseconds = now.uptimeMilliseconds
            state.statistics.fault = nil
        }
    }

    /// Seals what is due and removes months that had their time or take too much; what fails is tried again next time.
    mutating func maintain() {
        let now = clock()
        redate()
        let ripe = state.withLock { (isEmpty: $0.hot.ripe.isEmpty, count: $0.hot.ripeCount) }
        let maySeal = room.allows(.seal)
        // Room that came back is used at once.
        let isDue = now.milliseconds(since: lastSeal) >= Self.sealMilliseconds || wasSealRefused
        wasSealRefused = !maySeal
        if maySeal, isDue || ripe.count > Self.ripeLimit {
            // One step at a time: the next sync must not wait for all of it.
            let rest = max(0, min(ripe.count - Self.ripeLimit / 2, Self.ripeLimit / 2))
            let sealed: Void? = try? sealer.sealRipe(
                upTo: tail.sequence, leaving: rest,
                keepsUndated: unset.isUnset || shift != nil || redating?.isDone == false)
            if sealed == nil || rest == 0 { lastSeal = now }
            if sealed != nil, !ripe.isEmpty { didSeal() }
        }
        if lastRetention.map({ now.milliseconds(since: $0) >= Self.retentionMilliseconds }) ?? true {
            lastRetention = now
            removeExpired(wallMilliseconds: now.wallMilliseconds)
            removeExcess(wallMilliseconds: now.wallMilliseconds)
        }
        for file in months.takeSuspects() { sealer.setAside(file) }
        let hasRoom = room.allows(.rollUp)
        if hasRoom { salvager.step() }
        if hasRoom || rollUps.isRetiring { rollUp() }
        measureInTime()
    }

    /// Notes how full the disk is, and how much the files take, unless that was done a short while ago.
    mutating func measureInTime() {
        let now = clock()
        let disk = room.space
        state.withLock { $0.statistics.disk = disk }
        if let last = lastMeasurement, now.milliseconds(since: last) < Self.measurementMilliseconds { return }
        lastMeasurement = now
        let sizes = months.sizes()
        let forecast = forecast(sizes, wallMilliseconds: now.wallMilliseconds)
        state.withLock { state in
            state.statistics.bytes = sizes.total
            state.statistics.forecast = forecast
        }
    }

    private mutating func forecast(
        _ sizes: (total: Int64, files: [HistoryFile: Int64]), wallMilliseconds: Int64
    ) -> CapacityForecast {
        guard let claimable = room.claimableBytes, let first = firstReading() else { return .unknown }
        return CapacityForecast(
            files: sizes.files, firstMilliseconds: first, totalBytes: sizes.total, claimableBytes: claimable,
            plan: settings.retention, wallMilliseconds: wallMilliseconds)
    }

    /// When the earliest reading of all was taken, about; looked up once for each month that is the earliest.
    private mutating func firstReading() -> Int64? {
        guard let earliest = months.files.first(where: { $0.grain == .reading }) else { return nil }
        if let first, first.file == earliest { return first.milliseconds }
        guard let found = try? months.existing(earliest)?.firstMilliseconds() else { return nil }
        first = (earliest, found)
        return found
    }

    /// Seals everything that is in the tail.
    func sealAll() throws(HistoryError) {
        try sealer.sealOldest(.max, upTo: tail.sequence)
    }

    private func saveRegistry() throws(HistoryError) {
        let unsaved = state.withLock { state in
            Dictionary(
                uniqueKeysWithValues: state.registry.unsaved.map { ($0, state.registry.points[Int($0)]) })
        }
        guard !unsaved.isEmpty else { return }
        try PointRegistry.save(unsaved, to: registryQueue, file: registryFile)
        state.withLock { $0.registry.saved(unsaved) }
    }

    private mutating func writeQueue(at now: Moment) throws(HistoryError) {
        let blocks = state.withLock { $0.queue.take() }
        defer { state.withLock { $0.queue.finish() } }
        guard !blocks.isEmpty else { return }
        let (state, sealer, sequence) = (state, sealer, tail.sequence)
        let numbers = try tail.write(
            blocks, wall: now.wallMilliseconds, uptime: now.uptimeMilliseconds,
            needed: { state.withLock { $0.hot.firstSequence } },
            room: { (oldest) throws(HistoryError) in try sealer.sealOldest(oldest, upTo: sequence) })
        for (block, number) in zip(blocks, numbers) {
            state.withLock { state in
                for row in block.rows { state.hot.append(row, texts: block.texts, sequence: number) }
                state.queue.removeFirst()
                state.statistics.synced += UInt64(block.rows.count)
            }
        }
    }

    private mutating func removeExpired(wallMilliseconds: Int64) {
        let files = settings.retention.expired(
            months.files, newest: newestUnsealed, wallMilliseconds: wallMilliseconds)
        for file in files { remove(file, wallMilliseconds, isPressing: false) }
    }

    private mutating func removeExcess(wallMilliseconds: Int64) {
        guard settings.retention.limitBytes != nil else { return }
        let sizes = months.sizes()
        // A wrong clock in the past makes a month under way that is not the newest.
        let kept = [months.files.last?.month, newestUnsealed, HistoryMonth(containing: wallMilliseconds)]
        let excess = settings.retention.excess(
            sizes.files, totalBytes: sizes.total, keeping: Set(kept.compactMap { $0 }))
        for file in excess { remove(file, wallMilliseconds, isPressing: true) }
    }

    /// Removes a file; readings first leave their roll-ups behind, and that takes a while.
    private mutating func remove(_ file: HistoryFile, _ wallMilliseconds: Int64, isPressing: Bool) {
        lastMeasurement = nil
        guard file.grain == .reading else { return months.remove(file) }
        do throws(HistoryError) {
            try rollUps.retire(file, wallMilliseconds: wallMilliseconds, isPressing: isPressing)
        } catch {
            switch error {
            case .noSpace: months.remove(file)  // Without room for rows the readings go all the same.
            case .damaged: months.suspect(file)
            case .inUse, .failed, .invalidSpan: break  // Somebody may hold it: the next time will do.
            }
        }
    }

    private mutating func rollUp() {
        do throws(HistoryError) {
            // More files may have had their time.
            if try rollUps.step() {
                lastRetention = nil
                lastMeasurement = nil
            }
        } catch {
            state.withLock { $0.statistics.sealFault = error }
        }
    }

    /// The month of the newest reading that came since the start or was in the tail then.
    private var newestUnsealed: HistoryMonth? {
        state.withLock { HistoryMonth(containing: $0.hot.newestMilliseconds) }
    }
}
