/// How long a point was in one state during one span of time.
public struct StateBucket: Hashable, Sendable {
    /// The first millisecond of the span.
    public let startMilliseconds: Int64
    /// How long the span is, milliseconds; the last one may be cut short by the end of the query.
    public let spanMilliseconds: Int64
    /// How many readings, usable or not.
    public internal(set) var count = 0
    /// How many usable numbers.
    public internal(set) var usable = 0
    /// The milliseconds for which any usable number stood.
    public internal(set) var coveredMilliseconds: Int64 = 0
    /// The milliseconds for which the state stood.
    public internal(set) var heldMilliseconds: Int64 = 0
    /// The greatest quality number among the readings.
    public internal(set) var worstQuality: UInt8 = 0

    /// Starts a span without readings.
    public init(startMilliseconds: Int64, spanMilliseconds: Int64) {
        self.startMilliseconds = startMilliseconds
        self.spanMilliseconds = spanMilliseconds
    }

    /// The part of the known time for which the state stood, 0 to 1; nil when nothing is known.
    public var share: Double? {
        coveredMilliseconds > 0 ? Double(heldMilliseconds) / Double(coveredMilliseconds) : nil
    }

    /// The part of the span for which a usable number stood, 0 to 1.
    public var coverage: Double {
        spanMilliseconds > 0 ? Double(coveredMilliseconds) / Double(spanMilliseconds) : 0
    }
}

/// Sums up how long a point was in one state, from its readings in order of time.
///
/// What stands how long is decided as `Aggregation` does: a number stands from its own time to that of the next
/// reading, but no longer than `holdMilliseconds`, and a reading without a usable number ends it. Flags count
/// as 0 and 1; texts are no states. Readings before `from` say what stood at the start.
public struct StateTimes: Sendable {
    /// The number that stands for the state.
    public let code: Double
    /// The first millisecond of the first span.
    public let from: Int64
    /// The first millisecond behind the last span.
    public let to: Int64
    /// How long a span is, milliseconds.
    public let stepMilliseconds: Int64
    /// How long a number stands at most.
    public let holdMilliseconds: Int64
    /// The spans so far; all of them are there from the start.
    public private(set) var buckets: [StateBucket]

    private var standing: Double?
    private var since: Int64 = .min

    /// Prepares the spans of `[from, to)`; nil when they would be none or too many.
    public init?(code: Double, from: Int64, to: Int64, stepMilliseconds: Int64, holdMilliseconds: Int64) {
        guard from < to, stepMilliseconds > 0, to.subtractingReportingOverflow(from).overflow == false
        else { return nil }
        let number = (to - from - 1) / stepMilliseconds + 1
        guard number <= Aggregation.bucketLimit else { return nil }
        self.code = code
        self.from = from
        self.to = to
        self.stepMilliseconds = stepMilliseconds
        self.holdMilliseconds = max(0, holdMilliseconds)
        buckets = (0..<number).map { index in
            let start = from + index * stepMilliseconds
            return StateBucket(startMilliseconds: start, spanMilliseconds: min(stepMilliseconds, to - start))
        }
    }

    /// Adds one reading.
    public mutating func add(_ row: FlatSample) {
        let time = row.wallMilliseconds
        endStanding(at: time)
        let number = row.usableNumber
        if time >= from, time < to {
            let place = Int((time - from) / stepMilliseconds)
            buckets[place].count += 1
            if number != nil { buckets[place].usable += 1 }
            buckets[place].worstQuality = max(buckets[place].worstQuality, row.quality)
        }
        standing = number
        since = time
    }

    /// Adds readings.
    public mutating func add(_ rows: [FlatSample]) {
        for row in rows { add(row) }
    }

    /// Ends the last number's standing at the end of the query and gives the spans.
    public mutating func finish() -> [StateBucket] {
        endStanding(at: to)
        standing = nil
        return buckets
    }

    /// Gives the span from the last reading to `time` to the spans it crosses.
    private mutating func endStanding(at time: Int64) {
        guard let number = standing, since < to else { return }
        let end = min(time, since.addingReportingOverflow(holdMilliseconds).partialValue, to)
        var start = max(since, from)
        while start < end {
            let place = Int((start - from) / stepMilliseconds)
            let stop = min(end, buckets[place].startMilliseconds + buckets[place].spanMilliseconds)
            buckets[place].coveredMilliseconds += stop - start
            if number == code { buckets[place].heldMilliseconds += stop - start }
            start = stop
        }
    }
}
