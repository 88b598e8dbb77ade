import Facility
import Maintenance
import Testing

/// Work that no plan asked for and that counts as the next date of one.
@Suite struct PlanCreditTests {
    private static let order: OrderNumber = "WO-20260105-0099"

    private static func day(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

    /// A visit every Thursday that may be done three days early; its order appears so many days before.
    private static func visit(lead: Int) throws -> Plan {
        var plan = try SamplePlans.grid("FREQ=WEEKLY", from: "2026-01-08")
        (plan.earlyDays, plan.leadDays) = (3, lead)
        return plan
    }

    private static func stage(_ plan: Plan, from day: String) throws -> PlanStage {
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: day)
        stage.step(on: stage.today)
        return stage
    }

    @Test func `a date whose order nobody has taken is satisfied, and its order is given back`() throws {
        var stage = try Self.stage(try Self.visit(lead: 7), from: "2026-01-05")
        let own = try #require(stage.open.first?.order)
        let (done, given) = try stage.credit("visit", "L1", order: Self.order)
        #expect((done.state, done.completed, done.order) == (.satisfiedOnTime, stage.today, Self.order))
        #expect(done.id == "visit/L1/2026-01-08" && given == own)
        #expect(done.reasons.last == .credited(Self.order))
        stage.run(until: try Self.day("2026-01-20"))
        // The grid has not moved, and nothing came for the date again.
        #expect(stage.records["visit/L1/2026-01-08"]?.state == .satisfiedOnTime)
        #expect(stage.records["visit/L1/2026-01-15"] != nil)
        #expect(stage.duplicates.isEmpty)
    }

    @Test func `a date to come that has no order yet is satisfied, and gets none after a restart either`()
        throws
    {
        var stage = try Self.stage(try Self.visit(lead: 0), from: "2026-01-06")
        #expect(stage.open.isEmpty)
        let (done, own) = try stage.credit("visit", "L1", order: Self.order)
        #expect(done.id == "visit/L1/2026-01-08" && own == nil)
        stage.restart()
        stage.run(until: try Self.day("2026-01-14"))
        #expect(stage.open.isEmpty)
        #expect(stage.engine.memory.series.first?.lastSatisfied == CivilDate("2026-01-06"))
        stage.run(until: try Self.day("2026-01-15"))
        #expect(stage.open.map(\.id) == ["visit/L1/2026-01-15"])
    }

    @Test(arguments: ["2026-01-04", "2026-01-09"])
    func `work outside the window of the next date is refused, and nothing changes`(day: String) throws {
        var stage = try Self.stage(try Self.visit(lead: 7), from: "2026-01-03")
        let before = stage.engine.memory
        let (due, from) = (try Self.day("2026-01-08"), try Self.day("2026-01-05"))
        #expect(throws: PlanCreditRefusal.outsideWindow(due: due, from: from, until: due)) {
            try stage.credit("visit", "L1", order: Self.order, on: try Self.day(day))
        }
        #expect(stage.engine.memory == before)
    }

    @Test func `what cannot count is refused with the reason`() throws {
        var levelled = try Self.visit(lead: 7)
        levelled.levels.append(Plan.Level(id: "year", every: 2, job: SamplePlans.job("a4", items: 17)))
        var stage = try Self.stage(levelled, from: "2026-01-05")
        func refusal(_ plan: String, _ asset: AssetID = "L1", isTaken: Bool = false) -> PlanCreditRefusal? {
            var stage = stage
            do throws(PlanCreditRefusal) {
                _ = try stage.credit(plan, asset, order: Self.order, isUnderWay: { _ in isTaken })
                return nil
            } catch {
                return error
            }
        }
        let own = try #require(stage.open.first?.order)
        #expect(refusal("visits") == .unknownPlan("visits"))
        #expect(refusal("visit/year", "L2") == .otherAsset("visit", "L2"))
        #expect(refusal("visit") == .levelMissing(["half-month", "year"]))
        #expect(refusal("visit/month") == .unknownLevel("month", known: ["half-month", "year"]))
        #expect(refusal("visit/year", isTaken: true) == .underWay(own))
        #expect(refusal("visit/year") == nil)
        var plan = SamplePlans.plan(.condition)
        plan.condition = Plan.Condition(rule: "pump.vibration", holdMilliseconds: 0)
        stage = try Self.stage(plan, from: "2026-01-05")
        #expect(refusal("visit") == .nothingDue("visit"))
    }

    @Test func `a plan and its level are read as people write them, and nothing else is`() throws {
        #expect(PlanCredit("visit") == PlanCredit(plan: "visit"))
        #expect(PlanCredit("visit/year") == PlanCredit(plan: "visit", level: "year"))
        #expect(PlanCredit("visit/year")?.description == "visit/year")
        for text in ["", "/", "visit/", "/year", "visit/year/all"] { #expect(PlanCredit(text) == nil) }
    }

    @Test func `a level above the one that was done stays owed, and one that was done pays it`() throws {
        var plan = try Self.visit(lead: 0)
        plan.levels.append(Plan.Level(id: "year", every: 2, job: SamplePlans.job("a4", items: 17)))
        var stage = try Self.stage(plan, from: "2026-01-06")
        _ = try stage.credit("visit/half-month", "L1", order: "WO-1")
        #expect(stage.engine.memory.series.first?.owed == nil)
        stage.run(until: try Self.day("2026-01-13"))
        // The date of 15 January asks for the year.
        _ = try stage.credit("visit/half-month", "L1", order: "WO-2")
        #expect(stage.engine.memory.series.first?.owed == 1)
        stage.run(until: try Self.day("2026-01-20"))
        let (done, _) = try stage.credit("visit/year", "L1", order: "WO-3")
        #expect(done.level == 1 && done.nominal == CivilDate("2026-01-22"))
        #expect(stage.engine.memory.series.first?.owed == nil)
    }

    @Test func `a floating plan counts from the work, and a guarded grid too`() throws {
        var floating = SamplePlans.plan(.floating)
        floating.interval = CivilSpan(1, .months)
        floating.start = try Self.day("2026-01-08")
        (floating.earlyDays, floating.leadDays) = (3, 0)
        var stage = try Self.stage(floating, from: "2026-01-06")
        _ = try stage.credit("visit", "L1", order: Self.order)
        stage.run(until: try Self.day("2026-02-05"))
        #expect(stage.open.isEmpty)
        stage.run(until: try Self.day("2026-02-06"))
        #expect(stage.open.map(\.nominal) == [CivilDate("2026-02-06")])

        var guarded = try SamplePlans.grid("FREQ=WEEKLY;INTERVAL=2", from: "2026-01-08", mode: .maxgap)
        (guarded.maximumGapDays, guarded.earlyDays, guarded.leadDays) = (15, 3, 0)
        stage = try Self.stage(guarded, from: "2026-01-05")
        _ = try stage.credit("visit", "L1", order: Self.order)
        stage.run(until: try Self.day("2026-01-25"))
        #expect(stage.open.map(\.due) == [CivilDate("2026-01-20")])
        #expect(stage.open.first?.nominal == CivilDate("2026-01-22"))
    }

    @Test func `a plan by meter counts its next mark from the work`() throws {
        var plan = SamplePlans.plan(.meter)
        plan.meter = Plan.Meter(point: "hours", kind: .counter, step: 100, isFixed: false)
        (plan.earlyDays, plan.leadDays) = (5, 0)
        var stage = try Self.stage(plan, from: "2026-01-01")
        let key = PlanEngine.MeterKey(asset: "L1", point: "hours", kind: .counter)
        func read(_ stage: inout PlanStage, _ hours: Double) {
            let wall = PlanStage.zone.instant(of: stage.today, minutes: 480)
            stage.engine.take(hours, of: key, at: wall)
            stage.step(on: stage.today)
        }
        // Ten hours a day: the mark of 100 is reached on the 11th.
        for count in 0..<8 {
            stage.step(on: try Self.day("2026-01-01").advanced(days: count))
            read(&stage, Double(count) * 10)
        }
        #expect(stage.open.isEmpty)
        let (done, _) = try stage.credit("visit", "L1", order: Self.order)
        #expect(done.id == "visit/L1/k1" && done.due == CivilDate("2026-01-11"))
        for count in 8..<18 {
            stage.step(on: try Self.day("2026-01-01").advanced(days: count))
            read(&stage, Double(count) * 10)
            // 70 hours were on it when the work was done: the next mark is 170.
            #expect(stage.open.isEmpty == (count < 17), "\(count)")
        }
        #expect(stage.open.map(\.id) == ["visit/L1/k2"])
    }
}
