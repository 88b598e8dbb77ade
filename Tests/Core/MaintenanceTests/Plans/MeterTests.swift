import Facility
import Foundation
import Maintenance
import Testing

/// What counters do: rise, start again, roll over, are replaced, and tell what cannot be.
@Suite struct MeterTests {
    private static let day = CivilDate(dayNumber: 20_454)
    private static let hour: Int64 = 3_600_000

    /// A counter of hours that is read every hour.
    private struct Counter {
        var tally = MeterTally(asset: "P1", point: "run_hours", kind: .counter)
        var now: Int64 = 1_800_000_000_000
        var breaks: [MeterTally.Break] = []

        mutating func show(_ reading: Double, hoursLater: Int64 = 1) {
            now += hoursLater * hour
            if let found = tally.take(reading, at: now, uptime: now, on: day, fastest: 1) {
                breaks.append(found)
            }
        }
    }

    @Test func `hours that rise faster than time passes are not believed until three readings agree`() throws
    {
        var counter = Counter()
        for reading in [5000.0, 5001, 5002, 9000, 9001] { counter.show(reading) }
        #expect(counter.tally.total == 2)
        #expect(counter.breaks.isEmpty)
        counter.show(9002)
        let found = try #require(counter.breaks.first)
        #expect((found.from, found.to) == (5002, 9000))
        // The leap is nobody's use; what came after it is.
        #expect(counter.tally.total == 4)
        counter.show(9003)
        #expect(counter.tally.total == 5)
        #expect(counter.breaks.count == 1)
    }

    @Test func `a single reading that cannot be changes nothing`() {
        for glitch in [0.0, 4999, 65_535] {
            var counter = Counter()
            for reading in [5000, 5001, glitch, 5003, 5004] { counter.show(reading) }
            #expect(counter.tally.total == 4, "\(glitch)")
            #expect(counter.breaks.isEmpty)
        }
    }

    @Test func `readings that do not follow on each other prove nothing`() {
        var counter = Counter()
        for reading in [5000.0, 9000, 100, 7000, 300, 12_000, 5006] { counter.show(reading) }
        #expect(counter.tally.total == 6)
        #expect(counter.breaks.isEmpty)
    }

    @Test func `what was counted while nothing was read is believed as far as time has passed`() {
        var counter = Counter()
        counter.show(5000)
        counter.show(5100, hoursLater: 200)
        #expect(counter.tally.total == 100)
        counter.show(5400, hoursLater: 200)
        #expect(counter.tally.total == 100)
    }

    @Test func `a counter that started again keeps what it had and loses no hour`() {
        var counter = Counter()
        for reading in [5000.0, 5010, 0, 1, 2, 3] { counter.show(reading, hoursLater: 10) }
        #expect(counter.tally.total == 13)
        #expect(counter.tally.life == 5013)
        #expect(counter.breaks.map(\.to) == [0])
    }

    @Test func `a counter that rolls over goes on at once`() {
        var tally = MeterTally(asset: "P1", point: "starts", kind: .counter)
        for (index, reading) in [65_530.0, 65_534, 3, 5].enumerated() {
            tally.take(reading, at: Int64(index) * Self.hour, on: Self.day, rollover: 65_536)
        }
        #expect(tally.total == 11)
    }

    @Test func `a replaced counter goes on from its reading, with what the old one showed at the end`() {
        var counter = Counter()
        for reading in [5000.0, 5001] { counter.show(reading) }
        let found = counter.tally.replace(showing: 12, old: 5003)
        #expect((found.from, found.to) == (5003, 12))
        counter.show(13)
        #expect(counter.tally.total == 4)
        #expect(counter.tally.life == 5004)
        _ = counter.tally.replace(showing: 0)
        counter.show(1)
        #expect(counter.tally.total == 5)
    }

    @Test func `a replacement that was found before it was told is counted once`() {
        var counter = Counter()
        for reading in [12_344.0, 12_345, 0, 0, 1] { counter.show(reading) }
        #expect(counter.breaks.count == 1)
        #expect(counter.tally.total == 2)
        _ = counter.tally.replace(showing: 0, old: 12_345)
        #expect(counter.tally.total == 2)
        // What the new one has shown since is counted already, too.
        counter.show(2)
        #expect(counter.tally.total == 3)
        // The next one is another matter.
        _ = counter.tally.replace(showing: 0, old: 4)
        counter.show(1)
        #expect(counter.tally.total == 6)
    }

    @Test func `what the old counter showed at the end counts also where its replacement was found first`() {
        var counter = Counter()
        for reading in [500.0, 0, 0, 0] { counter.show(reading) }
        _ = counter.tally.replace(showing: 0, old: 502)
        #expect(counter.tally.total == 2)
        #expect(counter.tally.life == 502)
    }

    @Test func `a replacement long after a counter started again is told of another counter`() {
        var counter = Counter()
        for reading in [500.0, 0, 0, 0] { counter.show(reading) }
        counter.show(800, hoursLater: 1000)
        _ = counter.tally.replace(showing: 0, old: 801)
        counter.show(1)
        #expect(counter.tally.total == 802)
    }

    @Test func `a day that was never there keeps no later day out of the mean use`() {
        var tally = MeterTally(asset: "P1", point: "starts", kind: .counter)
        for day in 0..<75 {
            let total = Double(max(0, day - 30) * 20)
            let now = Int64(day) * 24 * Self.hour
            if day == 20 { tally.take(total, at: now, on: Self.day.advanced(days: 3000)) }
            tally.take(total, at: now, on: Self.day.advanced(days: day))
        }
        #expect(tally.usePerDay(on: Self.day.advanced(days: 74)) == 20)
    }

    @Test func `a tally kept by an older version knows what its counter showed`() throws {
        var tally = MeterTally(asset: "P1", point: "run_hours", kind: .counter)
        for reading in [3800.0, 5000] { tally.take(reading, at: 0, on: nil) }
        let text = String(decoding: try JSONEncoder().encode(tally), as: UTF8.self)
        let cut = text.replacing(#/"first":[0-9.]+,?/#, with: "").replacing(",}", with: "}")
        #expect(cut != text)
        var old = try JSONDecoder().decode(MeterTally.self, from: Data(cut.utf8))
        #expect(old.life == 5000)
        var replaced = old
        _ = replaced.replace(showing: 0)
        #expect(replaced.life == 5000)
        old.take(5001, at: Self.hour, on: nil)
        #expect(old.life == 5001)
    }

    // MARK: Plans by meter

    @Test func `each plan on one counter says what it knows of it`() throws {
        func plan(_ id: PlanID, rollover: Double?, fastest: Double?) -> Plan {
            var plan = SamplePlans.plan(.meter, id)
            plan.meter = Plan.Meter(
                point: "starts", kind: .counter, step: 100, isFixed: false, rollover: rollover,
                fastest: fastest)
            return plan
        }
        let key = PlanEngine.MeterKey(asset: "P1", point: "starts", kind: .counter)
        let asset = SamplePlans.asset("P1")
        var stage = try PlanStage(
            [
                (plan("a", rollover: 65_536, fastest: nil), asset),
                (plan("b", rollover: nil, fastest: 50), asset),
            ], from: "2026-01-01")
        for reading in [65_530.0, 65_534, 3, 5] { show(reading, key, &stage) }
        #expect(stage.engine.meters[key]?.total == 11)
        show(2005, key, &stage)
        #expect(stage.engine.meters[key]?.total == 11)
    }

    private func stage(isFixed: Bool, mode: Plan.Mode = .meter) throws -> (PlanStage, PlanEngine.MeterKey) {
        var plan = SamplePlans.plan(mode)
        plan.meter = Plan.Meter(point: "run_hours", kind: .counter, step: 100, isFixed: isFixed)
        if mode == .floating { plan.interval = CivilSpan(1, .years) }
        plan.leadDays = 0
        plan.start = CivilDate("2027-01-01")
        let stage = try PlanStage([(plan, SamplePlans.asset("P1"))], from: "2026-01-01")
        return (stage, PlanEngine.MeterKey(asset: "P1", point: "run_hours", kind: .counter))
    }

    private func show(_ reading: Double, _ key: PlanEngine.MeterKey, _ stage: inout PlanStage) {
        stage.engine.take(reading, of: key, at: PlanStage.moment(stage.today, 0).wallMilliseconds)
        stage.step(on: stage.today.advanced(days: 1))
    }

    @Test func `a given-up order of a meter that counts from the last work begins the count anew`() throws {
        var (stage, key) = try self.stage(isFixed: false)
        for reading in [0.0, 50, 110] { show(reading, key, &stage) }
        stage.end(try #require(stage.open.first), .cancelled(stage.today))
        #expect(stage.open.isEmpty)
        show(190, key, &stage)
        #expect(stage.open.isEmpty)
        show(211, key, &stage)
        #expect(stage.open.map(\.id.name) == ["visit/P1/k2"])
    }

    @Test func `a mark that fell while the asset stood still does not come again every day`() throws {
        var (stage, key) = try self.stage(isFixed: false, mode: .floating)
        stage.facts.standings["P1"] = .stopped(since: stage.today)
        for reading in [0.0, 110, 110, 110] { show(reading, key, &stage) }
        #expect(stage.records.values.map(\.state) == [.skipped])
        stage.facts.standings["P1"] = .inService
        show(150, key, &stage)
        #expect(stage.open.isEmpty)
        show(215, key, &stage)
        #expect(stage.open.count == 1)
    }

    @Test func `a leap over a thousand marks asks for the newest work only`() throws {
        var (stage, key) = try self.stage(isFixed: true)
        for reading in [0.0, 50, 100_050] { show(reading, key, &stage) }
        #expect(stage.open.map(\.id.name) == ["visit/P1/k1000"])
        #expect(stage.records.count <= 21)
        show(100_150, key, &stage)
        #expect(stage.open.map(\.id.name) == ["visit/P1/k1001"])
    }

    @Test func `an edited plan on a fixed grid of marks goes on with the next number`() throws {
        var (stage, key) = try self.stage(isFixed: true)
        for reading in [0.0, 110] { show(reading, key, &stage) }
        stage.end(try #require(stage.open.first), .done(stage.today))
        var plan = try #require(stage.series.first).plan
        plan.meter = Plan.Meter(point: "run_hours", kind: .counter, step: 200, isFixed: true)
        stage.restart(with: [(plan, SamplePlans.asset("P1"))])
        show(150, key, &stage)
        #expect(stage.open.isEmpty)
        for reading in [250.0, 340] { show(reading, key, &stage) }
        #expect(stage.open.isEmpty)
        // Two hundred hours after the plan was changed.
        show(355, key, &stage)
        #expect(stage.open.map(\.id.name) == ["visit/P1/k2"])
        #expect(stage.duplicates.isEmpty)
    }
}
