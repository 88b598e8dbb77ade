/// Whose turn it is on a bus.
///
/// Every group of reads has a grid of due times that never drifts: a late cycle does not move the next one.
/// Whatever is due goes in the order of the deadlines, in rounds: a unit gets as many reads per round as its
/// weight says, and the next round starts when nothing due has a read left. So a unit with many reads cannot
/// push another aside, and no due read waits longer than one round. A unit that has just failed to answer waits
/// for the gaps between the others, so that units which die together do not stop them. A cycle that takes longer than its period
/// swallows the cycles it overlaps, counted, instead of being followed by a burst.
public struct PollSchedule: Sendable {
    /// One read whose time has come.
    public struct Turn: Hashable, Sendable {
        /// The unit, as an index.
        public let unit: Int
        /// The group of its plan.
        public let group: Int
        /// The read of the group.
        public let request: Int
    }

    private struct Group {
        let period: Int64?
        var requests: Int
        /// Any time of the grid.
        var origin: Int64
        var due: Int64
        var cursor = 0
        /// Whether a read of the running cycle failed.
        var hasFailed = false

        var deadline: Int64 { due + (period ?? 60_000) }

        /// Begins a cycle now, whatever became of the one that ran.
        mutating func restart(at now: Int64) {
            due = now
            cursor = 0
            hasFailed = false
        }
    }

    private struct Unit {
        var groups: [Group] = []
        let weight: Int
        /// How many reads it has left in this round.
        var credit: Int
        var isSuspended = false
        var isSuspect = false
        var notBefore: Int64 = .min
        var overruns = 0
    }

    /// Beyond which no unit is asked for the first time.
    private static let longestFirstDelay: Int64 = 1000
    /// How long after a failure a point that is read once is tried again.
    private static let retryOfSingleReads: Int64 = 60_000

    /// How many reads a unit may make in a row because changing to another one costs silence.
    private static let longestRun = 4

    /// How long a suspect waits for a gap before it may go first, one a second.
    private static let suspectPatience: Int64 = 3000
    private static let suspectInterval: Int64 = 1000

    private var units: [Unit]
    private var run = 0
    private var nextSuspectAt = Int64.min

    /// Plans the first turns.
    ///
    /// - Parameters:
    ///   - plans: the plan of each unit.
    ///   - weights: how many reads each unit has per round; one where nothing is said.
    ///   - phase: where between 0 and 1 this bus stands among the buses that start with it, so that they do
    ///     not all ask at the same instant.
    public init(_ plans: [PollPlan], weights: [Int] = [], at now: Int64, phase: Double) {
        units = plans.indices.map { index in
            let weight = index < weights.count ? max(weights[index], 1) : 1
            return Unit(weight: weight, credit: weight)
        }
        for (unit, plan) in plans.enumerated() {
            let share = (phase + Double(unit) / Double(max(plans.count, 1))).truncatingRemainder(
                dividingBy: 1)
            units[unit].groups = plan.groups.map { group in
                let period = group.periodMilliseconds
                let spread = Double(min(period ?? Self.longestFirstDelay, Self.longestFirstDelay))
                return Group(
                    period: period, requests: group.requests.count,
                    origin: now + Int64(share * Double(period ?? 0)), due: now + Int64(share * spread))
            }
        }
    }

    /// How many cycles of a unit were swallowed by cycles that took too long.
    public func overruns(of unit: Int) -> Int { units[unit].overruns }

    /// The read whose turn it is; nil if nothing is due.
    ///
    /// - Parameter preferred: the unit that can be asked at once where any other costs more silence first.
    public mutating func next(at now: Int64, preferring preferred: Int? = nil) -> Turn? {
        if let preferred, run < Self.longestRun, !units[preferred].isSuspect,
            let turn = turn(of: preferred, at: now)?.turn
        {
            run += 1
            units[preferred].credit = max(0, units[preferred].credit - 1)
            return turn
        }
        var best: (standing: Standing, candidate: Candidate)?
        for index in units.indices {
            guard let candidate = turn(of: index, at: now) else { continue }
            let standing = standing(of: index, candidate, at: now)
            let isBetter =
                best.map { ($0.standing, $0.candidate.deadline) > (standing, candidate.deadline) } ?? true
            if isBetter { best = (standing, candidate) }
        }
        guard let (standing, candidate) = best else { return nil }
        grant(candidate.turn.unit, standing, at: now)
        return candidate.turn
    }

    /// What a unit with something due may claim, the strongest first.
    private enum Standing: Comparable {
        /// It has waited long enough for a gap.
        case overdue
        /// It has a read left in this round.
        case entitled
        /// It has none left.
        case exhausted
        /// It has just failed to answer.
        case suspect
    }

    private typealias Candidate = (turn: Turn, due: Int64, deadline: Int64)

    private func standing(of index: Int, _ candidate: Candidate, at now: Int64) -> Standing {
        guard units[index].isSuspect else { return units[index].credit > 0 ? .entitled : .exhausted }
        return now - candidate.due > Self.suspectPatience && nextSuspectAt <= now ? .overdue : .suspect
    }

    private mutating func grant(_ unit: Int, _ standing: Standing, at now: Int64) {
        if standing == .exhausted {
            for index in units.indices { units[index].credit = units[index].weight }
        }
        units[unit].credit = max(0, units[unit].credit - 1)
        if units[unit].isSuspect { nextSuspectAt = now + Self.suspectInterval }
        run = 0
    }

    private func turn(of index: Int, at now: Int64) -> Candidate? {
        guard let group = mostUrgentGroup(of: index, at: now) else { return nil }
        let urgent = units[index].groups[group]
        return (Turn(unit: index, group: group, request: urgent.cursor), urgent.due, urgent.deadline)
    }

    /// When the next read falls due, by uptime; nil if none ever does.
    public var nextDue: Int64? {
        var earliest: Int64?
        for unit in units.indices where !units[unit].isSuspended {
            for group in units[unit].groups.indices {
                let due = units[unit].groups[group].due
                guard due != .max else { continue }
                earliest = min(earliest ?? .max, max(due, units[unit].notBefore))
            }
        }
        return earliest
    }

    private func mostUrgentGroup(of index: Int, at now: Int64) -> Int? {
        guard !units[index].isSuspended, units[index].notBefore <= now else { return nil }
        var found: Int?
        var deadline = Int64.max
        for position in units[index].groups.indices {
            let group = units[index].groups[position]
            if group.due <= now, group.deadline < deadline { (found, deadline) = (position, group.deadline) }
        }
        return found
    }

    /// Notes that a read is done, well or badly; after the last read of a group its next cycle is planned.
    public mutating func advance(_ turn: Turn, at now: Int64, hasFailed: Bool = false) {
        guard turn.group < units[turn.unit].groups.count else { return }
        var group = units[turn.unit].groups[turn.group]
        group.cursor += 1
        group.hasFailed = group.hasFailed || hasFailed
        if group.cursor >= group.requests {
            group.cursor = 0
            units[turn.unit].overruns += Self.plan(&group, at: now)
        }
        units[turn.unit].groups[turn.group] = group
    }

    /// Moves a group to its next cycle; how many cycles were swallowed.
    private static func plan(_ group: inout Group, at now: Int64) -> Int {
        guard let period = group.period, period > 0 else {
            // Read once means read once with success.
            group.due = group.hasFailed ? now + retryOfSingleReads : .max
            group.hasFailed = false
            return 0
        }
        // The first cycle runs before its grid time, so the second may come up to half a period early. A cycle
        // that is already due is still worth running in its first half.
        let after = max(group.due + period / 2, now - period / 2) - group.origin
        let steps = after > 0 ? (after + period - 1) / period : -(-after / period)
        let next = group.origin + steps * period
        let swallowed = max(0, (next - group.due - period / 2) / period)
        group.due = next
        return Int(swallowed)
    }

    /// Takes a unit out of the turns.
    public mutating func suspend(_ unit: Int) {
        units[unit].isSuspended = true
    }

    /// Puts a unit back; everything it has falls due at once, what is read once as well: the unit may be another.
    public mutating func resume(_ unit: Int, at now: Int64) {
        units[unit].isSuspended = false
        units[unit].notBefore = .min
        for group in units[unit].groups.indices {
            units[unit].groups[group].restart(at: now)
        }
    }

    /// Notes whether a unit has just failed to answer.
    public mutating func suspect(_ unit: Int, _ isSuspect: Bool) {
        units[unit].isSuspect = isSuspect
    }

    /// Lets a unit wait until an uptime.
    public mutating func hold(_ unit: Int, until uptime: Int64) {
        units[unit].notBefore = uptime
    }

    /// Makes the reads due that are made once after each connection.
    public mutating func connected(at now: Int64) {
        for unit in units.indices {
            for group in units[unit].groups.indices where units[unit].groups[group].period == nil {
                units[unit].groups[group].restart(at: now)
            }
        }
    }

    /// Takes over the times of a unit whose plan is the same.
    mutating func inherit(_ unit: Int, from old: PollSchedule, _ place: Int) {
        units[unit] = old.units[place]
    }

    /// Takes over a new plan of a unit; groups with the same period keep their grid.
    public mutating func replan(_ unit: Int, _ plan: PollPlan, at now: Int64) {
        let old = units[unit].groups
        units[unit].groups = plan.groups.map { group in
            let period = group.periodMilliseconds
            if var kept = old.first(where: { $0.period == period }) {
                kept.requests = group.requests.count
                kept.cursor = 0
                return kept
            }
            return Group(period: period, requests: group.requests.count, origin: now, due: now)
        }
    }
}
