public import Facility

/// What a series remembers: kept in the ledger, given back after a restart.
public struct PlanSeriesMemory: Hashable, Sendable, Codable {
    /// The plan and the asset.
    public let series: PlanSeriesID
    /// The schedule as it was when the memory was made: another one is planned anew from its day on.
    public var schedule: String
    /// The day the series was first seen: what came before is nobody's miss.
    public internal(set) var firstSeen: CivilDate
    /// The newest date that has an occurrence; what comes after it is still to come.
    public var cursor: CivilDate?
    /// Which date of the grid that is, or how many there were, counted from 1.
    public var count = 0
    /// When the work was done last, or is planned: the greatest gap counts from it.
    public var lastPlanned: CivilDate?
    /// When the work was done last.
    public var lastSatisfied: CivilDate?
    /// The highest level that was missed and is still owed.
    public var owed: Int?
    /// How many were missed one after the other.
    public var missedInRow = 0
    /// Those whose order is open, the oldest first.
    public var open: [PlanOccurrence] = []
    /// What the meter showed when its marks began to be counted, or when the work was done last.
    public var meterBase: Double?
    /// Whether the condition may ask for work: it was gone since the work was done last.
    public var isArmed = true
    /// Rises whenever dates may have changed: for calendars that follow the plan.
    public var revision = 0
    /// The calendar of worked days as it was when dates were worked out last.
    public var calendar = ""
    /// Whether somebody was told that the plan is neglected.
    public var isNeglected = false

    /// A series that was never looked at.
    public init(series: PlanSeriesID, schedule: String, firstSeen: CivilDate) {
        self.series = series
        self.schedule = schedule
        self.firstSeen = firstSeen
    }
}

/// What all plans together remember.
public struct PlanClockMemory: Hashable, Sendable, Codable {
    /// The latest wall clock ever believed, milliseconds.
    public var lastWallMilliseconds: Int64
    /// The uptime clock when the wall clock was believed last; nil where the machine was started anew since.
    public var lastUptimeMilliseconds: Int64?
    /// That the wall clock is not believed; nil while it is.
    public var doubt: ClockDoubt?
    /// Years whose holidays are not known and somebody was told so: `cn/2027`.
    public var warnedYears: Set<String> = []
    /// Assets that need an inspection before they return to service.
    public var longStopped: Set<AssetID> = []

    /// Carries on from a wall clock.
    public init(lastWallMilliseconds: Int64) {
        self.lastWallMilliseconds = lastWallMilliseconds
    }

    /// Carries on from both clocks.
    init(believing now: Moment) {
        lastWallMilliseconds = now.wallMilliseconds
        lastUptimeMilliseconds = now.uptimeMilliseconds
    }
}

extension PlanClockMemory {
    /// How far the wall clock is ahead of where the last one believed and the time passed since have brought it,
    /// milliseconds; below 0 where it fell back.
    ///
    /// After the machine was started anew only the time since then is known to have passed. From a clock that was
    /// never set there is nothing to leap.
    func leap(at now: Moment) -> Int64 {
        guard lastWallMilliseconds >= TrustedTime.earliest else { return 0 }
        return now.wallMilliseconds - lastWallMilliseconds
            - max(0, now.uptimeMilliseconds - (lastUptimeMilliseconds ?? 0))
    }

    /// The same for a machine that was started anew: spans on its uptime clock mean nothing any more.
    public var afterReboot: PlanClockMemory {
        var other = self
        other.lastUptimeMilliseconds = nil
        other.doubt = doubt?.afterReboot
        return other
    }
}

/// Since when and why a wall clock is not believed.
public struct ClockDoubt: Hashable, Sendable, Codable {
    /// By how much it leapt, milliseconds: below 0 where it fell back.
    public let leapMilliseconds: Int64
    /// Since when it shows what it does, on the uptime clock.
    public let sinceUptimeMilliseconds: Int64
    /// How long it ran on before the machine was started anew, milliseconds; nil where it was not.
    var provenMilliseconds: Int64?
    /// Both clocks when it was seen last; without the uptime clock where the machine was started anew since.
    private(set) var lastWallMilliseconds: Int64?
    private(set) var lastUptimeMilliseconds: Int64?

    /// Begins to doubt a clock.
    init(leapMilliseconds: Int64, sinceUptimeMilliseconds: Int64, at now: Moment) {
        self.leapMilliseconds = leapMilliseconds
        self.sinceUptimeMilliseconds = sinceUptimeMilliseconds
        see(now)
    }

    mutating func see(_ now: Moment) {
        lastWallMilliseconds = now.wallMilliseconds
        lastUptimeMilliseconds = now.uptimeMilliseconds
    }

    /// How long the clock has run on, milliseconds.
    func ranOn(until uptimeMilliseconds: Int64) -> Int64 {
        (provenMilliseconds ?? 0) + max(0, uptimeMilliseconds - sinceUptimeMilliseconds)
    }

    /// The same for a machine that was started anew; nil where nothing is known of when it ended.
    var afterReboot: ClockDoubt? {
        guard let lastUptimeMilliseconds else { return lastWallMilliseconds == nil ? nil : self }
        var other = self
        other.provenMilliseconds = ranOn(until: lastUptimeMilliseconds)
        other.lastUptimeMilliseconds = nil
        return other
    }

    /// Where the machine was started anew: by how much the clock went on while it was off, milliseconds.
    func offMilliseconds(at now: Moment) -> Int64? {
        guard let lastWallMilliseconds, lastUptimeMilliseconds == nil else { return nil }
        return now.wallMilliseconds - lastWallMilliseconds - now.uptimeMilliseconds
    }

    private static let day: Int64 = 86_400_000

    /// How long the clock has to run on until it is believed nevertheless, milliseconds: a day, and another for
    /// each month that would be skipped, a week at most. Dates that were skipped do not come back.
    public var proofMilliseconds: Int64 {
        Self.day + min(6 * Self.day, max(0, leapMilliseconds) / 30)
    }
}

/// Everything plans need to carry on after a restart.
public struct PlanMemory: Hashable, Sendable {
    /// What the series remember.
    public var series: [PlanSeriesMemory] = []
    /// What all of them together remember; nil at the first start.
    public var clock: PlanClockMemory?
    /// The meters.
    public var meters: [MeterTally] = []

    /// Plans that were never stepped.
    public init() {}
}
