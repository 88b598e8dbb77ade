import Engine
import Facility
import Maintenance
import Notices
import Rules
import Testing

/// Plans inside the engine's step: what falls due opens one order, and its end is the occurrence's.
@Suite struct PlanStepTests {
    private static let zone = SiteZone.fixed("Asia/Shanghai", hours: 8)
    private static let site = Site(
        id: "s", label: Bilingual(zh: "项目", en: "Site"), language: .zh, zone: zone,
        assets: [
            Asset(id: "L1", assetClass: .lift, label: Bilingual(zh: "一号梯", en: "Lift 1"), location: "A")
        ], points: [])

    private static func book() throws -> PlanBook {
        let job = Job(
            id: "look", label: Bilingual(zh: "看", en: "Look"),
            items: [Job.Item(id: "a", text: Bilingual(zh: "看", en: "Look"))])
        var plan = Plan(
            id: "visit", label: Bilingual(zh: "保养", en: "Visit"), mode: .fixed,
            levels: [Plan.Level(id: "all", every: 1, job: job)])
        plan.grid = .rule(
            start: CivilDate("2026-01-08"), try RecurrenceRule(parsing: "FREQ=WEEKLY"), added: [],
            excluded: [])
        return PlanBook([
            PlanBook.Entry(
                plan: plan, assets: ["L1"], position: SourcePosition(file: "p", line: 1, column: 1),
                isShipped: false)
        ])
    }

    private static func moment(_ day: String, _ minute: Int64 = 0) throws -> Moment {
        let date = try #require(CivilDate(day))
        let wall = zone.instant(of: date, minutes: 480) + minute * 60_000
        return Moment(wallMilliseconds: wall, uptimeMilliseconds: wall - 1_600_000_000_000)
    }

    private static func engine(_ memory: EngineMemory, at day: String) throws -> SiteEngine {
        SiteEngine(
            site: site, rules: .empty, routes: [], catalog: MessageCatalog([:]), memory: memory,
            plans: try book(), at: try moment(day))
    }

    @Test func `what falls due opens one order, also across restarts, and its end is kept`() throws {
        var memory = EngineMemory()
        var orders: Set<OrderNumber> = []
        for day in ["2026-01-01", "2026-01-02", "2026-01-03"] {
            var engine = try Self.engine(memory, at: day)
            let decision = engine.step([], at: try Self.moment(day))
            memory.absorb(decision)
            orders.formUnion(decision.orders.map(\.number))
        }
        #expect(orders.count == 1)
        let order = try #require(memory.orders.first)
        #expect(order.cause == "plan:visit/L1/2026-01-08")
        var engine = try Self.engine(memory, at: "2026-01-08")
        let start = try Self.moment("2026-01-08")
        _ = engine.step([], at: start)
        var ended: [PlanOccurrence] = []
        let kinds: [Command.Kind] = [
            .accept(order.number), .start(order.number),
            .answer(order.number, [GivenAnswer("a", .check(true))]), .finish(order.number),
        ]
        for (minute, kind) in kinds.enumerated() {
            let command = Command(id: "c\(minute)", kind: kind, person: "wang")
            ended +=
                engine.step([], commands: [command], at: try Self.moment("2026-01-08", Int64(minute)))
                .planOccurrences
        }
        #expect(ended.first?.state == .satisfiedOnTime)
        #expect(ended.first?.completed == CivilDate("2026-01-08"))
        #expect(ended.first?.order == order.number)
    }

    @Test func `an order has the checklist of its plan, the day it is due and the kind of its work`() throws {
        var engine = try Self.engine(EngineMemory(), at: "2026-01-05")
        let order = try #require(engine.step([], at: try Self.moment("2026-01-05")).orders.first)
        #expect(order.type == .preventive)
        #expect(order.planned == "visit/L1/2026-01-08")
        #expect(order.checklist?.lines.map(\.id) == ["a"])
        let day = try #require(CivilDate("2026-01-08"))
        #expect(order.dueWallMilliseconds == Self.zone.instant(of: day, minutes: 1440))
        let start: [Command] = [
            Command(id: "c1", kind: .accept(order.number), person: "wang"),
            Command(id: "c2", kind: .start(order.number), person: "wang"),
        ]
        _ = engine.step([], commands: start, at: try Self.moment("2026-01-05", 1))
        let early = engine.step(
            [], commands: [Command(id: "c3", kind: .finish(order.number), person: "wang")],
            at: try Self.moment("2026-01-05", 2))
        #expect(early.orderEvents.isEmpty, "finished without the answers")
    }

    @Test func `an order left open takes the next date over, with its answers kept`() throws {
        var engine = try Self.engine(EngineMemory(), at: "2026-01-05")
        let order = try #require(engine.step([], at: try Self.moment("2026-01-05")).orders.first)
        let work: [Command] = [
            Command(id: "c1", kind: .accept(order.number), person: "wang"),
            Command(id: "c2", kind: .start(order.number), person: "wang"),
            Command(id: "c3", kind: .answer(order.number, [GivenAnswer("a", .check(true))]), person: "wang"),
        ]
        _ = engine.step([], commands: work, at: try Self.moment("2026-01-05", 1))
        var extensions: [String] = []
        for day in ["2026-01-06", "2026-01-07", "2026-01-08", "2026-01-09"] {
            let events = engine.step([], at: try Self.moment(day)).orderEvents
            if events.contains(where: { $0.kind == .extended }) { extensions.append(day) }
        }
        // On its last day the order can still be done in time.
        #expect(extensions == ["2026-01-09"])
        #expect(engine.openOrders.map(\.number) == [order.number])
        let taken = try #require(engine.openOrders.first)
        let day = try #require(CivilDate("2026-01-15"))
        #expect(taken.dueWallMilliseconds == Self.zone.instant(of: day, minutes: 1440))
        #expect(taken.checklist?.lines.first?.answer?.isGood == true)
    }

    @Test(arguments: [AssetState.stopped, .retired, .commissioning])
    func `nothing is opened at an asset that does no work`(state: AssetState) throws {
        var engine = try Self.engine(EngineMemory(), at: "2025-12-20")
        _ = engine.step(
            [], commands: [Command(id: "s", kind: .setState("L1", state), person: "wang")],
            at: try Self.moment("2025-12-20"))
        let decision = engine.step([], at: try Self.moment("2026-01-08"))
        #expect(decision.orders.isEmpty)
        #expect(engine.openOrders.isEmpty)
    }

    @Test func `what was stopped for more than a year is inspected before it returns, once`() throws {
        var engine = try Self.engine(EngineMemory(), at: "2025-12-20")
        _ = engine.step(
            [], commands: [Command(id: "s", kind: .setState("L1", .stopped), person: "wang")],
            at: try Self.moment("2025-12-20"))
        #expect(engine.step([], at: try Self.moment("2026-12-20")).orders.isEmpty)
        let order = try #require(engine.step([], at: try Self.moment("2026-12-21")).orders.first)
        #expect(order.type == .inspection)
        #expect(order.asset == "L1")
        #expect(engine.step([], at: try Self.moment("2026-12-22")).orders.isEmpty)
    }

    @Test func `a reload without the plan ends what is open, and one with it opens nothing twice`() throws {
        var engine = try Self.engine(EngineMemory(), at: "2026-01-05")
        let first = engine.step([], at: try Self.moment("2026-01-05"))
        #expect(first.orders.count == 1)
        let without = engine.reconfigure(
            site: Self.site, rules: .empty, routes: [], at: try Self.moment("2026-01-05", 1))
        #expect(without.planOccurrences.map(\.note) == ["plan_removed"])
        let again = engine.reconfigure(
            site: Self.site, rules: .empty, routes: [], plans: try Self.book(),
            at: try Self.moment("2026-01-05", 2))
        #expect(again.planOccurrences.isEmpty)
    }
}
