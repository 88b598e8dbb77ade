import Facility
import Maintenance
import Testing

@Suite struct PlanEngineTests {
    private func lift() throws -> Plan {
        var plan = try SamplePlans.grid("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", from: "2026-01-08", mode: .maxgap)
        plan.maximumGapDays = 15
        plan.shift = .next
        plan.calendar = SamplePlans.china
        plan.levels = [
            Plan.Level(id: "half-month", every: 1, job: SamplePlans.job("a1", items: 31)),
            Plan.Level(id: "quarter", every: 6, job: SamplePlans.job("a2", items: 13)),
            Plan.Level(id: "half-year", every: 12, job: SamplePlans.job("a3", items: 15)),
            Plan.Level(id: "year", every: 24, job: SamplePlans.job("a4", items: 17)),
        ]
        return plan
    }

    @Test func `the right fortnights carry 31, 44, 59 and 76 items`() throws {
        let plan = try lift()
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: "2026-01-01")
        var items: [Int] = []
        stage.run(until: try #require(CivilDate("2026-12-01"))) { stage in
            for open in stage.open where open.due == stage.today {
                items.append(plan.items(ofLevel: open.level).count)
                stage.end(open, .done(stage.today))
            }
        }
        let usual = [31, 31, 31, 31, 31]
        #expect(items == usual + [44] + usual + [59] + usual + [44] + usual + [76])
        let ended = stage.records.values.filter(\.state.isFinal)
        #expect(ended.count == 24 && ended.allSatisfy { $0.state == .satisfiedOnTime })
        #expect(stage.signals.count == 1, "\(stage.signals)")
    }

    @Test func `an annual level that was missed comes with the next visit`() throws {
        let plan = try lift()
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: "2026-01-01")
        let annual = try #require(CivilDate("2026-11-26"))
        stage.run(until: try #require(CivilDate("2027-01-25"))) { stage in
            for open in stage.open where open.due == stage.today && open.nominal != annual {
                stage.end(open, .done(stage.today))
            }
        }
        let owed = stage.records.values.filter { $0.level == 3 }.sorted { $0.nominal < $1.nominal }
        #expect(owed.map(\.nominal) == [annual, annual.advanced(days: 14)])
        #expect(owed.first?.state == .missed)
        #expect(owed.last?.state.isFinal == true && owed.last?.state != .missed)
        #expect(owed.last?.reasons.contains(.owed("year")) == true)
        let after = stage.records.values.filter { $0.nominal > annual.advanced(days: 14) }
        #expect(!after.isEmpty && after.allSatisfy { $0.level == 0 })
    }

    @Test(arguments: Plan.MissedPolicy.allCases)
    func `what passed while nothing was watched is kept as missed or made up for`(
        _ policy: Plan.MissedPolicy
    ) throws {
        var plan = try SamplePlans.grid("FREQ=WEEKLY", from: "2026-01-05")
        plan.missed = policy
        plan.leadDays = 2
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: "2026-01-01")
        stage.step(on: try #require(CivilDate("2026-01-05")))
        stage.end(try #require(stage.open.first), .done(stage.today))
        // Down from then to a Wednesday: the 12th, 19th, 26th and the 2nd passed.
        stage.step(on: try #require(CivilDate("2026-02-04")))
        let missed = stage.records.values.filter { $0.state == .missed }.count
        #expect(stage.records.count == 5)
        switch policy {
        case .one: #expect((missed, stage.open.count) == (3, 1))
        case .all: #expect((missed, stage.open.count) == (0, 4))
        case .none: #expect((missed, stage.open.count) == (4, 0))
        }
    }

    @Test(arguments: Plan.OverlapPolicy.allCases)
    func `a date that finds the last one's order open follows the plan`(_ policy: Plan.OverlapPolicy) throws {
        var plan = try SamplePlans.grid("FREQ=WEEKLY", from: "2026-01-05")
        plan.overlap = policy
        plan.leadDays = 0
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: "2026-01-01")
        stage.run(until: try #require(CivilDate("2026-01-13")))
        let states = stage.records.values.sorted { $0.nominal < $1.nominal }.map(\.state)
        let orders = Set(stage.open.compactMap(\.order))
        switch policy {
        case .supersede:
            #expect(states == [.missed, .generated])
            #expect(orders == ["WO-20260101-1"])
        case .skip:
            #expect(states == [.generated, .skipped])
            #expect(orders.count == 1)
        case .allow:
            #expect(states == [.generated, .generated])
            #expect(orders.count == 2)
        }
    }

    @Test func `work done early is in time and moves no fixed date`() throws {
        var plan = try SamplePlans.grid("FREQ=YEARLY", from: "2026-05-18")
        plan.earlyDays = 60
        plan.leadDays = 60
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: "2026-01-01")
        stage.run(until: try #require(CivilDate("2026-03-25")))
        stage.end(try #require(stage.open.first), .done(stage.today))
        stage.run(until: try #require(CivilDate("2027-04-01")))
        #expect(stage.records.values.map(\.nominal).max() == CivilDate("2027-05-18"))
        #expect(stage.records.values.filter { $0.state == .satisfiedOnTime }.count == 1)
    }

    @Test func `a floating plan counts from when the work was done`() throws {
        var plan = SamplePlans.plan(.floating)
        plan.interval = CivilSpan(1, .months)
        plan.start = CivilDate("2026-01-31")
        plan.leadDays = 3
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: "2026-01-01")
        stage.run(until: try #require(CivilDate("2026-02-10")))
        stage.end(try #require(stage.open.first), .done(stage.today))
        stage.run(until: try #require(CivilDate("2026-03-09")))
        let due = try #require(stage.open.first)
        #expect(due.due == CivilDate("2026-03-10"))
        #expect(stage.records.values.contains { $0.state == .satisfiedLate })
    }

    @Test func `a month after the 30th and after the 31st of January is not one date twice`() throws {
        var plan = SamplePlans.plan(.floating)
        plan.interval = CivilSpan(1, .months)
        plan.start = CivilDate("2026-01-30")
        plan.leadDays = 30
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: "2026-01-29")
        stage.run(until: try #require(CivilDate("2026-01-30")))
        stage.end(try #require(stage.open.first), .done(stage.today))
        stage.run(until: try #require(CivilDate("2026-01-31")))
        stage.end(try #require(stage.open.first), .done(stage.today))
        stage.run(until: try #require(CivilDate("2026-02-02")))
        #expect(stage.duplicates.isEmpty)
        #expect(
            stage.records.keys.sorted().map(\.name).suffix(2) == [
                "visit/L1/2026-02-28", "visit/L1/2026-03-01",
            ])
    }

    @Test func `two missed in a row are told once, and work done ends that`() throws {
        var plan = try SamplePlans.grid("FREQ=WEEKLY", from: "2026-01-05")
        plan.leadDays = 0
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: "2026-01-01")
        stage.run(until: try #require(CivilDate("2026-02-20")))
        let id = PlanSeriesID(plan: "visit", asset: "L1")
        #expect(stage.signals == [.neglect(id, true)])
        stage.end(try #require(stage.open.last), .done(stage.today))
        #expect(stage.signals == [.neglect(id, true), .neglect(id, false)])
    }

    @Test func `dates out of season, in a blackout or of a stopped asset are left out with the reason`()
        throws
    {
        var plan = try SamplePlans.grid("FREQ=MONTHLY", from: "2026-01-15")
        plan.season = [try #require(YearSpan(from: (11, 1), to: (4, 30)))]
        plan.blackout = [try #require(YearSpan(from: (2, 10), to: (2, 20)))]
        plan.leadDays = 0
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: "2026-01-01")
        stage.run(until: try #require(CivilDate("2026-11-30"))) { stage in
            for open in stage.open { stage.end(open, .done(stage.today)) }
        }
        stage.facts.standings["L1"] = .stopped(since: try #require(CivilDate("2026-12-01")))
        stage.run(until: try #require(CivilDate("2028-01-01")))
        stage.facts.standings["L1"] = .retired
        stage.run(until: try #require(CivilDate("2028-01-20")))
        var notes: [String: Int] = [:]
        for record in stage.records.values where record.state == .skipped {
            notes[record.note ?? "", default: 0] += 1
        }
        #expect(notes == ["season": 6, "blackout": 1, "stopped": 13, "retired": 1])
        #expect(stage.signals.contains(.inspectionNeeded("L1")))
        #expect(stage.records.count == 25)
    }

    @Test func `hours since the work was done ask for the next`() throws {
        var plan = SamplePlans.plan(.meter)
        plan.meter = Plan.Meter(point: "run_hours", kind: .counter, step: 100, isFixed: false)
        plan.leadDays = 0
        var stage = try PlanStage([(plan, SamplePlans.asset("P1"))], from: "2026-01-01")
        let key = PlanEngine.MeterKey(asset: "P1", point: "run_hours", kind: .counter)
        var reading = 5000.0
        var done: [CivilDate] = []
        stage.run(until: try #require(CivilDate("2026-02-10"))) { stage in
            // The counter is replaced on the way and starts at 0.
            reading = stage.today == CivilDate("2026-01-15") ? 0 : reading + 12
            stage.engine.take(reading, of: key, at: PlanStage.moment(stage.today, 0).wallMilliseconds)
            for open in stage.open {
                stage.end(open, .done(stage.today))
                done.append(stage.today)
            }
        }
        #expect(done.map(\.description) == ["2026-01-12", "2026-01-23", "2026-02-02"])
        #expect(stage.records.keys.contains("visit/P1/k3"))
    }

    @Test func `a condition asks once, and again only when it was gone after the work`() throws {
        var plan = SamplePlans.plan(.condition)
        plan.condition = Plan.Condition(rule: "hvac.filter", holdMilliseconds: 3_600_000)
        var stage = try PlanStage([(plan, SamplePlans.asset("A1"))], from: "2026-01-01")
        let id = PlanSeriesID(plan: "visit", asset: "A1")
        stage.facts.conditions[id] = PlanStage.moment(stage.today, 0).wallMilliseconds
        stage.run(until: try #require(CivilDate("2026-01-10")))
        #expect(stage.records.count == 1)
        stage.end(try #require(stage.open.first), .done(stage.today))
        stage.run(until: try #require(CivilDate("2026-01-12")))
        #expect(stage.records.count == 1)
        stage.facts.conditions[id] = nil
        stage.run(until: try #require(CivilDate("2026-01-13")))
        stage.facts.conditions[id] = PlanStage.moment(stage.today, 0).wallMilliseconds
        stage.run(until: try #require(CivilDate("2026-01-15")))
        #expect(stage.records.count == 2)
    }

    @Test func `a clock that fell back is not believed, and nothing is planned meanwhile`() throws {
        let plan = try SamplePlans.grid("FREQ=DAILY", from: "2026-01-05")
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: "2026-03-01")
        stage.step(on: stage.today.advanced(days: 1))
        let count = stage.records.count
        stage.step(on: try #require(CivilDate("2026-01-20")))
        #expect(stage.records.count == count)
        #expect(stage.signals.last == .clockUntrusted(true))
        stage.leap(to: try #require(CivilDate("2026-03-03")))
        #expect(stage.signals.last == .clockUntrusted(false))
        #expect(stage.duplicates.isEmpty)
    }

    @Test func `an edited plan keeps what is open and plans the rest anew`() throws {
        var plan = try SamplePlans.grid("FREQ=WEEKLY", from: "2026-01-05")
        plan.leadDays = 3
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: "2026-01-01")
        stage.run(until: try #require(CivilDate("2026-01-10")))
        let open = stage.open
        plan.grid = .rule(
            start: CivilDate("2026-01-01"), try RecurrenceRule(parsing: "FREQ=DAILY;INTERVAL=3"), added: [],
            excluded: [])
        stage.restart(with: [(plan, SamplePlans.asset())])
        #expect(stage.open == open)
        stage.run(until: try #require(CivilDate("2026-01-20")))
        #expect(stage.duplicates.isEmpty)
        let nominals = stage.records.values.map(\.nominal).sorted().dropFirst(2).map(\.description)
        #expect(nominals.first == "2026-01-13" && nominals.dropFirst().first == "2026-01-16")
        stage.restart(with: [])
        stage.step(on: stage.today)
        #expect(stage.records.values.filter { $0.note == "plan_removed" }.count == 1)
    }

    @Test func `a year without known holidays is told once`() throws {
        var plan = try lift()
        plan.calendar = SamplePlans.china
        var stage = try PlanStage([(plan, SamplePlans.asset())], from: "2026-11-01")
        stage.run(until: try #require(CivilDate("2027-01-20")))
        let told = stage.signals.filter { if case .missingYear = $0 { true } else { false } }
        #expect(told == [.missingYear(calendar: "cn", year: 2027)])
    }
}
