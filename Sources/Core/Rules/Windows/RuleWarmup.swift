public import Facility

/// Fills the windows of one rule instance from history, beside the engine.
///
/// The engine gives it out as of a moment; whoever reads the history plays samples of its points in the order of
/// their time, and the engine puts what came of it in front of what it saw itself since that moment. Nothing is
/// raised or cleared by it, and nothing that was kept across a restart is overwritten: history only fills what is
/// missing behind the end of what was kept.
public struct RuleWarmup: Sendable {
    /// The rule.
    public let rule: RuleID
    /// The asset.
    public let asset: AssetID
    /// The points it wants samples of.
    public let points: [PointID]
    /// From when on, milliseconds since 1970.
    public let fromWallMilliseconds: Int64
    /// Up to when: the engine sees for itself what comes after it.
    public let start: Moment

    let instance: RuleInstance
    private(set) var slots: [RuleMemory.Slot]
    private var table: PointTable
    /// For how long a stored value holds, by place among the points; nil for without end.
    private let holds: [Int64?]
    private var scratch = RuleScratch()
    /// The moment whose samples are being taken, and when the rule wants to be looked at after it.
    private var present: Int64?
    private var recheck: Int64?
    /// When each point's last value ends to hold.
    private var ends: [Int64?]
    /// Up to when the windows were kept: what is older is in them already.
    private let keptUntil: Int64

    /// Begins to fill what an instance remembers.
    ///
    /// - Parameter holds: for how long a stored value holds at most, by the place among the instance's points.
    init(_ instance: RuleInstance, slots: [RuleMemory.Slot], holds: [Int64?], at start: Moment) {
        self.instance = instance
        self.rule = instance.rule
        self.asset = instance.asset
        self.points = instance.points
        self.start = start
        self.slots = slots
        self.holds = holds
        self.ends = Array(repeating: nil, count: instance.points.count)
        let lookback = instance.lookbackMilliseconds
        let kept = slots.compactMap { slot -> Int64? in
            guard case .window(let window) = slot else { return nil }
            return window.end
        }
        self.keptUntil = kept.max().map { start.wallMilliseconds - (start.uptimeMilliseconds - $0) } ?? .min
        self.fromWallMilliseconds = start.wallMilliseconds - lookback
        self.table = PointTable(
            pointCount: instance.points.count, startedAt: start.advanced(milliseconds: -lookback))
    }

    /// Takes a sample of the past; one that is older than the last one counts as of the same time.
    public mutating func take(_ sample: Sample) {
        let time = min(max(sample.wallMilliseconds, present ?? fromWallMilliseconds), start.wallMilliseconds)
        if let present, time > present { pass(until: time) }
        present = time
        for place in points.indices where points[place] == sample.point {
            ends[place] = holds[place].map { time + $0 }
            record(sample.moved(to: PointID(place)), at: time)
        }
    }

    /// Lets the last values hold until the moment at which the site was last known to be watched.
    public mutating func finish(watchedUntilWallMilliseconds end: Int64) {
        guard let present else { return }
        let end = min(max(end, present), start.wallMilliseconds)
        pass(until: end)
        evaluate(at: end)
        slots = instance.kept(slots, at: moment(end))
    }

    /// Looks at the rule whenever it wants to be, and whenever a value has ended to hold, up to a time.
    private mutating func pass(until time: Int64) {
        guard let present else { return }
        evaluate(at: present < keptUntil && keptUntil < time ? keptUntil : present)
        while true {
            let ending = ends.compactMap(\.self).min()
            let next = min(ending ?? .max, recheck.map(wall) ?? .max)
            guard next < time else { return }
            if next == ending {
                for place in points.indices where ends[place] == next {
                    ends[place] = nil
                    record(Sample(PointID(place), failed: .neverRead, at: next), at: next)
                }
            }
            evaluate(at: next)
        }
    }

    private mutating func record(_ sample: Sample, at time: Int64) {
        _ = table.record(sample, at: moment(time))
    }

    private mutating func evaluate(at time: Int64) {
        guard time >= keptUntil else { return }
        let now = moment(time)
        let verdict = instance.evaluate(locally: table, slots: &slots, scratch: &scratch, at: now)
        recheck = verdict.recheckUptimeMilliseconds.map { max($0, now.uptimeMilliseconds + 1) }
    }

    private func moment(_ wall: Int64) -> Moment {
        start.advanced(milliseconds: wall - start.wallMilliseconds)
    }

    private func wall(_ uptime: Int64) -> Int64 {
        start.wallMilliseconds - (start.uptimeMilliseconds - uptime)
    }
}
