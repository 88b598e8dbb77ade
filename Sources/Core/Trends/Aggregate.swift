/// Every aggregate of one span of time of one point.
///
/// Only finite numbers of good or uncertain quality enter the figures; `count` and `worstQuality` tell of the
/// rest.
public struct Bucket: Hashable, Sendable {
    /// The first millisecond of the span.
    public let startMilliseconds: Int64
    /// How long the span is, milliseconds; the last one may be cut short by the end of the query.
    public let spanMilliseconds: Int64
    /// How many readings, usable or not.
    public internal(set) var count = 0
    /// How many usable numbers.
    public internal(set) var usable = 0
    /// The sum of the usable numbers.
    public internal(set) var sum = 0.0
    /// How much a counter grew up to the readings of the span, since the reading before each.
    public internal(set) var increase = 0.0
    /// The sum of number times milliseconds it stood for.
    public internal(set) var integral = 0.0
    /// The milliseconds for which a usable number stood.
    public internal(set) var coveredMilliseconds: Int64 = 0
    /// The greatest quality number among the readings.
    public internal(set) var worstQuality: UInt8 = 0

    // Without optionals: these are touched for every reading.
    var least = Double.infinity
    var greatest = -Double.infinity
    var earliest = 0.0
    var latest = 0.0

    /// Starts a span without readings.
    public init(startMilliseconds: Int64, spanMilliseconds: Int64) {
        self.startMilliseconds = startMilliseconds
        self.spanMilliseconds = spanMilliseconds
    }

    /// The least usable number; nil when there is none.
    public var minimum: Double? { usable > 0 ? least : nil }

    /// The greatest usable number; nil when there is none.
    public var maximum: Double? { usable > 0 ? greatest : nil }

    /// The first usable number; nil when there is none.
    public var first: Double? { usable > 0 ? earliest : nil }

    /// The last usable number; nil when there is none.
    public var last: Double? { usable > 0 ? latest : nil }

    /// The plain mean of the usable numbers; nil when there is none.
    public var mean: Double? { usable > 0 ? sum / Double(usable) : nil }

    /// The mean weighted by how long each number stood; nil when none stood at all.
    public var weightedMean: Double? {
        coveredMilliseconds > 0 ? integral / Double(coveredMilliseconds) : nil
    }

    /// The part of the span for which a usable number stood, 0 to 1.
    public var coverage: Double {
        spanMilliseconds > 0 ? min(1, Double(coveredMilliseconds) / Double(spanMilliseconds)) : 0
    }
}

/// Sorts readings of one point, in order of time, into buckets.
///
/// A number stands from its own time to that of the next reading, but no longer than `holdMilliseconds`; a
/// reading without a usable number ends it. Readings before `from` are welcome: they say what stood at the
/// start and what a counter grew from.
public struct Aggregation: Sendable {
    /// The first millisecond of the first bucket.
    public let from: Int64
    /// The first millisecond behind the last bucket.
    public let to: Int64
    /// How long a bucket is, milliseconds.
    public let stepMilliseconds: Int64
    /// How long a number stands at most.
    public let holdMilliseconds: Int64
    /// The buckets so far; all of them are there from the start.
    public private(set) var buckets: [Bucket]

    private var standing: Double?
    private var since: Int64 = .min
    private var lastUsable: Double?
    /// The bucket under way, taken out of the row: the next reading mostly belongs to it too.
    private var open: Bucket
    private var openIndex = 0
    private var openEnd: Int64

    /// More buckets than this are never made.
    public static let bucketLimit = 1_000_000

    /// Prepares the buckets of `[from, to)`; nil when they would be none or too many.
    public init?(from: Int64, to: Int64, stepMilliseconds: Int64, holdMilliseconds: Int64) {
        guard from < to, stepMilliseconds > 0, to.subtractingReportingOverflow(from).overflow == false
        else { return nil }
        let number = (to - from - 1) / stepMilliseconds + 1
        guard number <= Self.bucketLimit else { return nil }
        self.from = from
        self.to = to
        self.stepMilliseconds = stepMilliseconds
        self.holdMilliseconds = max(0, holdMilliseconds)
        let buckets = (0..<number).map { index in
            let start = from + index * stepMilliseconds
            return Bucket(startMilliseconds: start, spanMilliseconds: min(stepMilliseconds, to - start))
        }
        self.buckets = buckets
        self.open = buckets[0]
        self.openEnd = from + buckets[0].spanMilliseconds
    }

    /// Whether a whole stretch of readings lies in one bucket.
    public func isWithinOneBucket(from first: Int64, to last: Int64) -> Bool {
        first >= from && last < to && (first - from) / stepMilliseconds == (last - from) / stepMilliseconds
    }

    /// Whether rows of a grain lie in one bucket each.
    public func fits(_ grain: HistoryGrain) -> Bool {
        grain != .reading && stepMilliseconds % grain.milliseconds == 0 && from % grain.milliseconds == 0
    }

    /// Adds one reading.
    public mutating func add(_ row: FlatSample) {
        let time = row.wallMilliseconds
        endStanding(at: time)
        let number = row.usableNumber
        if time >= from, time < to {
            enter(time)
            open.count += 1
            if row.quality > open.worstQuality { open.worstQuality = row.quality }
            if let number {
                if let lastUsable { open.increase += growth(from: lastUsable, to: number) }
                open.take(number)
            }
        }
        standing = number
        since = time
        if let number { lastUsable = number }
    }

    /// Adds readings.
    public mutating func add(_ rows: [FlatSample]) {
        add(rows[...])
    }

    /// Adds some of several readings.
    public mutating func add(_ rows: ArraySlice<FlatSample>) {
        for row in rows { add(row) }
    }

    /// Adds readings that lie in one bucket as a whole.
    public mutating func add(_ summary: ChunkSummary) {
        endStanding(at: summary.firstMilliseconds)
        enter(summary.firstMilliseconds)
        open.count += summary.count
        open.worstQuality = max(open.worstQuality, summary.worstQuality)
        standing = nil
        since = summary.lastMilliseconds
        guard let first = summary.first, let last = summary.last else { return }
        if let lastUsable { open.increase += growth(from: lastUsable, to: first.number) }
        open.take(summary, first: first.number, last: last.number)
        lastUsable = last.number
        if last.wallMilliseconds == summary.lastMilliseconds { standing = last.number }
    }

    /// Ends the last number's standing at the end of the query and gives the buckets.
    public mutating func finish() -> [Bucket] {
        endStanding(at: to)
        standing = nil
        buckets[openIndex] = open
        return buckets
    }

    /// Opens the bucket of a time.
    private mutating func enter(_ time: Int64) {
        guard time >= openEnd || time < open.startMilliseconds else { return }
        buckets[openIndex] = open
        openIndex = Int((time - from) / stepMilliseconds)
        open = buckets[openIndex]
        openEnd = open.startMilliseconds + open.spanMilliseconds
    }

    /// Gives the span from the last reading to `time` to the buckets it crosses.
    private mutating func endStanding(at time: Int64) {
        guard let number = standing, since < to else { return }
        let end = min(time, since.addingReportingOverflow(holdMilliseconds).partialValue, to)
        var start = max(since, from)
        while start < end {
            enter(start)
            let stop = min(end, openEnd)
            open.coveredMilliseconds += stop - start
            open.integral += number * Double(stop - start)
            start = stop
        }
    }
}

extension Bucket {
    @inline(__always)
    fileprivate mutating func take(_ number: Double) {
        if usable == 0 { earliest = number }
        usable += 1
        sum += number
        if number < least { least = number }
        if number > greatest { greatest = number }
        latest = number
    }

    fileprivate mutating func take(_ summary: ChunkSummary, first: Double, last: Double) {
        if usable == 0 { earliest = first }
        usable += summary.usable
        sum += summary.sum
        least = Swift.min(least, summary.minimum)
        greatest = Swift.max(greatest, summary.maximum)
        latest = last
        increase += summary.increase
        integral += summary.integral
        coveredMilliseconds += summary.coveredMilliseconds
    }
}
