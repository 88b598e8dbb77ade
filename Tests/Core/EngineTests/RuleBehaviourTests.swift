import Alarms
import Engine
import Facility
import Maintenance
import Notices
import Rules
import Testing

/// What rules ask of their alarms, on a whole site.
@Suite struct RuleBehaviourTests {
    private static let low = "pressure < 0.2 MPa"

    private func bench(_ change: (inout RuleDefinition) -> Void) -> EngineBench {
        var rule = EngineBench.rule("pump.low", Self.low, order: .init())
        change(&rule)
        return EngineBench([rule])
    }

    private static func source(_ text: String) -> ExpressionText {
        ExpressionText(text, at: SourcePosition(file: "rules/test.yaml", line: 2, column: 11))
    }

    private static let guidance = Guidance(
        cause: Bilingual(zh: "阀关", en: "valve shut"), consequence: Bilingual(zh: "停水", en: "no water"),
        action: Bilingual(zh: "开阀", en: "open it"), respondWithinMilliseconds: 1_800_000)

    private func ladder() -> EngineBench {
        bench {
            $0.levels = [
                .init(priority: .p3, when: Self.source(Self.low)),
                .init(priority: .p1, when: Self.source("pressure < 0.1 MPa")),
            ]
            $0.guidance = Self.guidance
        }
    }

    @Test func `what keeps a rule from applying goes on doing so while it is unknown`() {
        var bench = EngineBench([EngineBench.rule("pump.low", Self.low, activeIf: "running")])
        bench.read([("P1.running", .flag(false)), ("P1.pressure", .number(0.1))])
        bench.read([("P1.running", nil)])
        bench.wait(600)
        #expect(bench.state() == .suppressed)
        #expect(bench.notices.isEmpty)
    }

    @Test func `what windows remember is written now and then, not with every reading`() {
        var bench = EngineBench([EngineBench.rule("pump.low", "avg(pressure, 10m) < 0.2 MPa")])
        for second in 0..<300 {
            bench.read([("P1.pressure", .number(0.4 + Double(second % 7) / 100))])
            bench.wait(1)
        }
        let written = bench.all.count { !$0.rules.isEmpty }
        #expect((3...6).contains(written), "\(written) times")
    }

    @Test func `what is over when its rule applies again was never told, and is not told now`() {
        var bench = EngineBench([EngineBench.rule("pump.low", Self.low, activeIf: "running")])
        bench.read([("P1.running", .flag(false)), ("P1.pressure", .number(0.1))])
        #expect(bench.state() == .suppressed)
        bench.wait(60)
        bench.read([("P1.pressure", .number(0.4)), ("P1.running", .flag(true))])
        bench.wait(60)
        #expect(bench.state() == .normal)
        #expect(bench.notices.isEmpty)
        // What holds when the rule applies again is told.
        bench.read([("P1.running", .flag(false)), ("P1.pressure", .number(0.1))])
        bench.wait(60)
        bench.read([("P1.running", .flag(true))])
        #expect(bench.state() == .unacknowledged)
        #expect(bench.notices == ["raise hook wang"])
    }

    @Test
    func `an age that is compared wakes its alarm once in its span, and a late reading ends it at once`() {
        var bench = EngineBench([EngineBench.rule("pump.silent", "age(pressure) > 60 s")])
        let reading: [(String, Value?)] = [("P1.pressure", .number(0.5))]
        bench.read(reading)
        let before = bench.all.count
        for _ in 0..<360 {
            bench.wait(10)
            bench.read(reading)
        }
        // Two steps for each reading are the bench's own.
        #expect(bench.all.count - before - 720 <= 72)
        #expect(bench.journal.isEmpty)
        bench.wait(60)
        #expect(bench.state("pump.silent") == .normal)
        bench.wait(1)
        #expect(bench.state("pump.silent") == .unacknowledged)
        let steps = bench.all.count
        bench.wait(100)
        // The step at the end, and the second step of the route.
        #expect(bench.all.count - steps <= 2)
        bench.read(reading)
        #expect(bench.journal.map(\.kind).prefix(2) == [.raised, .cleared])
        #expect(bench.state("pump.silent") == .normal)
    }

    @Test
    func `an explanation says when a raise comes, silence left out, when an end comes, and what keeps quiet`()
        throws
    {
        var bench = EngineBench([
            EngineBench.rule(
                "pump.low", Self.low, activeIf: "!service", raise: 10_000, off: 30_000)
        ])
        let key = AlarmKey(rule: "pump.low", asset: "P1")
        func explained() throws -> RuleExplanation { try #require(bench.engine.explain(key)) }
        bench.read([("P1.pressure", .number(0.1)), ("P1.service", .flag(false))])
        bench.wait(4)
        #expect(try explained().raisesInMilliseconds == 6000)
        bench.read([("P1.pressure", nil)])
        bench.wait(5)
        bench.read([("P1.pressure", .number(0.1))])
        #expect(try explained().raisesInMilliseconds == 6000)
        #expect(try explained().clearsInMilliseconds == nil)
        bench.wait(6)
        #expect(bench.state() == .unacknowledged)
        bench.read([("P1.pressure", .number(0.4))])
        bench.wait(10)
        #expect(try explained().raisesInMilliseconds == nil)
        #expect(try explained().clearsInMilliseconds == 20_000)
        #expect(try explained().suppressedBy == [])
        bench.read([("P1.service", .flag(true))])
        #expect(try explained().suppressedBy == [AlarmNote.inactive])
    }

    @Test func `a ladder says that it clears when its lowest rung does`() {
        let key = AlarmKey(rule: "pump.low", asset: "P1")
        #expect(ladder().engine.explain(key)?.clearsWhen == "!(pressure < 0.2 MPa)")
        let banded = bench {
            $0.levels = [
                .init(priority: .p3, when: Self.source(Self.low), deadband: Self.source("0.05 MPa")),
                .init(priority: .p2, when: Self.source("pressure < 0.1 MPa")),
            ]
            $0.guidance = Self.guidance
        }
        #expect(banded.engine.explain(key)?.clearsWhen == "!(pressure < 0.25 MPa)")
    }

    @Test func `a ladder worsens on one alarm: its notices and its order become more urgent`() throws {
        var bench = ladder()
        bench.read([("P1.pressure", .number(0.15))])
        #expect(bench.engine.openOccurrences.map(\.priority) == [.p3])
        _ = bench.command(.acknowledge(OccurrenceID(1)), id: "1")
        bench.read([("P1.pressure", .number(0.05))])
        #expect(bench.state() == .unacknowledged)
        #expect(bench.engine.openOccurrences.map(\.id) == [OccurrenceID(1)])
        #expect(bench.engine.openOccurrences.map(\.priority) == [.p1])
        #expect(bench.engine.openOccurrences.map(\.reAlarms) == [1])
        #expect(bench.engine.openOrders.map(\.priority) == [.p1])
        #expect(bench.last.notices.map(\.priority) == [.p1])
        #expect(bench.last.notices.map(\.id) == ["1/1/raise/hook/wang"])
        #expect(bench.journal.last { $0.priority != nil }?.kind == .worsened)
    }

    @Test func `a ladder that worsened while it was quiet is told with its new urgency when that is over`() {
        var bench = bench {
            $0.activeIf = Self.source("!service")
            $0.levels = [
                .init(priority: .p3, when: Self.source(Self.low)),
                .init(priority: .p1, when: Self.source("pressure < 0.1 MPa")),
            ]
            $0.guidance = Self.guidance
        }
        bench.read([("P1.pressure", .number(0.15)), ("P1.service", .flag(false))])
        #expect(bench.last.notices.map(\.priority) == [.p3])
        bench.read([("P1.service", .flag(true))])
        #expect(bench.state() == .suppressed)
        bench.read([("P1.pressure", .number(0.05))])
        #expect(bench.last.notices.isEmpty)
        bench.restart()
        bench.read([("P1.pressure", .number(0.05)), ("P1.service", .flag(false))])
        #expect(bench.state() == .unacknowledged)
        #expect(bench.last.notices.map(\.priority) == [.p1])
        #expect(bench.last.notices.map(\.kind) == [.raise])
    }

    @Test func `a ladder eases in the journal only, and goes on where it was after a restart`() {
        var bench = ladder()
        bench.read([("P1.pressure", .number(0.05))])
        _ = bench.command(.acknowledge(OccurrenceID(1)), id: "1")
        bench.restart()
        bench.read([("P1.pressure", .number(0.05))])
        #expect(bench.last.journal.isEmpty)
        bench.read([("P1.pressure", .number(0.15))])
        #expect(bench.last.journal.map(\.kind) == [.eased])
        #expect(bench.last.notices.isEmpty)
        #expect(bench.memory.occurrences.map(\.priority) == [.p3])
        bench.read([("P1.pressure", .number(0.5))])
        #expect(bench.state() == .normal)
        #expect(bench.memory.alarms.compactMap(\.priority).isEmpty)
    }

    @Test func `a rule that is only tried out is written down and listed, and tells nobody`() {
        var bench = bench {
            $0.mode = .shadow
            $0.isLatching = true
        }
        bench.read([("P1.pressure", .number(0.1))])
        #expect(bench.engine.openOccurrences.map(\.isShadow) == [true])
        #expect(bench.journal.map(\.kind) == [.raised, .acknowledged])
        bench.wait(3600)
        bench.read([("P1.pressure", .number(0.5))])
        #expect(bench.state() == .normal)
        #expect(bench.notices.isEmpty)
        #expect(bench.all.flatMap(\.orders).isEmpty)
    }

    @Test(arguments: [RuleDefinition.Mode.shadow, .live])
    func `a rule that changes its mode begins its alarm anew`(from: RuleDefinition.Mode) throws {
        var rule = EngineBench.rule("pump.low", Self.low, order: .init())
        rule.mode = from
        var bench = EngineBench([rule])
        bench.read([("P1.pressure", .number(0.1))])
        rule.mode = from == .live ? .shadow : .live
        bench.restart(rules: RuleSet.compile([rule], for: bench.site).rules)
        #expect(bench.engine.nextDeadlineUptimeMilliseconds == bench.now.uptimeMilliseconds)
        bench.read([("P1.pressure", .number(0.1))])
        #expect(bench.engine.openOccurrences.map(\.id) == [OccurrenceID(2)])
        #expect(bench.engine.openOccurrences.map(\.isShadow) == [from == .live])
        #expect(
            bench.notices == (from == .live ? ["raise hook wang", "clear hook wang"] : ["raise hook wang"]))
    }

    @Test func `an order may wait for the acknowledgement, over a restart too`() {
        var bench = bench { $0.order = .init(start: .acknowledged(orAfterMilliseconds: 600_000)) }
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(500)
        bench.restart()
        bench.read([("P1.pressure", .number(0.1))])
        #expect(bench.engine.openOrders.isEmpty)
        bench.wait(99)
        #expect(bench.engine.openOrders.isEmpty)
        bench.wait(1)
        #expect(bench.engine.openOrders.count == 1)
        var known = self.bench { $0.order = .init(start: .acknowledged(orAfterMilliseconds: 600_000)) }
        known.read([("P1.pressure", .number(0.1))])
        _ = known.command(.acknowledge(OccurrenceID(1)), id: "1")
        #expect(known.engine.openOrders.count == 1)
    }

    @Test func `nobody answers: the route begins again each time, and who was told is told of the end once`()
    {
        var bench = bench { $0.acknowledging = .init(timeoutMilliseconds: 600_000) }
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(600)
        bench.restart()
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(600)
        #expect(bench.notices.filter { $0 == "raise hook wang" }.count == 3)
        #expect(bench.notices.filter { $0 == "escalate hook li" }.count == 2)
        bench.wait(600 * 50)
        #expect(bench.memory.announcements.filter { $0.announced.count > 4 }.isEmpty)
        bench.read([("P1.pressure", .number(0.5))])
        #expect(
            bench.notices.filter { $0.hasPrefix("clear") }.sorted() == ["clear hook li", "clear hook wang"])
        let ids = bench.all.flatMap(\.notices).map(\.id)
        #expect(Set(ids).count == ids.count)
    }

    @Test func `what is known and lasts is told again, and nobody has to measure it`() {
        var bench = bench { $0.reminding = .init(afterMilliseconds: 3_600_000, most: 1) }
        bench.read([("P1.pressure", .number(0.1))])
        _ = bench.command(.acknowledge(OccurrenceID(1)), id: "1")
        bench.restart()
        bench.wait(3600)
        #expect(bench.state() == .unacknowledged)
        #expect(bench.last.notices.map(\.id) == ["1/1/raise/hook/wang"])
    }

    @Test func `an alarm for want of data says so`() throws {
        var bench = bench {
            $0.onUnknown = .raise
            $0.unknownDelayMilliseconds = 30_000
        }
        bench.read([
            ("P1.pressure", .number(0.5)), ("P2.pressure", .number(0.5)), ("P3.pressure", .number(0.5)),
        ])
        for second in 1...60 {
            bench.now = bench.now.advanced(milliseconds: 1000)
            let values: [(String, Value?)] = [("P1.pressure", .number(.nan)), ("P1.running", .flag(true))]
            bench.read(values + [("P2.pressure", .number(0.5)), ("P3.pressure", .number(0.5))])
            #expect(bench.state() == (second <= 30 ? .normal : .unacknowledged), "\(second)")
        }
        let occurrence = try #require(bench.engine.openOccurrences.first)
        #expect(occurrence.isRaisedWithoutData)
        #expect(
            occurrence.text.en == "P1 (no data)" || occurrence.text.en.contains("alarm.text.without-data"))
        #expect(bench.journal.first { $0.kind == .raised }?.note == AlarmNote.raisedWithoutData)
    }

    @Test func `a rule that is new joins its asset out of service`() throws {
        var bench = EngineBench()
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(10)
        let order = try #require(bench.engine.openOrders.first?.number)
        _ = bench.command(.takeOutOfService(.asset("P1"), order: order), id: "1")
        let running = EngineBench.rule("pump.running", "running")
        bench.restart(rules: RuleSet.compile([EngineBench.lowPressure, running], for: bench.site).rules)
        bench.read([("P1.running", .flag(true)), ("P2.running", .flag(true))])
        #expect(bench.state("pump.running") == .outOfService)
        #expect(bench.state("pump.running", "P2") == .unacknowledged)
    }

    @Test func `an occurrence that comes back before anybody knew follows the one before, and counts`() {
        var bench = bench { $0.acknowledging = .init(isRequiredAfterReturn: true) }
        for _ in 0..<3 {
            bench.read([("P1.pressure", .number(0.1))])
            bench.read([("P1.pressure", .number(0.5))])
        }
        #expect(bench.engine.openOccurrences.map(\.id) == [OccurrenceID(3)])
        #expect(bench.engine.openOccurrences.map(\.previous) == [OccurrenceID(2)])
        #expect(bench.engine.openOccurrences.map(\.reAlarms) == [2])
    }
}
