import Facility

@testable import Rules

/// What functions over a span say by their definition, worked out anew from everything that ever was.
struct WindowModel {
    /// A value from a moment on; nil is unknown.
    private var steps: [(at: Int64, value: Double?)] = []
    let span: Int64
    let coverage: Double

    init(span: Int64, coverage: Double = 0.8) {
        self.span = span
        self.coverage = coverage
    }

    mutating func take(_ value: Double?, at time: Int64) {
        if steps.isEmpty || steps.last.map({ $0.value != value }) == true { steps.append((time, value)) }
    }

    /// The stretches of one value that reach into the window, clipped to it.
    private func stretches(_ now: Int64) -> [(from: Int64, to: Int64, value: Double?)] {
        steps.indices.compactMap { index in
            let end = index + 1 < steps.count ? steps[index + 1].at : now
            let isLast = index + 1 == steps.count
            guard end > now - span || isLast else { return nil }
            return (max(steps[index].at, now - span), end, steps[index].value)
        }
    }

    private func known(_ now: Int64) -> Int64 {
        stretches(now).reduce(0) { $0 + ($1.value == nil ? 0 : $1.to - $1.from) }
    }

    private func covered(_ number: Double?, _ now: Int64) -> Double? {
        let known = known(now)
        return known > 0 && Double(known) >= coverage * Double(span) ? number : nil
    }

    private func total(_ now: Int64) -> Double {
        stretches(now).reduce(0) { $0 + ($1.value ?? 0) * Double($1.to - $1.from) / 1000 }
    }

    /// The steps from one known value to the next in the window, over unknown time not as long as the span.
    private func moves(_ now: Int64) -> [(old: Double, new: Double)] {
        var found: [(Double, Double)] = []
        var last: (value: Double, end: Int64)?
        for index in steps.indices {
            guard let value = steps[index].value else { continue }
            if let last, last.end > steps[index].at - span || last.end == steps[index].at,
                steps[index].at > now - span, value != last.value
            {
                found.append((last.value, value))
            }
            last = (value, index + 1 < steps.count ? steps[index + 1].at : now)
        }
        return found
    }

    func within(_ now: Int64) -> Double? {
        let values = stretches(now).compactMap(\.value)
        return values.contains(1) ? 1 : covered(0, now)
    }

    func count(_ now: Int64) -> Double? {
        covered(Double(moves(now).count { $0.old == 0 && $0.new == 1 }), now)
    }

    func changed(_ now: Int64) -> Double? { moves(now).isEmpty ? covered(0, now) : 1 }
    func runtime(_ now: Int64) -> Double? { covered(total(now), now) }
    func average(_ now: Int64) -> Double? { covered(total(now) / (Double(known(now)) / 1000), now) }
    func minimum(_ now: Int64) -> Double? { covered(stretches(now).compactMap(\.value).min(), now) }
    func maximum(_ now: Int64) -> Double? { covered(stretches(now).compactMap(\.value).max(), now) }

    private func oldest(_ now: Int64) -> (value: Double, since: Int64)? {
        stretches(now).first { $0.value != nil && ($0.to > $0.from || $0.to == now) }
            .flatMap { stretch in stretch.value.map { ($0, stretch.from) } }
    }

    func first(_ now: Int64) -> Double? { covered(oldest(now)?.value, now) }

    private func newest(_ now: Int64) -> (value: Double, until: Int64)? {
        for index in steps.indices.reversed() {
            guard let value = steps[index].value else { continue }
            return (value, index + 1 < steps.count ? steps[index + 1].at : now)
        }
        return nil
    }

    func last(_ now: Int64) -> Double? {
        newest(now).flatMap { $0.until > now - span || $0.until == now ? $0.value : nil }
    }

    func delta(_ now: Int64) -> Double? {
        covered(last(now).flatMap { last in oldest(now).map { last - $0.value } }, now)
    }

    func increase(_ now: Int64, wrap: Double?) -> Double? {
        let steps = moves(now).map { old, new -> Double in
            if new >= old { return new - old }
            if let wrap, wrap - old + new < wrap / 2 { return wrap - old + new }
            return new
        }
        return covered(steps.reduce(0, +), now)
    }

    func rate(_ now: Int64, isCounter: Bool) -> Double? {
        guard let oldest = oldest(now), let newest = newest(now), newest.until > oldest.since else {
            return nil
        }
        let rise = isCounter ? increase(now, wrap: nil) : delta(now)
        return rise.flatMap { covered($0 / (Double(newest.until - oldest.since) / 1000), now) }
    }
}

/// A rule that is evaluated when a value changes and when it asks for it, as the engine does, and whose memory
/// may be kept and given back at any time.
struct WindowPlayer {
    let instance: RuleInstance
    private let point: PointID
    private var table: PointTable
    var slots: [RuleMemory.Slot]
    private var scratch = RuleScratch()
    private(set) var recheck: Int64?

    /// A rule with an expression whose value is looked at, over one point of the bench.
    init?(_ expression: String, point: String, coverage: Double = 0.8) {
        let bench = RuleBench()
        var definition = RuleBench.definition("running || good(running)", bindings: [("x", expression)])
        definition.coverage = coverage
        guard let instance = RuleSet.compile([definition], for: bench.site).rules.instances.first,
            let id = bench.site.point("P1.\(point)")
        else { return nil }
        self.instance = instance
        self.point = id
        table = PointTable(
            pointCount: bench.site.points.count, startedAt: Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        )
        slots = instance.emptySlots
    }

    /// The value of the expression after a sample, or without one; nil is unknown.
    mutating func look(_ sample: Value??, at now: Moment) -> Double? {
        if let sample {
            _ = table.record(
                sample.map { Sample(point, $0, at: now.wallMilliseconds) }
                    ?? Sample(point, failed: .timeout, at: now.wallMilliseconds), at: now)
        }
        let verdict = instance.evaluate(table, slots: &slots, scratch: &scratch, at: now)
        recheck = verdict.recheckUptimeMilliseconds
        return scratch.kept[0].isNaN ? nil : scratch.kept[0]
    }

    /// Forgets everything but what is kept.
    mutating func restart(_ kept: [RuleMemory.Slot], at now: Moment) {
        table = PointTable(pointCount: RuleBench().site.points.count, startedAt: now)
        scratch = RuleScratch()
        slots = instance.resumed(
            RuleMemory(
                rule: instance.rule, asset: instance.asset, fingerprint: instance.fingerprint, slots: kept))
    }
}
