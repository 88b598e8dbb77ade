public import Facility

/// What a point has added up, whatever its counter does: it may start again, roll over or be replaced.
public struct MeterTally: Hashable, Sendable, Codable {
    /// The asset.
    public let asset: AssetID
    /// Its point.
    public let point: String
    /// What is read from it.
    public let kind: Plan.Meter.Kind
    /// What was added up since the tally began.
    public private(set) var total = 0.0
    /// The last reading of a counter, or 1 and 0 for a contact.
    public private(set) var last: Double?
    /// When it was taken, wall-clock milliseconds.
    public private(set) var lastWallMilliseconds: Int64?
    /// Readings one after the other that were below the last one, but not by so much that it started again.
    private var doubtful = 0
    /// The total at the end of each of the last days, the oldest first.
    private var days: [Day] = []

    private struct Day: Hashable, Codable, Sendable {
        let day: CivilDate
        var total: Double
    }

    /// No contact counts for longer without a word from it.
    static let longestSilence: Int64 = 15 * 60_000
    /// How many days the mean use is taken over.
    static let meanDays = 30

    /// A tally that begins.
    public init(asset: AssetID, point: String, kind: Plan.Meter.Kind) {
        self.asset = asset
        self.point = point
        self.kind = kind
    }

    /// Takes a reading.
    ///
    /// A counter below half of what it showed has started again. One that is a little lower is not believed
    /// until it says so three times: then it was replaced, and nothing is added for the time between.
    public mutating func take(
        _ reading: Double, at wallMilliseconds: Int64, on day: CivilDate, rollover: Double? = nil
    ) {
        guard reading.isFinite else { return }
        switch kind {
        case .counter: takeCounter(reading, rollover: rollover)
        case .hours:
            if let last, last > 0, let before = lastWallMilliseconds {
                let passed = max(0, min(wallMilliseconds - before, Self.longestSilence))
                total += Double(passed) / 3_600_000
            }
            last = reading
        case .starts:
            if let last, last == 0, reading > 0 { total += 1 }
            last = reading
        }
        lastWallMilliseconds = wallMilliseconds
        note(day)
    }

    /// The meter was replaced by one that shows something else: what was counted stays.
    public mutating func replace(showing reading: Double) {
        last = reading
        doubtful = 0
    }

    /// The mean use of a day over the last month; nil before a whole day has passed.
    public func usePerDay(on day: CivilDate) -> Double? {
        guard let first = days.first, day > first.day else { return nil }
        return (total - first.total) / Double(day.dayNumber - first.day.dayNumber)
    }

    /// The day a mark will be reached by mean use; nil where nothing is used.
    public func forecast(of mark: Double, on day: CivilDate) -> CivilDate? {
        if total >= mark { return day }
        guard let use = usePerDay(on: day), use > 0 else { return nil }
        let remaining = (mark - total) / use
        return remaining < 36_500 ? day.advanced(days: Int(remaining.rounded(.up))) : nil
    }

    private mutating func takeCounter(_ reading: Double, rollover: Double?) {
        guard let last else {
            self.last = reading
            return
        }
        if reading >= last {
            total += reading - last
        } else if let rollover, last > rollover * 0.9, reading < rollover * 0.1 {
            total += rollover - last + reading
        } else if reading >= last / 2 {
            doubtful += 1
            guard doubtful >= 3 else { return }
        }
        doubtful = 0
        self.last = reading
    }

    private mutating func note(_ day: CivilDate) {
        if days.last?.day == day {
            days[days.count - 1].total = total
        } else if days.last.map({ $0.day < day }) != false {
            days.append(Day(day: day, total: total))
        }
        if days.count > Self.meanDays + 1 { days.removeFirst(days.count - Self.meanDays - 1) }
    }
}

extension Plan.Meter.Kind: Codable {}
