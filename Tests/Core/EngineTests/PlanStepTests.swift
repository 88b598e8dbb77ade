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
        let kinds: [Command.Kind] = [.accept(order.number), .start(order.number), .finish(order.number)]
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
