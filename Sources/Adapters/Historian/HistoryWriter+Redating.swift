import Facility
import Trends

extension HistoryWriter {
    /// So many readings are moved in one step, about: those of the field must find room in the queue.
    private static let redatedPerStep = 50_000

    /// Gives readings that were stamped before the clock was set their right times, once it is; a part in each step.
    ///
    /// They go through the tail again under their new times, and only when those are on the disk, a step later,
    /// the old ones are forgotten. A crash in between does it again, to the same times.
    mutating func redate() {
        // What the last sync could not bring to the disk is still on its way.
        guard state.withLock({ $0.statistics.fault == nil && !$0.queue.isHalfFull }) else { return }
        forgetMoved()
        guard let redating, !redating.isDone else { return }
        var count = 0
        while count < Self.redatedPerStep {
            let next = state.withLock { state in state.takeUndated(redating.shift, besides: moving) }
            guard let next else { break }
            moving += next.windows
            count += next.count
        }
        guard moving.isEmpty else { return }
        var done = redating
        done.isDone = true
        // What fails is tried again in the next step.
        guard (try? done.save(to: registryQueue, file: registryFile)) != nil else { return }
        self.redating = done
    }

    private mutating func forgetMoved() {
        guard !moving.isEmpty else { return }
        let moved = moving
        moving = []
        state.withLock { $0.hot.remove(moved) }
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

extension StoreState {
    /// Puts the readings of one point's undated windows into the queue, moved by a span; nil when there are none
    /// but those already moved.
    mutating func takeUndated(
        _ shift: Int64, besides moving: [RipeWindow]
    ) -> (windows: [RipeWindow], count: Int)? {
        let taken = Set(moving.map(\.point))
        guard let point = hot.firstPoint(where: { !taken.contains($0) && $1.isUndated }) else { return nil }
        let windows = hot.windows(of: point, from: 0, to: TrustedTime.earliest).filter(\.window.isUndated)
        var count = 0
        for window in windows {
            let columns = window.columns()
            for var row in columns.rows {
                row.wallMilliseconds += shift
                put(row, of: point, text: row.kind == .text ? columns.texts[Int(row.bits)] : nil)
            }
            count += columns.count
        }
        statistics.redated += UInt64(count)
        return (windows.map { RipeWindow(point: point, window: $0.window) }, count)
    }

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
