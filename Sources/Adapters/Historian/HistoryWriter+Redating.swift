import Trends

extension HistoryWriter {
    /// So many readings are moved in one step: the next sync must not wait for all of them.
    private static let redatedPerStep = 100_000

    /// Gives readings that were stamped before the clock was set their right times, once it is.
    ///
    /// They go through the tail again under their new times; only when those are on the disk the old ones are
    /// forgotten. A crash in between does it again, to the same times.
    mutating func redate() {
        guard let redating, !redating.isDone else { return }
        var moved = 0
        do throws(HistoryError) {
            while moved < Self.redatedPerStep {
                guard let point = state.withLock({ $0.hot.undatedPoint }) else {
                    var done = redating
                    done.isDone = true
                    try done.save(to: registryQueue, file: registryFile)
                    self.redating = done
                    return
                }
                moved += try redate(point, by: redating.shift)
            }
        } catch {
            // The disk refuses: the next step tries again.
            state.withLock { $0.statistics.fault = error }
        }
    }

    private mutating func redate(_ point: Int32, by shift: Int64) throws(HistoryError) -> Int {
        let windows = state.withLock { state in
            state.hot.windows(of: point, from: 0, to: TrustedTime.earliest).filter(\.window.isUndated)
        }
        var count = 0
        for window in windows {
            let columns = window.columns()
            state.withLock { state in
                for var row in columns.rows {
                    row.wallMilliseconds += shift
                    state.put(row, of: point, text: row.kind == .text ? columns.texts[Int(row.bits)] : nil)
                }
            }
            try sync()
            state.withLock { state in
                state.hot.remove([RipeWindow(point: point, window: window.window)])
                state.statistics.redated += UInt64(columns.count)
            }
            count += columns.count
        }
        return count
    }

    /// Gives up the right times of what another boot left behind: its clocks cannot be asked any more.
    func sealUndated() {
        try? sealer.sealUndated(upTo: tail.sequence)
    }
}

extension ChunkWindow {
    /// Whether its readings were stamped before any clock was set.
    var isUndated: Bool { endMilliseconds <= TrustedTime.earliest }
}

extension HotReadings {
    /// A point with readings that were stamped before the clock was set.
    var undatedPoint: Int32? {
        firstPoint { $0.isUndated }
    }
}

extension StoreState {
    /// Puts a reading into the queue as it is, past dead-bands.
    mutating func put(_ row: FlatSample, of number: Int32, text: String?) {
        guard HistoryMonth(containing: row.wallMilliseconds) != nil else {
            statistics.refused &+= 1
            return
        }
        note(row, of: number, text: text)
        if let text {
            queue.append(TailRow(point: number, sample: row), text: text)
        } else {
            queue.append(TailRow(point: number, sample: row))
        }
    }
}
