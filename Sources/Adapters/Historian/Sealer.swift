import Facility
import Trends

/// Moves readings from the tail's care into chunks.
struct Sealer: Sendable {
    let months: MonthFiles
    let state: SharedState
    let rollUps: RollUpMaker
    let clock: @Sendable () -> Moment
    let room: DiskRoom

    /// So many chunks are written in one transaction.
    private static let batch = 512
    private static let smallestBatch = 8

    /// Seals ripe windows in the order of their keys, until at most so many ripe readings are left.
    ///
    /// Readings stamped before the clock was set wait until it is, as long as the tail has room for them.
    func sealRipe(
        upTo sequence: UInt64, leaving rest: Int, keepsUndated: Bool = false
    ) throws(HistoryError) {
        let ripe = state.withLock { state in
            state.hot.ripe.filter { !keepsUndated || !$0.window.isUndated }
        }
        try seal(Array(ripe), upTo: sequence) { state.withLock { $0.hot.ripeCount } <= rest }
    }

    /// Seals everything that records up to a number hold.
    func sealOldest(_ oldest: UInt64, upTo sequence: UInt64) throws(HistoryError) {
        let windows = state.withLock { $0.hot.windows(upTo: oldest) }
        try seal(windows, upTo: sequence) { false }
    }

    /// Seals what was stamped before a clock was set that nobody can ask any more.
    func sealUndated(upTo sequence: UInt64) throws(HistoryError) {
        let windows = state.withLock { $0.hot.windows(upTo: .max) }.filter(\.window.isUndated)
        try seal(windows, upTo: sequence) { false }
    }

    private func seal(
        _ windows: [RipeWindow], upTo sequence: UInt64, isEnough: () -> Bool
    ) throws(HistoryError) {
        let keyed = state.withLock { state in
            windows.map { item in
                let shelf = state.registry.points[Int(item.point)].shelf
                return (
                    file: HistoryFile(item.window.month, shelf: shelf),
                    key: item.window.key(point: item.point),
                    window: item
                )
            }
        }
        let ordered = keyed.sorted { ($0.file, $0.key) < ($1.file, $1.key) }
        var start = 0
        var batch = Self.batch
        while start < ordered.count, start == 0 || !isEnough() {
            let file = ordered[start].file
            var end = start
            while end < ordered.count, end - start < batch, ordered[end].file == file { end += 1 }
            guard room.allows(.seal) else { throw refuse() }
            do throws(HistoryError) {
                try write(ordered[start..<end].map(\.window), in: file, upTo: sequence)
                start = end
            } catch {
                // On a disk that is nearly full a part may still fit, and frees the tail that held it.
                guard case .noSpace = error, batch > Self.smallestBatch else { throw error }
                batch /= 4
            }
        }
        state.withLock { $0.statistics.sealFault = nil }
    }

    /// What is left of the disk belongs to the ledger: the readings stay in the tail.
    private func refuse() -> HistoryError {
        let refusal = HistoryError.noSpace(file: months.folder)
        state.withLock { $0.statistics.sealFault = refusal }
        return refusal
    }

    private func write(
        _ windows: [RipeWindow], in file: HistoryFile, upTo sequence: UInt64
    ) throws(HistoryError) {
        let seals = state.withLock { state in
            var seen: Set<RipeWindow> = []
            var seals: [MonthFile.Seal] = []
            for ripe in windows {
                for hot in state.hot.overlapping(ripe) {
                    let item = RipeWindow(point: ripe.point, window: hot.window)
                    guard seen.insert(item).inserted else { continue }
                    seals.append(
                        MonthFile.Seal(
                            item: item, readings: hot,
                            hints: state.registry.points[Int(ripe.point)].hints))
                }
            }
            return seals
        }
        guard !seals.isEmpty else { return }
        do {
            // First: rows must never be older than the readings they stand for.
            try rollUps.forget(seals.map(\.item))
            try months.opened(file).write(seals, upTo: sequence) { _ in
                state.withLock { $0.statistics.damaged += 1 }
            }
        } catch {
            // Nothing is assumed of what the file has now: writing the same again is harmless.
            if case .damaged(file.path(in: months.folder)) = error {
                setAside(file)
            } else {
                months.forget(file)
            }
            state.withLock { $0.statistics.sealFault = error }
            throw error
        }
        state.withLock { state in
            state.hot.remove(seals.map(\.item))
            state.statistics.sealed += UInt64(seals.reduce(0) { $0 + $1.readings.count })
        }
    }

    /// Puts a damaged file aside and tells of it.
    func setAside(_ name: HistoryFile) {
        let file = months.setAside(name, at: clock().wallMilliseconds)
        state.withLock { state in
            state.statistics.damaged += 1
            if let file { state.statistics.note(file) }
        }
    }
}
