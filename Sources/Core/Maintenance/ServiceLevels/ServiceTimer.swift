public import Facility

/// The clock of one promise of one order: when it ran, when it was up.
public struct ServiceTimer: Hashable, Sendable, Codable {
    /// A span in which the clock ran; without an end it runs.
    public struct Run: Hashable, Sendable, Codable {
        /// From when, wall-clock milliseconds.
        public let from: Int64
        /// Until when; nil while it runs.
        public var to: Int64?
    }

    /// The most runs that are kept apart.
    private static let mostRuns = 50

    /// The promise.
    public let promise: ServicePromise
    /// How long it may take, milliseconds; the least that was ever promised.
    public var budgetMilliseconds: Int64
    /// When it ran.
    public var runs: [Run]
    /// When the time is up, wall-clock milliseconds; nil while the clock stands still.
    public var deadlineWallMilliseconds: Int64?
    /// The step at which people were told last, percent; 0 for none.
    public var lastStep: Int = 0
    /// When what was promised happened; nil while it is waited for.
    public var stoppedWallMilliseconds: Int64?
    /// Whether it took too long; final once it has stopped.
    public var isBreached: Bool = false

    /// Starts a clock.
    init(_ promise: ServicePromise, budget: Int64, from start: Int64) {
        self.promise = promise
        self.budgetMilliseconds = budget
        self.runs = [Run(from: start)]
    }

    /// Whether the clock runs.
    public var isRunning: Bool { stoppedWallMilliseconds == nil && runs.last.map { $0.to == nil } ?? false }

    /// How much of the hours it has run until an instant, milliseconds.
    public func spent(at wallMilliseconds: Int64, _ hours: ServiceHours, _ zone: SiteZone) -> Int64 {
        runs.reduce(0) { $0 + hours.elapsed(from: $1.from, to: $1.to ?? wallMilliseconds, in: zone) }
    }

    /// The instant by which it has run so long; nil if it stands still before.
    func instant(spending milliseconds: Int64, _ hours: ServiceHours, _ zone: SiteZone) -> Int64? {
        var left = milliseconds
        for run in runs {
            guard let to = run.to else { return hours.instant(after: left, from: run.from, in: zone) }
            let length = hours.elapsed(from: run.from, to: to, in: zone)
            if left <= length { return hours.instant(after: left, from: run.from, in: zone) }
            left -= length
        }
        return nil
    }

    mutating func pause(at wallMilliseconds: Int64) {
        guard isRunning, let last = runs.indices.last else { return }
        runs[last].to = wallMilliseconds
        deadlineWallMilliseconds = nil
    }

    mutating func resume(at wallMilliseconds: Int64) {
        guard stoppedWallMilliseconds == nil, !isRunning else { return }
        // An alarm that comes and goes for days must not fill the order: from here on it counts as one run.
        if runs.count >= Self.mostRuns, let last = runs.indices.last {
            runs[last].to = nil
        } else {
            runs.append(Run(from: wallMilliseconds))
        }
    }

    mutating func stop(at wallMilliseconds: Int64, _ hours: ServiceHours, _ zone: SiteZone) {
        guard stoppedWallMilliseconds == nil else { return }
        if let last = runs.indices.last, runs[last].to == nil { runs[last].to = wallMilliseconds }
        stoppedWallMilliseconds = wallMilliseconds
        deadlineWallMilliseconds = nil
        isBreached = spent(at: wallMilliseconds, hours, zone) > budgetMilliseconds
    }

    /// Carries on as if it had never stopped.
    mutating func carryOn() {
        guard stoppedWallMilliseconds != nil, let last = runs.indices.last else { return }
        stoppedWallMilliseconds = nil
        isBreached = false
        runs[last].to = nil
    }

    /// A step of the time that has come and was not told.
    struct DueStep {
        let percent: Int
        let wallMilliseconds: Int64
        /// How many have come at once.
        let count: Int
    }

    /// The highest step that has come and was not told.
    func dueStep(
        at wallMilliseconds: Int64, _ steps: [Int], _ hours: ServiceHours, _ zone: SiteZone
    ) -> DueStep? {
        guard isRunning else { return nil }
        var found: DueStep?
        for percent in steps where percent > lastStep {
            guard let instant = instant(of: percent, hours, zone), instant <= wallMilliseconds else { break }
            found = DueStep(percent: percent, wallMilliseconds: instant, count: (found?.count ?? 0) + 1)
        }
        return found
    }

    /// When the next step comes that was not told.
    func nextStep(_ steps: [Int], _ hours: ServiceHours, _ zone: SiteZone) -> Int64? {
        guard isRunning, let percent = steps.first(where: { $0 > lastStep }) else { return nil }
        return instant(of: percent, hours, zone)
    }

    private func instant(of percent: Int, _ hours: ServiceHours, _ zone: SiteZone) -> Int64? {
        instant(
            spending: budgetMilliseconds / 100 * Int64(percent)
                + budgetMilliseconds % 100 * Int64(percent) / 100, hours, zone)
    }
}
