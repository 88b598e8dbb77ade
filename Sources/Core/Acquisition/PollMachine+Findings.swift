public import Facility

extension PollMachine {
    /// What was found out about the units, to be handed to `init` after a restart.
    public var memory: BusMemory { BusMemory(units: units.compactMap(\.memory)) }

    /// How each unit is read at present and what a read of it costs, in the order of the bus's units.
    public var plans: [(plan: PollPlan, cost: BusCost)] { units.map { ($0.plan, cost(of: $0)) } }

    /// Forgets what a unit was found not to answer, and finds it out anew.
    public mutating func relearn(_ asset: AssetID, at now: Int64) {
        for index in units.indices where units[index].source.asset == asset {
            guard units[index].findings.forget() else { continue }
            memoryRevision += 1
            replan(index, at: now)
        }
    }

    /// Starts to find out which part of a read the unit refuses.
    mutating func split(
        _ poll: Poll, _ fault: Fault, _ timing: Timing, into decision: inout Decision
    ) {
        units[poll.index].split = ReadSplit(refused: poll.request, fault, map: units[poll.index].source.map)
        endSplit(poll, timing, into: &decision)
    }

    /// Takes what the unit said to a half.
    mutating func continueSplit(
        _ poll: Poll, _ answer: ReadSplit.Answer, _ timing: Timing, into decision: inout Decision
    ) {
        units[poll.index].split?.handle(answer)
        endSplit(poll, timing, into: &decision)
    }

    /// Once everything is known, plans anew.
    private mutating func endSplit(_ poll: Poll, _ timing: Timing, into decision: inout Decision) {
        guard let split = units[poll.index].split, split.next == nil else { return }
        let unit = units[poll.index].source
        units[poll.index].split = nil
        units[poll.index].findings.learn(split.findings, in: poll.request.area, at: timing.ended)
        memoryRevision += 1
        replan(poll.index, at: timing.ended.uptimeMilliseconds)
        if !split.findings.points.isEmpty {
            let points = split.findings.points.keys.sorted()
            for point in points {
                let fault = split.findings.points[point] ?? .timeout
                fail([point], of: poll.index, fault, at: timing.wallMilliseconds, into: &decision)
            }
            decision.events.append(.pointsRefused(unit.asset, points.map { unit.points[$0] }))
        }
        if !split.findings.holes.isEmpty || split.findings.maximum != nil {
            decision.events.append(.planChanged(unit.asset))
        }
    }

    /// Plans a unit's reads with what is known now.
    mutating func replan(_ index: Int, at now: Int64) {
        let unit = units[index]
        adopt(unit.findings.plan(unit.source.map, cost: cost(of: unit)), of: index, at: now)
    }

    /// Plans a unit's reads with what is known now; what was learnt about its reads stays if they stay the same.
    mutating func replanIfDifferent(_ index: Int, at now: Int64) {
        let unit = units[index]
        let plan = unit.findings.plan(unit.source.map, cost: cost(of: unit))
        guard plan != unit.plan, unit.split == nil else { return notePlan(of: index) }
        adopt(plan, of: index, at: now)
    }

    private mutating func adopt(_ plan: PollPlan, of index: Int, at now: Int64) {
        units[index].plan = plan
        units[index].hasFailedOnce = false
        units[index].proven = []
        schedule.replan(index, plan, at: now)
        notePlan(of: index)
    }

    private func cost(of unit: PolledUnit) -> BusCost {
        PolledUnit.cost(on: bus, turnaround: unit.plannedTurnaround)
    }

    /// Takes over how many reads the plans make and what they cost.
    mutating func notePlan(of index: Int) {
        statistics.units[index].plannedRequests = units[index].plan.groups.reduce(0) {
            $0 + $1.requests.count
        }
        statistics.plannedUtilisation = units.reduce(0) { $0 + $1.plan.utilisation(cost(of: $1)) }
    }
}
