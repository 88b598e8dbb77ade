import Engine
import Facility
import Maintenance
import Notices
import Rules
import Testing

/// Work of other orders that counts as a date of a plan, inside the engine's step.
@Suite struct PlanCreditStepTests {
    private static let zone = SiteZone.fixed("Asia/Shanghai", hours: 8)
    private static let site = Site(
        id: "s", label: Bilingual(zh: "项目", en: "Site"), language: .zh, zone: zone,
        assets: [
            Asset(id: "L1", assetClass: .lift, label: Bilingual(zh: "一号梯", en: "Lift 1"), location: "A")
        ], points: [])

    private static func book() throws -> PlanBook {
        let job = Job(id: "look", label: Bilingual(zh: "看", en: "Look"), items: [])
        var plan = Plan(
            id: "visit", label: Bilingual(zh: "保养", en: "Visit"), mode: .fixed,
            levels: [Plan.Level(id: "all", every: 1, job: job)])
        plan.grid = .rule(
            start: CivilDate("2026-01-08"), try RecurrenceRule(parsing: "FREQ=WEEKLY"), added: [],
            excluded: [])
        plan.earlyDays = 3
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

    /// A site on a virtual clock, of which everything is kept as the ledger would.
    private struct Stage {
        var engine: SiteEngine
        var memory = EngineMemory()
        var events: [OrderEvent] = []
        var occurrences: [PlanOccurrence] = []
        private var count = 0

        init(_ memory: EngineMemory = EngineMemory(), at day: String) throws {
            self.memory = memory
            engine = SiteEngine(
                site: site, rules: .empty, routes: [], catalog: MessageCatalog([:]), memory: memory,
                plans: try book(), at: try moment(day))
            try step(at: day)
        }

        /// Steps on a day with commands of a person; the refusals.
        @discardableResult
        mutating func step(_ kinds: [Command.Kind] = [], by person: String = "wang", at day: String) throws
            -> [Refusal]
        {
            var refusals: [Refusal] = []
            for kind in kinds.map(Optional.some) + (kinds.isEmpty ? [nil] : []) {
                count += 1
                let commands = kind.map {
                    [Command(id: "\(day)/\(count)", kind: $0, person: person, note: "n")]
                }
                let decision = engine.step(
                    [], commands: commands ?? [], at: try moment(day, Int64(count)))
                memory.absorb(decision)
                events += decision.orderEvents
                occurrences += decision.planOccurrences
                refusals += decision.replies.compactMap(\.refusal)
            }
            return refusals
        }

        func order(_ cause: String) -> WorkOrder? { engine.openOrders.first { $0.cause == cause } }

        /// An order by hand, with somebody at it.
        mutating func begin(at day: String) throws -> OrderNumber {
            let opening = OrderOpening(
                asset: "L1", cause: "manual/L1/1", title: Bilingual(zh: "检修", en: "Repair"), priority: .p3,
                type: .preventive)
            try step([.open(opening)], at: day)
            let number = try #require(order("manual/L1/1")?.number)
            try step([.accept(number), .start(number)], at: day)
            return number
        }
    }

    private static let visit = OrderCompletion(credit: PlanCredit(plan: "visit"))

    @Test
    func `work by hand counts as the next date, whose own order is given up for it, also after a restart`()
        throws
    {
        var stage = try Stage(at: "2026-01-05")
        let own = try #require(stage.order("plan:visit/L1/2026-01-08")?.number)
        let number = try stage.begin(at: "2026-01-05")
        #expect(try stage.step([.finish(number, Self.visit)], at: "2026-01-05").isEmpty)
        let done = try #require(stage.occurrences.last)
        #expect((done.id, done.state, done.order) == ("visit/L1/2026-01-08", .satisfiedOnTime, number))
        let given = try #require(stage.events.last { $0.number == own })
        #expect(given.state == .cancelled && given.note == number.name)
        // The order says what it counts as, also when it is made again from its history.
        let credit = stage.engine.openOrders.first { $0.number == number }?.work.completion?.credit
        #expect(credit == PlanCredit(plan: "visit", occurrence: "visit/L1/2026-01-08"))
        let replayed = WorkOrderLifecycle.replay(stage.events.filter { $0.number == number })
        #expect(replayed?.work.completion?.credit == credit)

        var next = try Stage(stage.memory, at: "2026-01-06")
        for day in ["2026-01-07", "2026-01-08", "2026-01-09"] { try next.step(at: day) }
        let planned = next.engine.openOrders.compactMap(\.planned)
        #expect(planned == ["visit/L1/2026-01-15"])
        #expect(!next.occurrences.contains { $0.id == done.id })
    }

    @Test func `where somebody is at the date's own order, nothing is ended and nothing counts`() throws {
        var stage = try Stage(at: "2026-01-05")
        let own = try #require(stage.order("plan:visit/L1/2026-01-08")?.number)
        try stage.step([.accept(own)], by: "li", at: "2026-01-05")
        let number = try stage.begin(at: "2026-01-05")
        let count = stage.occurrences.count
        let refusals = try stage.step([.finish(number, Self.visit)], at: "2026-01-05")
        #expect(refusals == [.order(.credit(.underWay(own)))])
        #expect(stage.order("manual/L1/1")?.state == .inProgress)
        #expect(stage.occurrences.count == count)
    }

    @Test func `a date of a plan counts as no other, and a refused end enters nothing`() throws {
        var stage = try Stage(at: "2026-01-05")
        let own = try #require(stage.order("plan:visit/L1/2026-01-08")?.number)
        try stage.step([.accept(own), .start(own)], at: "2026-01-05")
        #expect(
            try stage.step([.finish(own, Self.visit)], at: "2026-01-05") == [
                .order(.credit(.plannedOrder))
            ])
        var other = try Stage(at: "2026-01-05")
        let number = try other.begin(at: "2026-01-05")
        let count = other.occurrences.count
        let refusals = try other.step([.finish(number, Self.visit)], by: "li", at: "2026-01-05")
        #expect(refusals == [.order(.notAssignee("wang"))])
        #expect(other.occurrences.count == count)
        #expect(other.order("plan:visit/L1/2026-01-08") != nil)
    }

    @Test func `work that was sent back and done again counts once`() throws {
        var stage = try Stage(at: "2026-01-05")
        let number = try stage.begin(at: "2026-01-05")
        try stage.step([.finish(number, Self.visit)], at: "2026-01-05")
        let count = stage.occurrences.filter { $0.state == .satisfiedOnTime }.count
        try stage.step([.reject(number)], by: "li", at: "2026-01-05")
        let other = OrderCompletion(credit: PlanCredit(plan: "round"))
        #expect(
            try stage.step([.finish(number, other)], at: "2026-01-05") == [
                .order(.credit(.given("visit/L1/2026-01-08")))
            ])
        #expect(try stage.step([.finish(number)], at: "2026-01-05").isEmpty)
        #expect(stage.occurrences.filter { $0.state == .satisfiedOnTime }.count == count)
        #expect(
            stage.engine.openOrders.first { $0.number == number }?.work.completion?.credit?.occurrence
                == "visit/L1/2026-01-08")
    }

    @Test(arguments: [true, false])
    func `no date is carried onto an order that is over`(isGone: Bool) throws {
        let stage = try Stage(at: "2026-01-05")
        var memory = stage.memory
        let own = try #require(memory.orders.first { $0.planned == "visit/L1/2026-01-08" })
        // Its end was lost, as by a ledger that was put back.
        memory.orders =
            isGone
            ? []
            : memory.orders.map { order in
                var order = order
                if order.number == own.number { order.state = .done }
                return order
            }
        var next = try Stage(memory, at: "2026-01-06")
        for day in ["2026-01-07", "2026-01-08", "2026-01-09", "2026-01-10"] { try next.step(at: day) }
        let record = try #require(next.occurrences.last { $0.id == "visit/L1/2026-01-15" })
        let fresh = try #require(record.order)
        #expect(fresh != own.number)
        #expect(next.engine.openOrders.first { $0.number == fresh }?.planned == "visit/L1/2026-01-15")
        #expect(!next.events.contains { $0.number == own.number && $0.kind == .extended })
    }
}
