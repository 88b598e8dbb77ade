import Alarms
import Engine
import Facility
import Maintenance
import Notices
import Rules
import Testing

/// Counters of plans inside the engine's step, and the clock that plans believe.
@Suite struct PlanStepMeterTests {
    private static let zone = SiteZone.fixed("Asia/Shanghai", hours: 8)
    private static let point = PointID(0)
    private static let site = Site(
        id: "s", label: Bilingual(zh: "项目", en: "Site"), language: .en, zone: zone,
        assets: [
            Asset(
                id: "P1", assetClass: .pump, label: Bilingual(zh: "一号泵", en: "Pump 1"), location: "B1",
                record: AssetRecord(meters: ["hours": "run_hours"]))
        ],
        points: [
            Point(
                id: point, asset: "P1", name: "run_hours", label: Bilingual(zh: "小时", en: "Hours"),
                kind: .counter, unit: MeasurementUnit(symbol: "h"))
        ])

    private static func book() throws -> PlanBook {
        let job = Job(id: "look", label: Bilingual(zh: "看", en: "Look"), items: [])
        var plan = Plan(
            id: "grease", label: Bilingual(zh: "润滑", en: "Greased"), mode: .meter,
            levels: [Plan.Level(id: "all", every: 1, job: job)])
        plan.meter = Plan.Meter(point: "run_hours", kind: .counter, step: 100, isFixed: false)
        plan.leadDays = 0
        return PlanBook([
            PlanBook.Entry(
                plan: plan, assets: ["P1"], position: SourcePosition(file: "p", line: 1, column: 1),
                isShipped: false)
        ])
    }

    /// A moment so many hours after the start, with the wall clock so many days ahead.
    private static func moment(_ hours: Int64, ahead days: Int64 = 0) -> Moment {
        Moment(
            wallMilliseconds: 1_780_000_000_000 + hours * 3_600_000 + days * 86_400_000,
            uptimeMilliseconds: 1_000_000 + hours * 3_600_000)
    }

    private static func engine(_ memory: EngineMemory = EngineMemory(), at now: Moment) throws -> SiteEngine {
        SiteEngine(
            site: site, rules: .empty, routes: [], catalog: MessageCatalog([:]), memory: memory,
            plans: try book(), at: now)
    }

    private static func sample(_ reading: Double, _ now: Moment) -> Sample {
        Sample(point, .number(reading), at: now.wallMilliseconds)
    }

    @Test func `a replaced counter is journalled with both readings, keeps its count and outlives a restart`()
        throws
    {
        var engine = try Self.engine(at: Self.moment(0))
        var memory = EngineMemory()
        for (hours, reading) in [(0, 5000.0), (10, 5010)] {
            let now = Self.moment(Int64(hours))
            memory.absorb(engine.step([Self.sample(reading, now)], at: now))
        }
        let replace = Command(
            id: "m1", kind: .replaceMeter("P1", "hours", showing: 3, old: 5012), person: "wang",
            note: "broken")
        let decision = engine.step([], commands: [replace], at: Self.moment(11))
        memory.absorb(decision)
        let entry = try #require(decision.journal.first { $0.kind == .meterReplaced })
        #expect(entry.note == "P1.run_hours 5012 → 3: broken")
        #expect(entry.person == "wang")
        var next = try Self.engine(memory, at: Self.moment(12))
        let now = Self.moment(13)
        _ = next.step([Self.sample(5, now)], at: now)
        #expect(next.planMemory.meters.map(\.total) == [14])
        #expect(next.planMemory.meters.map(\.life) == [5014])
    }

    @Test func `a counter nobody adds up, and an asset that is not there, are refused`() throws {
        var engine = try Self.engine(at: Self.moment(0))
        let kinds: [Command.Kind] = [
            .replaceMeter("P1", "starts", showing: 0, old: nil),
            .replaceMeter("P9", "hours", showing: 0, old: nil),
        ]
        let commands = kinds.enumerated().map { Command(id: "m\($0)", kind: $1, person: "wang") }
        let replies = engine.step([], commands: commands, at: Self.moment(1)).replies
        #expect(replies.map(\.refusal) == [.unknownMeter("P1", "starts"), .unknownAsset("P9")])
    }

    @Test func `hours that leap are no reason for an order, and the journal says where the counter went on`()
        throws
    {
        var engine = try Self.engine(at: Self.moment(0))
        var journal: [AlarmNoteLine] = []
        for (hour, reading) in [5000.0, 5001, 9000, 9001, 9002, 9003].enumerated() {
            let now = Self.moment(Int64(hour))
            let decision = engine.step([Self.sample(reading, now)], at: now)
            journal += decision.journal.filter { $0.kind == .meterBroken }.map {
                AlarmNoteLine(hour: hour, note: $0.note)
            }
            #expect(decision.orders.isEmpty)
        }
        #expect(journal == [AlarmNoteLine(hour: 4, note: "P1.run_hours 5001 → 9000")])
    }

    @Test func `a doubted clock stays doubted over a reload, and a time service settles it`() throws {
        var engine = try Self.engine(at: Self.moment(0))
        _ = engine.step([], at: Self.moment(0))
        _ = engine.step([], at: Self.moment(1, ahead: 365))
        #expect(engine.planFindings.clockLeap.map { $0 / 86_400_000 } == 365)
        _ = engine.reconfigure(
            site: Self.site, rules: .empty, routes: [], plans: try Self.book(),
            at: Self.moment(2, ahead: 365))
        #expect(engine.planFindings.clockLeap.map { $0 / 86_400_000 } == 365)
        engine.isClockSynchronised = true
        _ = engine.step([], at: Self.moment(3, ahead: 365))
        #expect(engine.planFindings.clockLeap == nil)
    }

    @Test func `the doubt is kept for the next start, also for one on a machine that was started anew`()
        throws
    {
        var engine = try Self.engine(at: Self.moment(0))
        var memory = EngineMemory()
        memory.absorb(engine.step([], at: Self.moment(0)))
        memory.absorb(engine.step([], at: Self.moment(1, ahead: 365)))
        var sameBoot = try Self.engine(memory, at: Self.moment(2, ahead: 365))
        _ = sameBoot.step([], at: Self.moment(2, ahead: 365))
        #expect(sameBoot.planFindings.clockLeap.map { $0 / 86_400_000 } == 365)
        memory.site = memory.site.map { $0.translated(from: "a", to: "b", now: Self.moment(2, ahead: 365)) }
        var rebooted = try Self.engine(memory, at: Self.moment(2, ahead: 365))
        #expect(rebooted.planFindings.clockLeap != nil)
        _ = rebooted.step([], at: Self.moment(2, ahead: 365))
        #expect(rebooted.planFindings.clockLeap != nil)
    }

    /// Readings of a machine that counted to 5000 and was off since: the wall clock goes on from where it stood.
    private static func boot(_ readings: [Double], secondsApart: Int64 = 60) throws -> (
        total: Double?, breaks: Int
    ) {
        var engine = try Self.engine(at: moment(0))
        var memory = EngineMemory()
        for (hour, reading) in [4999.0, 5000].enumerated() {
            let now = moment(Int64(hour))
            memory.absorb(engine.step([sample(reading, now)], at: now))
        }
        let wall = moment(1).wallMilliseconds
        func now(_ seconds: Int64) -> Moment {
            Moment(wallMilliseconds: wall + seconds * 1000, uptimeMilliseconds: 20_000 + seconds * 1000)
        }
        memory.site = memory.site.map { $0.translated(from: "a", to: "b", now: now(0)) }
        var next = try Self.engine(memory, at: now(0))
        var breaks = 0
        for (index, reading) in readings.enumerated() {
            let moment = now(Int64(index) * secondsApart)
            let decision = next.step([sample(reading, moment)], at: moment)
            breaks += decision.journal.count { $0.kind == .meterBroken }
        }
        return (next.planMemory.meters.first.map(\.total), breaks)
    }

    @Test func `hours that ran while the machine was off are counted, whatever its clock says`() throws {
        let found = try Self.boot([5010, 5010, 5010, 5010])
        #expect((found.total, found.breaks) == (11, 0))
    }

    @Test func `a first reading that cannot be changes nothing after a start`() throws {
        let found = try Self.boot([65_535, 5010, 5010, 5010])
        #expect((found.total, found.breaks) == (11, 0))
    }

    @Test func `a counter that was replaced while the machine was off goes on from its reading`() throws {
        let found = try Self.boot([0, 0, 0, 1], secondsApart: 1200)
        #expect((found.total, found.breaks) == (2, 1))
    }

    @Test func `hours count as far as the machine has run, also while its clock is set back`() throws {
        var engine = try Self.engine(at: Self.moment(0))
        for (hour, reading) in [(0, 5000.0), (10, 5010), (20, 5020), (30, 5030)] {
            let now = Self.moment(Int64(hour), ahead: hour == 0 ? 0 : -200)
            let decision = engine.step([Self.sample(reading, now)], at: now)
            #expect(!decision.journal.contains { $0.kind == .meterBroken })
        }
        #expect(engine.planMemory.meters.map(\.total) == [30])
    }

    @Test func `a reading at the moment of a leap tells nothing of the mean use`() throws {
        var engine = try Self.engine(at: Self.moment(0))
        func read(_ reading: Double, _ now: Moment) { _ = engine.step([Self.sample(reading, now)], at: now) }
        for day in 0...4 {
            // A day by the wall clock, of a machine that ran for as long.
            read(5000 + Double(day) * 10, Self.moment(Int64(day) * 24))
            if day == 2 { read(5000 + Double(day) * 10, Self.moment(Int64(day) * 24 + 1, ahead: -300)) }
        }
        let today = Self.zone.date(at: Self.moment(96).wallMilliseconds)
        #expect(engine.planMemory.meters.first?.usePerDay(on: today) == 10)
    }

    private struct AlarmNoteLine: Equatable {
        let hour: Int
        let note: String?
    }
}
