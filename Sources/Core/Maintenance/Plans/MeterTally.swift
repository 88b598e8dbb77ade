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
    /// The same on the uptime clock; nil where that is not known, or the machine was started anew since.
    private var lastUptimeMilliseconds: Int64?
    /// What a counter showed first.
    public private(set) var first: Double?
    /// The readings that cannot follow on the last one; nil where it was a good one.
    private var doubt: Doubt?
    /// Where the counter went on from elsewhere last, and when: somebody may tell why later.
    private var found: Break?
    private var foundWallMilliseconds: Int64?
    /// The total at the end of each of the last days, the oldest first.
    private var days: [Day] = []

    /// Readings one after the other that follow on each other, but not on what came before.
    private struct Doubt: Hashable, Codable, Sendable {
        let first: Double
        var last: Double
        var wallMilliseconds: Int64
        var uptimeMilliseconds: Int64?
        var count = 1
    }

    /// That a counter goes on from another reading than the one it showed last.
    public struct Break: Hashable, Codable, Sendable {
        /// What it showed last.
        public let from: Double
        /// What it went on from.
        public let to: Double
    }

    private struct Day: Hashable, Codable, Sendable {
        let day: CivilDate
        var total: Double
    }

    /// No contact counts for longer without a word from it.
    static let longestSilence: Int64 = 15 * 60_000
    /// How many days the mean use is taken over.
    static let meanDays = 30
    /// How many readings have to agree that a counter goes on from elsewhere.
    static let proof = 3
    /// How long after a counter went on from elsewhere its replacement is told, milliseconds.
    static let telling: Int64 = 7 * 86_400_000

    /// A tally that begins.
    public init(asset: AssetID, point: String, kind: Plan.Meter.Kind) {
        self.asset = asset
        self.point = point
        self.kind = kind
    }

    /// Takes a reading; tells where a counter goes on from elsewhere.
    ///
    /// A counter that falls, or rises faster than it can, is not believed until three readings agree: then it
    /// started again or was replaced, and goes on from the first of them. Nothing is added for the leap itself,
    /// unless it rose while nothing measured how much time passed: then that is what it counted meanwhile.
    ///
    /// - Parameters:
    ///   - uptime: when, on the uptime clock: wall clocks are set. Nil where that is not known.
    ///   - day: the site's day; nil where that is not known.
    ///   - fastest: how much a counter can add up in an hour; nil where nothing is known of it.
    @discardableResult
    public mutating func take(
        _ reading: Double, at wallMilliseconds: Int64, uptime: Int64? = nil, on day: CivilDate?,
        rollover: Double? = nil, fastest: Double? = nil
    ) -> Break? {
        guard reading.isFinite else { return nil }
        var found: Break?
        switch kind {
        case .counter:
            found = takeCounter(
                reading, at: wallMilliseconds, uptime: uptime, rollover: rollover, fastest: fastest)
            if doubt != nil { return nil }
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
        lastUptimeMilliseconds = uptime
        if let day { note(day) }
        return found
    }

    /// The meter was replaced by one that shows something else: what was counted stays.
    ///
    /// - Parameter old: what the old one showed at the end; nil for its last reading.
    public mutating func replace(showing reading: Double, old: Double? = nil) -> Break {
        defer {
            found = nil
            doubt = nil
        }
        if let found, let last, isTold(old, of: found) {
            // What the new one has shown since is counted already.
            let end = old ?? found.from
            total += max(0, end - found.from)
            self.last = max(last, reading)
            return Break(from: end, to: reading)
        }
        let end = old ?? last ?? reading
        first = last == nil ? end : begun
        total += max(0, end - (last ?? end))
        last = reading
        return Break(from: end, to: reading)
    }

    /// Whether a replacement that is told is the one that was found by itself.
    private func isTold(_ old: Double?, of found: Break) -> Bool {
        guard let since = foundWallMilliseconds, let now = lastWallMilliseconds else { return false }
        return (0...Self.telling).contains(now - since) && (old ?? found.from) >= found.from
    }

    /// The same for a machine that was started anew: its uptime clock knows nothing of before.
    public var afterReboot: MeterTally {
        var other = self
        other.lastUptimeMilliseconds = nil
        other.doubt?.uptimeMilliseconds = nil
        return other
    }

    /// What a counter would show if it had never started again nor been replaced.
    public var life: Double { begun + total }

    /// What a counter showed first; tallies of older versions did not keep it.
    private var begun: Double {
        first ?? (kind == .counter ? max(0, (last ?? 0) - total) : 0)
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

    private mutating func takeCounter(
        _ reading: Double, at wallMilliseconds: Int64, uptime: Int64?, rollover: Double?, fastest: Double?
    ) -> Break? {
        guard let last else {
            self.last = reading
            first = reading
            return nil
        }
        first = begun
        func follows(_ before: Double, since: Int64?, uptimeSince: Int64?) -> Bool {
            guard reading >= before else { return false }
            guard let fastest, let since else { return true }
            let ran = uptime.flatMap { uptime in uptimeSince.map { uptime - $0 } } ?? 0
            // An hour more, or a step: counters are written in whole numbers, and clocks are not exact.
            let hours = Double(max(0, wallMilliseconds - since, ran)) / 3_600_000
            return reading - before <= max(1, fastest * (hours + 1))
        }
        if follows(last, since: lastWallMilliseconds, uptimeSince: lastUptimeMilliseconds) {
            total += reading - last
        } else if let rollover, last > rollover * 0.9, reading < rollover * 0.1 {
            total += rollover - last + reading
        } else {
            if var doubt,
                follows(doubt.last, since: doubt.wallMilliseconds, uptimeSince: doubt.uptimeMilliseconds)
            {
                doubt.last = reading
                doubt.wallMilliseconds = wallMilliseconds
                doubt.uptimeMilliseconds = uptime
                doubt.count += 1
                self.doubt = doubt
            } else {
                doubt = Doubt(
                    first: reading, last: reading, wallMilliseconds: wallMilliseconds,
                    uptimeMilliseconds: uptime)
            }
            guard let doubt, doubt.count >= Self.proof else { return nil }
            self.last = reading
            self.doubt = nil
            if doubt.first >= last, uptime != nil, lastUptimeMilliseconds == nil {
                total += reading - last
                return nil
            }
            total += reading - doubt.first
            found = Break(from: last, to: doubt.first)
            foundWallMilliseconds = wallMilliseconds
            return found
        }
        doubt = nil
        self.last = reading
        return nil
    }

    private mutating func note(_ day: CivilDate) {
        // Later days were never there: the clock that told of them was wrong.
        days.removeAll { $0.day > day }
        if days.last?.day == day {
            days[days.count - 1].total = total
        } else {
            days.append(Day(day: day, total: total))
        }
        if days.count > Self.meanDays + 1 { days.removeFirst(days.count - Self.meanDays - 1) }
    }
}

extension Plan.Meter.Kind: Codable {}
