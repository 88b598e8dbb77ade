import Facility

/// What a unit was found not to answer, for how long that is believed, and when it is tried again.
///
/// A unit that was asked while it started up refuses what it has a minute later, so nothing is believed for
/// ever: points are tried again one at a time, and holes and limits are found anew after a day, then after two,
/// then four, and from then on once a week.
struct UnitFindings: Sendable {
    /// The points that cannot be read, and why.
    private(set) var refused: [Int: Fault] = [:]
    /// Registers that must not be read across.
    private(set) var holes: Set<RegisterAddress> = []
    /// The longest reads it answers.
    private(set) var maximum: [RegisterArea: Int] = [:]
    private var lessons = 0
    private var learnedWallMilliseconds: Int64 = 0
    /// When holes and limits are forgotten, by uptime.
    private var relearnAt = Int64.max
    /// When the next refused point is tried again, by uptime.
    private(set) var retestAt: Int64 = 0
    private var nextRetest = 0

    private static let day: Int64 = 24 * 3_600_000
    /// How often a unit's refused points are tried again, one at a time.
    private static let retestInterval: Int64 = 10_000
    /// How often, when the unit answered them with silence, which costs a time-out each.
    private static let silentRetestInterval: Int64 = 60_000

    /// Nothing was found.
    init() {}

    /// What was kept of it.
    init(_ kept: BusMemory.Unit, at now: Moment) {
        for refusal in kept.refusals { refused[refusal.point] = Fault(code: refusal.fault) ?? .timeout }
        for span in kept.holes {
            let end = min(Int(span.first) + max(span.count, 0), 65_536)
            holes.formUnion((Int(span.first)..<end).map { RegisterAddress(span.area, UInt16($0)) })
        }
        for limit in kept.limits { maximum[limit.area] = max(limit.count, 1) }
        lessons = max(kept.confirmations, 0)
        learnedWallMilliseconds = kept.wallMilliseconds
        let age = max(0, now.wallMilliseconds - kept.wallMilliseconds)
        relearnAt = now.uptimeMilliseconds + max(0, belief - age)
        retestAt = now.uptimeMilliseconds + Self.retestInterval
    }

    var isEmpty: Bool { refused.isEmpty && holes.isEmpty && maximum.isEmpty }

    private var belief: Int64 { min(Self.day << Int64(min(max(lessons - 1, 0), 3)), 7 * Self.day) }

    /// Adds what a search found.
    mutating func learn(_ found: ReadSplit.Findings, in area: RegisterArea, at now: Moment) {
        refused.merge(found.points) { _, new in new }
        holes.formUnion(found.holes)
        if let longest = found.maximum { maximum[area] = longest }
        if relearnAt == .max || relearnAt <= now.uptimeMilliseconds { lessons += 1 }
        learnedWallMilliseconds = now.wallMilliseconds
        retestAt = now.uptimeMilliseconds + Self.retestInterval
        relearnAt = now.uptimeMilliseconds + belief
    }

    /// The refused point to try again now.
    func retest(at now: Int64) -> Int? {
        guard !refused.isEmpty, retestAt <= now else { return nil }
        let points = refused.keys.sorted()
        return points[nextRetest % points.count]
    }

    /// Notes that a refused point is being tried again.
    mutating func tried(_ point: Int, at now: Int64) {
        nextRetest += 1
        retestAt = now + (refused[point] == .timeout ? Self.silentRetestInterval : Self.retestInterval)
    }

    /// Forgets which points are refused: what made it refuse one may have been the same for all.
    mutating func admitPoints() { refused = [:] }

    /// Forgets holes and limits once they are too old to be believed; whether there was anything to forget.
    mutating func forgetIfOld(at now: Int64) -> Bool {
        guard relearnAt <= now else { return false }
        relearnAt = .max
        guard !holes.isEmpty || !maximum.isEmpty else { return false }
        holes = []
        maximum = [:]
        return true
    }

    /// Forgets everything; whether there was anything.
    mutating func forget() -> Bool {
        defer { self = UnitFindings() }
        return !isEmpty
    }

    /// The cheapest reads that respect what was found.
    func plan(_ map: ModbusMap, cost: BusCost) -> PollPlan {
        var avoided: Set<RegisterAddress> = []
        for point in refused.keys where map.points.indices.contains(point) {
            avoided.formUnion(addresses(of: map.points[point]))
        }
        // A register of a refused point may still belong to a point that can be read.
        if !avoided.isEmpty {
            for (index, point) in map.points.enumerated() where refused[index] == nil {
                avoided.subtract(addresses(of: point))
            }
        }
        return PollPlan(
            map, cost: cost, avoiding: avoided.union(holes), excluding: Set(refused.keys), maximum: maximum)
    }

    private func addresses(of point: ModbusPoint) -> [RegisterAddress] {
        point.span.map { RegisterAddress(point.register.area, UInt16(truncatingIfNeeded: $0)) }
    }

    /// The findings as they are kept.
    func memory(of unit: ModbusUnit, times: AnswerTimes?) -> BusMemory.Unit {
        var spans: [BusMemory.Span] = []
        for hole in holes.sorted() {
            if let last = spans.last, last.area == hole.area, Int(last.first) + last.count == hole.address {
                spans[spans.count - 1] = BusMemory.Span(
                    area: last.area, first: last.first, count: last.count + 1)
            } else {
                spans.append(BusMemory.Span(area: hole.area, first: hole.address, count: 1))
            }
        }
        return BusMemory.Unit(
            asset: unit.asset, unit: unit.unit, fingerprint: unit.map.fingerprint, holes: spans,
            limits: maximum.sorted { $0.key.function < $1.key.function }.map {
                BusMemory.Limit(area: $0.key, count: $0.value)
            },
            refusals: refused.sorted { $0.key < $1.key }.map {
                BusMemory.Refusal(point: $0.key, fault: $0.value.code)
            },
            confirmations: lessons, wallMilliseconds: learnedWallMilliseconds,
            usualMicroseconds: times?.microseconds(0.5), answerMicroseconds: times?.microseconds(0.99))
    }
}

extension ModbusMap {
    /// A number that changes when what is read changes.
    var fingerprint: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ number: Int) {
            for shift in stride(from: 0, to: 32, by: 8) {
                hash = (hash ^ UInt64(truncatingIfNeeded: number >> shift & 0xFF)) &* 0x100_0000_01B3
            }
        }
        func add(_ ranges: [ClosedRange<RegisterAddress>]) {
            for range in ranges {
                for place in [range.lowerBound, range.upperBound] {
                    add(Int(place.area.function))
                    add(Int(place.address))
                }
            }
            add(-1)
        }
        for limit in [maximumRegisters, maximumBits, bitAlignment] { add(limit) }
        add(forbidden)
        add(blocks)
        for point in points {
            add(Int(point.register.area.function))
            add(Int(point.register.address))
            add(point.length)
            for byte in point.meaning.name.utf8 { add(Int(byte)) }
        }
        return hash
    }
}
