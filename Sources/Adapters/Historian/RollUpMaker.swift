import Synchronization
import Trends

/// Makes roll-ups of readings that are sealed: of days that are over, of days that changed afterwards, and of
/// months whose readings are about to go.
///
/// That a roll-up is there means that it is complete and right; where none is, queries read the readings. So
/// roll-ups are forgotten before readings of their day are written, and a crash costs time, never truth.
final class RollUpMaker: Sendable {
    private let months: MonthFiles
    private let state: SharedState
    private let retention: RetentionPlan
    private let uptime: @Sendable () -> Int64
    private let work = Mutex(Work())

    private struct Work: Sendable {
        /// Days of points to be made anew.
        var changed: Set<RolledDay> = []
        /// When readings of a month were last written, by uptime milliseconds.
        var written: [HistoryMonth: Int64] = [:]
        /// The last day whose end was followed up.
        var closed: HistoryDay?
        /// The last day that may have roll-ups; nil while that is not known.
        var newest: HistoryDay?
        /// A day that is over and the points still to be looked at, the next one last.
        var closing: (day: HistoryDay, points: [Int32], hasReadings: Bool)?
        /// A file that is about to go, and what of it is not rolled up yet, the next one last.
        var leaving: (file: HistoryFile, items: [RolledDay], grains: [HistoryGrain])?
        /// Roll-ups that wait to be written together.
        var ready: [HistoryFile: [RolledDay: SealedRollUp]] = [:]
        var readyCount = 0
    }

    /// Readings of a day are sealed for so long after its end. Those of slow points are sealed later still; their
    /// day is then made when it changes.
    private static let patience: Int64 = 9 * 3_600_000
    /// So long nothing must have been written to a month whose rows are to be final.
    private static let quiet: Int64 = 24 * 3_600_000
    /// After a long silence so many days are looked at; what is missing of others is made before they go.
    private static let catchUp = 7
    /// A step takes no longer than this, and one look more.
    private static let millisecondsPerStep: Int64 = 200
    /// To look for readings where there are none costs as much as reading so many.
    private static let readingsPerLook = 500
    /// A step reads about so many readings.
    private static let readingsPerStep = 400_000
    /// So many roll-ups are written at once: many small commits would wear the disk.
    private static let batch = 1024

    /// More days are not remembered: of what a huge import changes, roll-ups are made before its readings go.
    private static let changedLimit = 100_000

    init(
        months: MonthFiles, state: SharedState, retention: RetentionPlan,
        uptime: @escaping @Sendable () -> Int64
    ) {
        self.uptime = uptime
        self.months = months
        self.state = state
        self.retention = retention
    }

    /// Forgets what was made of days whose readings are about to change.
    func forget(_ windows: [RipeWindow]) throws(HistoryError) {
        let now = uptime()
        work.withLock { work in
            for window in windows { work.written[window.window.month] = now }
        }
        // A day that was followed up while its readings waited to be sealed has none yet, and is made now.
        let followed = work.withLock { $0.closing?.day ?? $0.closed ?? HistoryDay(number: 0) }
        let newest = max(try newestDay(), followed)
        var items: Set<RolledDay> = []
        for window in windows {
            guard let first = HistoryDay(containing: window.window.startMilliseconds),
                let end = HistoryDay(containing: window.window.endMilliseconds - 1)
            else { continue }
            for number in first.number...end.number {
                let day = HistoryDay(number: number)
                if day <= newest { items.insert(RolledDay(point: window.point, day: day)) }
            }
        }
        guard !items.isEmpty else { return }
        for file in months.files where file.grain != .reading {
            let touched = items.filter { $0.day.month == file.month }
            guard !touched.isEmpty else { continue }
            try guarded(file) { () throws(HistoryError) in
                try months.existing(file)?.removeRollUps(touched)
            }
        }
        work.withLock { work in
            for file in work.ready.keys {
                for item in items where work.ready[file]?.removeValue(forKey: item) != nil {
                    work.readyCount -= 1
                }
            }
            if work.changed.count < Self.changedLimit { work.changed.formUnion(items) }
        }
    }

    /// The last day that may have roll-ups.
    private func newestDay() throws(HistoryError) -> HistoryDay {
        if let known = work.withLock({ $0.newest }) { return known }
        var newest = HistoryDay(number: 0)
        // A file may have been made and hold nothing yet.
        for file in months.files.reversed() where file.grain != .reading && file.month >= newest.month {
            let day = try guarded(file) { () throws(HistoryError) in
                try months.existing(file)?.newestRolledDay() ?? nil
            }
            newest = max(newest, day ?? newest)
        }
        return work.withLock { work in
            let found = max(newest, work.newest ?? newest)
            work.newest = found
            return found
        }
    }

    /// Works on a file of roll-ups; one that is damaged is put aside by the writer soon.
    private func guarded<Output>(
        _ file: HistoryFile, _ body: () throws(HistoryError) -> Output
    ) throws(HistoryError) -> Output {
        do throws(HistoryError) {
            return try body()
        } catch {
            if case .damaged = error { months.suspect(file) }
            throw error
        }
    }

    /// Whether readings of a month are still on their way out of a file that was put aside: nothing is made of what
    /// is there so far.
    private func isSalvaging(_ month: HistoryMonth) -> Bool {
        state.withLock { state in
            state.statistics.setAside.contains {
                !$0.isFinished && $0.origin.month == month && $0.origin.grain == .reading
            }
        }
    }

    /// Does a small part of what there is to do; tells whether a file went.
    func step() throws(HistoryError) -> Bool {
        do throws(HistoryError) {
            var budget = Self.readingsPerStep
            let end = uptime() + Self.millisecondsPerStep
            var hasGone = false
            while true {
                while budget > 0, work.withLock({ $0.readyCount < Self.batch }), let item = try next() {
                    budget -= try make(item.item, isFinal: item.isFinal) + Self.readingsPerLook
                    if uptime() >= end { budget = 0 }
                }
                if work.withLock({ $0.readyCount }) >= Self.batch || budget > 0 { try writeReady() }
                hasGone = try finish() || hasGone
                guard budget > 0, try hasMore() else { return hasGone }
            }
        } catch {
            // Whatever was under way is begun again: making a roll-up twice is harmless.
            let leaving = work.withLock { work in
                let leaving = work.leaving?.file
                work.ready = [:]
                work.readyCount = 0
                work.closing = nil
                work.leaving = nil
                return leaving
            }
            // Its time is over, and on a full disk its room is worth more than what it could leave behind.
            if case .noSpace = error, let leaving { months.remove(leaving) }
            throw error
        }
    }

    /// Removes a file of readings, after leaving behind roll-ups where those are kept for longer.
    ///
    /// That takes many steps; while one file is under way others must wait.
    ///
    /// A month that was written to a short while ago waits, unless room is needed: what an import still brings
    /// would find its days rolled up for good.
    func retire(_ file: HistoryFile, wallMilliseconds: Int64, isPressing: Bool) throws(HistoryError) {
        guard work.withLock({ $0.leaving == nil }), !isSalvaging(file.month) else { return }
        let grains = lasting(beyond: file, wallMilliseconds: wallMilliseconds)
        guard !grains.isEmpty else { return months.remove(file) }
        let written = work.withLock { $0.written[file.month] }
        if !isPressing, let written, uptime() - written < Self.quiet { return }
        guard let open = try months.existing(file) else { return }
        let points = try open.points()
        let items = file.month.days.reversed().flatMap { day in
            points.reversed().map { RolledDay(point: $0, day: day) }
        }
        work.withLock { $0.leaving = (file, items, grains) }
    }

    /// Whether a file is about to go: room will be free when it has.
    var isRetiring: Bool { work.withLock { $0.leaving != nil } }

    /// The grains that outlive the readings of a file.
    private func lasting(beyond file: HistoryFile, wallMilliseconds: Int64) -> [HistoryGrain] {
        HistoryGrain.rollUps.filter { grain in
            let rows = HistoryFile(file.month, shelf: file.shelf, grain: grain)
            let span = retention.span(of: rows)
            return span > retention.span(of: file) && wallMilliseconds - file.month.endMilliseconds < span
        }
    }

    /// Whether another day or file is to be looked at.
    private func hasMore() throws(HistoryError) -> Bool {
        try openDay()
        return work.withLock { $0.closing != nil || $0.leaving != nil || !$0.changed.isEmpty }
    }

    /// The next day of a point to be made.
    private func next() throws(HistoryError) -> (item: RolledDay, isFinal: Bool)? {
        try openDay()
        return work.withLock { work in
            if let item = work.changed.popFirst() { return (item, false) }
            if let day = work.closing?.day, let point = work.closing?.points.popLast() {
                return (RolledDay(point: point, day: day), false)
            }
            return work.leaving?.items.popLast().map { ($0, true) }
        }
    }

    /// Finds the next day that is over.
    private func openDay() throws(HistoryError) {
        guard work.withLock({ $0.closing == nil }) else { return }
        let newest = state.withLock { $0.hot.newestMilliseconds }
        guard newest > Self.patience, let present = HistoryDay(containing: newest - Self.patience) else {
            return
        }
        let first = present.number - Self.catchUp
        var next = max(first, work.withLock { $0.closed.map { $0.number + 1 } } ?? first)
        while next < present.number {
            let day = HistoryDay(number: next)
            if isSalvaging(day.month) { return }
            if try !isClosed(day) {
                let points = try points(of: day.month)
                return work.withLock { $0.closing = (day, points, false) }
            }
            work.withLock { $0.closed = day }
            next += 1
        }
    }

    /// The points that have chunks in a month, the first one last.
    private func points(of month: HistoryMonth) throws(HistoryError) -> [Int32] {
        var points: Set<Int32> = []
        for file in months.files(month, .reading) {
            if let open = try months.existing(file) { points.formUnion(try open.points()) }
        }
        return points.sorted(by: >)
    }

    private func isClosed(_ day: HistoryDay) throws(HistoryError) -> Bool {
        try months.existing(Self.diary(of: day))?.isClosed(day) ?? false
    }

    /// Where it is noted which days are done.
    private static func diary(of day: HistoryDay) -> HistoryFile {
        HistoryFile(day.month, grain: .hour)
    }

    /// Makes the roll-ups of a day; gives how many readings that took, at least 1.
    private func make(_ item: RolledDay, isFinal: Bool) throws(HistoryError) -> Int {
        let (from, to) = (item.day.startMilliseconds, item.day.endMilliseconds)
        let known = state.withLock { state -> (StoredPoint, UnsealedReadings)? in
            // A file may name points that the list of points does not.
            guard state.registry.points.indices.contains(Int(item.point)) else { return nil }
            return (state.registry.points[Int(item.point)], state.unsealed(item.point, from: from, to: to))
        }
        guard let (point, unsealed) = known, isFinal || !isSalvaging(item.day.month) else { return 1 }
        // What is sealed later changes the day, and it is made then.
        guard unsealed.columns(from: from, to: to).isEmpty || isFinal else { return 1 }
        var isWhole = true
        let state = state
        var scan = HistoryScan(number: item.point, from: from, to: to, months: months, unsealed: unsealed) {
            state.withLock { $0.statistics.damaged += 1 }
        }
        var readings: [FlatSample] = []
        while let group = try scan.next() {
            readings +=
                group.columns(from: from, to: to) {
                    isWhole = false
                    state.withLock { $0.statistics.damaged += 1 }
                }.rows
        }
        guard !readings.isEmpty, isWhole || isFinal else { return 1 }
        work.withLock { if $0.closing?.day == item.day { $0.closing?.hasReadings = true } }
        let grains = isFinal ? work.withLock { $0.leaving?.grains ?? [] } : HistoryGrain.rollUps
        let newest = max(try newestDay(), item.day)
        work.withLock { $0.newest = newest }
        for grain in grains {
            let rollUp = RollUp(readings, grain: grain, holdMilliseconds: point.holdMilliseconds)
            guard isFinal || rollUp.isWorthwhile else { continue }
            let sealed = SealedRollUp(item: item, body: RollUpCodec.encode(rollUp), isFinal: isFinal)
            let file = HistoryFile(item.day.month, shelf: point.shelf, grain: grain)
            work.withLock { work in
                if work.ready[file, default: [:]].updateValue(sealed, forKey: item) == nil {
                    work.readyCount += 1
                }
            }
        }
        return readings.count
    }

    private func writeReady() throws(HistoryError) {
        let ready = work.withLock { $0.ready }
        for (file, rollUps) in ready.sorted(by: { $0.key < $1.key }) {
            let ordered = rollUps.values.sorted {
                ($0.item.day, $0.item.point) < ($1.item.day, $1.item.point)
            }
            try guarded(file) { () throws(HistoryError) in try months.opened(file).write(ordered) }
        }
        work.withLock { work in
            work.ready = [:]
            work.readyCount = 0
        }
    }

    /// Ends a day, or a file, of which everything is written; tells whether a file went.
    private func finish() throws(HistoryError) -> Bool {
        let done = work.withLock { work -> (closing: (HistoryDay, Bool)?, file: HistoryFile?) in
            guard work.readyCount == 0, work.changed.isEmpty else { return (nil, nil) }
            let closing = work.closing.flatMap { $0.points.isEmpty ? ($0.day, $0.hasReadings) : nil }
            return (closing, work.leaving.flatMap { $0.items.isEmpty ? $0.file : nil })
        }
        if let (day, hasReadings) = done.closing {
            if hasReadings { try months.opened(Self.diary(of: day)).close(day) }
            work.withLock { work in
                work.closed = day
                work.closing = nil
            }
        }
        let file = done.file
        guard let file else { return false }
        months.remove(file)
        work.withLock { $0.leaving = nil }
        return true
    }
}
