import Trends

/// Readings of one window that are on disk in the tail only, packed as they come.
struct HotWindow: Sendable {
    let window: ChunkWindow
    let start: Int64
    let end: Int64
    /// The first record of the tail that holds one of them.
    let firstSequence: UInt64
    /// Whether the point had moved on before the first of them came: such windows wait for more.
    let isLate: Bool
    private var readings = PackedReadings()

    init(window: ChunkWindow, firstSequence: UInt64, isLate: Bool) {
        self.window = window
        self.start = window.startMilliseconds
        self.end = window.endMilliseconds
        self.firstSequence = firstSequence
        self.isLate = isLate
    }

    var count: Int { readings.count }

    mutating func append(_ row: FlatSample, texts: [String], resolution: Double?) {
        readings.append(row, texts: texts, resolution: resolution)
    }

    /// The readings in the order they came.
    func columns() -> SampleColumns { readings.columns() }

    func overlaps(_ span: Range<Int64>) -> Bool { start < span.upperBound && end > span.lowerBound }
}

/// One window that may be sealed.
struct RipeWindow: Hashable, Sendable {
    let point: Int32
    let window: ChunkWindow
}

/// Every reading that is not yet in a chunk, by point and window.
struct HotReadings: Sendable {
    private struct HotPoint: Sendable {
        /// The level of the point's next window.
        var level: Int
        /// The level its expected pace asks for; windows are never longer.
        var ceiling: Int
        var resolution: Double?
        var windows: [HotWindow] = []
        /// The start of the newest window so far.
        var newestStart: Int64 = .min
    }

    /// Readings in all windows.
    private(set) var count = 0
    /// Windows their points have left, in no order.
    private(set) var ripe: Set<RipeWindow> = []
    /// Readings in ripe windows, about.
    private(set) var ripeCount = 0
    /// The time of the newest reading.
    private(set) var newestMilliseconds: Int64 = .min

    private var points: [HotPoint] = []
    private let sealSamples: Int

    init(sealSamples: Int) {
        self.sealSamples = sealSamples
    }

    /// Prepares for the points of a registry; a known point's expectations may have changed.
    mutating func prepare(_ stored: [StoredPoint]) {
        for (number, point) in stored.enumerated() {
            let level = point.firstLevel(sealSamples: sealSamples)
            let ceiling = point.level(sealSamples: sealSamples)
            if number == points.count {
                points.append(HotPoint(level: level, ceiling: ceiling, resolution: point.resolution))
            } else if points[number].ceiling != ceiling {
                points[number].level = level
                points[number].ceiling = ceiling
            }
            points[number].resolution = point.resolution
        }
    }

    /// Takes a reading that is on disk in a record of the tail.
    mutating func append(_ row: TailRow, texts: [String], sequence: UInt64) {
        let number = Int(row.point)
        let time = row.sample.wallMilliseconds
        count += 1
        newestMilliseconds = max(newestMilliseconds, time)
        guard let place = place(of: time, for: number, sequence: sequence) else { return }
        let resolution = points[number].resolution
        points[number].windows[place].append(row.sample, texts: texts, resolution: resolution)
        let size = points[number].windows[place].count
        // At the shortest level a window has as many readings as there are.
        if size >= 4 * sealSamples, size % (4 * sealSamples) == 0 { leaveOverfull(number, place) }
    }

    /// The windows of a point that overlap `[from, to)`.
    func windows(of number: Int32, from: Int64, to: Int64) -> [HotWindow] {
        guard from < to, Int(number) < points.count else { return [] }
        return points[Int(number)].windows.filter { $0.overlaps(from..<to) }
    }

    /// The first record of the tail that is still needed; nil if none is.
    var firstSequence: UInt64? {
        points.lazy.compactMap { $0.windows.lazy.map(\.firstSequence).min() }.min()
    }

    /// Windows with readings of records up to a number.
    func windows(upTo sequence: UInt64) -> [RipeWindow] {
        points.enumerated().flatMap { number, point in
            point.windows.filter { $0.firstSequence <= sequence }
                .map { RipeWindow(point: Int32(number), window: $0.window) }
        }
    }

    /// The first point that has a window of a kind.
    func firstPoint(where isWanted: (Int32, ChunkWindow) -> Bool) -> Int32? {
        points.indices.first { number in
            points[number].windows.contains { isWanted(Int32(number), $0.window) }
        }.map { Int32($0) }
    }

    /// A window and all windows of its point that overlap it, with what they hold.
    ///
    /// They must be sealed together: at a restart a chunk says of its whole window that it is in chunks.
    func overlapping(_ ripe: RipeWindow) -> [HotWindow] {
        var span = ripe.window.startMilliseconds..<ripe.window.endMilliseconds
        while true {
            let found = points[Int(ripe.point)].windows.filter {
                $0.window.month == ripe.window.month && $0.overlaps(span)
            }
            let wider = found.reduce(span) { min($0.lowerBound, $1.start)..<max($0.upperBound, $1.end) }
            if wider == span { return found }
            span = wider
        }
    }

    /// Forgets windows that are sealed now.
    mutating func remove(_ sealed: [RipeWindow]) {
        for item in sealed {
            guard
                let place = points[Int(item.point)].windows.firstIndex(where: { $0.window == item.window })
            else { continue }
            let removed = points[Int(item.point)].windows.remove(at: place)
            count -= removed.count
            if ripe.remove(item) != nil { ripeCount -= removed.count }
        }
    }

    /// The place of the window a reading goes to, made now if there is none.
    private mutating func place(of time: Int64, for number: Int, sequence: UInt64) -> Int? {
        let level = points[number].level
        // By index: to hand a window to a closure would count references for every reading.
        for place in points[number].windows.indices.reversed()
        where points[number].windows[place].start <= time && time < points[number].windows[place].end
            && points[number].windows[place].window.level == level
        {
            return place
        }
        guard var window = ChunkWindow(containing: time, level: level) else { return nil }
        let isLate = window.startMilliseconds < points[number].newestStart
        if !isLate {
            leaveWindows(of: number, before: window)
            window = ChunkWindow(containing: time, level: points[number].level) ?? window
            points[number].newestStart = window.startMilliseconds
        }
        points[number].windows.append(
            HotWindow(window: window, firstSequence: sequence, isLate: isLate))
        return points[number].windows.count - 1
    }

    /// Marks what a point has left as ripe, and fits the length of its windows to its pace.
    private mutating func leaveWindows(of number: Int, before next: ChunkWindow) {
        for window in points[number].windows where !window.isLate && window.end <= next.startMilliseconds {
            mark(number, window)
            let level = points[number].level
            if window.count > 2 * sealSamples, level > 0 {
                points[number].level = level - 1
            } else if window.count < sealSamples / 4, level < points[number].ceiling, next.index % 2 == 0 {
                points[number].level = level + 1
            }
        }
    }

    /// Seals a window early that grew far beyond a chunk, and goes on with shorter ones.
    private mutating func leaveOverfull(_ number: Int, _ place: Int) {
        let window = points[number].windows[place]
        mark(number, window)
        if points[number].level == window.window.level, points[number].level > 0 {
            points[number].level -= 1
        }
    }

    private mutating func mark(_ number: Int, _ window: HotWindow) {
        let item = RipeWindow(point: Int32(number), window: window.window)
        if ripe.insert(item).inserted { ripeCount += window.count }
    }
}
