import Engine
import Facility
import Maintenance
import Testing

/// What the work brings to light: lines of checklists that are not good.
@Suite struct OrderFindingTests {
    private static let first: OrderNumber = "WO-20260301-0001"

    private static let job = Job(
        id: "monthly", label: Bilingual(zh: "月检", en: "Monthly"),
        items: [
            .init(id: "lock", text: Bilingual(zh: "挂牌", en: "Lock out")),
            .init(
                id: "gap", text: Bilingual(zh: "间隙", en: "Gap"), answer: .number(unit: nil, limits: 0.3...0.7)
            ),
        ])

    /// A round under way.
    private func round(_ bench: inout EngineBench, _ cause: String = "manual/1") -> OrderNumber {
        var opening = OrderOpening(
            asset: "P1", cause: cause, title: Bilingual(zh: "巡检", en: "Round"), priority: .p4, type: .round)
        opening.checklist = Checklist(Self.job)
        let number = bench.command(.open(opening), id: "\(cause)-1")?.order ?? "WO-1"
        _ = bench.command(.accept(number), id: "\(cause)-2")
        _ = bench.command(.start(number), id: "\(cause)-3")
        return number
    }

    private func answer(
        _ bench: inout EngineBench, _ number: OrderNumber, lock: Bool = true, gap: Double, id: String
    ) {
        let answers = [GivenAnswer("lock", .check(lock)), GivenAnswer("gap", .number(gap))]
        #expect(bench.command(.answer(number, answers), id: "\(id)-answer")?.refusal == nil)
        #expect(bench.command(.finish(number), id: "\(id)-finish")?.refusal == nil)
    }

    private func findings(_ bench: EngineBench) -> [WorkOrder] {
        bench.engine.openOrders.filter { $0.type == .hazard }
    }

    @Test func `each line that is not good when the work ends is an order that says where it was found`() {
        var bench = EngineBench()
        let number = round(&bench)
        let bad = [GivenAnswer("gap", .number(0.9))]
        _ = bench.command(.answer(number, bad), id: "early")
        #expect(findings(bench).isEmpty)
        answer(&bench, number, lock: false, gap: 0.9, id: "a")
        #expect(findings(bench).map(\.cause) == ["finding/P1/monthly/lock", "finding/P1/monthly/gap"])
        #expect(findings(bench).map(\.links.foundBy) == [number, number])
        #expect(findings(bench).map(\.priority) == [.p3, .p3])
        #expect(findings(bench).last?.title.en == "order.finding-value item=Gap value=0.9")
        bench.restart()
        #expect(findings(bench).count == 2)
    }

    @Test func `what was made good before the work ended is none`() {
        var bench = EngineBench()
        let number = round(&bench)
        _ = bench.command(.answer(number, [GivenAnswer("gap", .number(0.9))]), id: "early")
        answer(&bench, number, gap: 0.5, id: "a")
        #expect(findings(bench).isEmpty)
    }

    @Test func `the same finding on the next round is the same work`() {
        var bench = EngineBench()
        answer(&bench, round(&bench), gap: 0.9, id: "a")
        bench.wait(86_400)
        answer(&bench, round(&bench, "manual/2"), gap: 0.95, id: "b")
        #expect(findings(bench).map(\.occurrences) == [2])
    }

    @Test func `a round that is done again finds nothing new`() {
        var bench = EngineBench()
        let number = round(&bench)
        answer(&bench, number, gap: 0.9, id: "a")
        _ = bench.command(.reject(number), id: "b", by: "li", note: "look again")
        _ = bench.command(.finish(number), id: "c")
        #expect(findings(bench).map(\.occurrences) == [1])
        // Nor after what it found was mended.
        for (id, person, kind) in [
            ("d", "wang", Command.Kind.accept("WO-20260301-0002")), ("e", "wang", .start("WO-20260301-0002")),
            ("f", "wang", .finish("WO-20260301-0002")), ("g", "li", .verify("WO-20260301-0002")),
        ] { #expect(bench.command(kind, id: id, by: person)?.refusal == nil) }
        _ = bench.command(.reject(number), id: "h", by: "li", note: "once more")
        _ = bench.command(.finish(number), id: "i")
        #expect(findings(bench).isEmpty)
    }

    @Test func `what was mended and is found again soon opens its order again`() {
        var bench = EngineBench()
        answer(&bench, round(&bench), gap: 0.9, id: "a")
        for (id, person, kind) in [
            ("d", "wang", Command.Kind.accept("WO-20260301-0002")), ("e", "wang", .start("WO-20260301-0002")),
            ("f", "wang", .finish("WO-20260301-0002")), ("g", "li", .verify("WO-20260301-0002")),
        ] { _ = bench.command(kind, id: id, by: person) }
        bench.wait(3600)
        answer(&bench, round(&bench, "manual/2"), gap: 0.9, id: "b")
        #expect(findings(bench).map(\.work.reopenings) == [1])
    }

    @Test func `a finding that somebody will not mend is left alone for a while`() {
        var bench = EngineBench()
        answer(&bench, round(&bench), gap: 0.9, id: "a")
        #expect(
            bench.command(.cancel("WO-20260301-0002", .wontFix), id: "x", note: "as built")?.refusal == nil)
        answer(&bench, round(&bench, "manual/2"), gap: 0.9, id: "b")
        #expect(findings(bench).isEmpty)
        bench.wait(8 * 86_400)
        answer(&bench, round(&bench, "manual/3"), gap: 0.9, id: "c")
        #expect(findings(bench).map(\.links.recurrenceOf) == ["WO-20260301-0002"])
    }

    private static let finding: OrderNumber = "WO-20260301-0002"

    /// Takes a finding as far as somebody says it is mended.
    private func mend(_ bench: inout EngineBench, verify: Bool, id: String) {
        var steps: [(String, Command.Kind)] = [
            ("wang", .accept(Self.finding)), ("wang", .start(Self.finding)), ("wang", .finish(Self.finding)),
        ]
        if verify { steps.append(("li", .verify(Self.finding))) }
        for (index, step) in steps.enumerated() {
            #expect(bench.command(step.1, id: "\(id)-\(index)", by: step.0)?.refusal == nil)
        }
    }

    private func finishAgain(_ bench: inout EngineBench, _ number: OrderNumber, id: String) {
        #expect(bench.command(.reject(number), id: "\(id)-1", by: "li", note: "look again")?.refusal == nil)
        #expect(bench.command(.finish(number), id: "\(id)-2")?.refusal == nil)
    }

    @Test(arguments: [false, true])
    func `an answer counts once, also of a round that only found again what was known`(restarts: Bool) {
        var bench = EngineBench()
        answer(&bench, round(&bench), gap: 0.9, id: "a")
        let second = round(&bench, "manual/2")
        answer(&bench, second, gap: 0.95, id: "b")
        mend(&bench, verify: false, id: "c")
        if restarts { bench.restart() }
        finishAgain(&bench, second, id: "d")
        #expect(findings(bench).map(\.state) == [.done])
        #expect(findings(bench).map(\.occurrences) == [2])
        // What is looked at anew, and still is not good, was not mended.
        _ = bench.command(.reject(second), id: "e", by: "li", note: "measure again")
        answer(&bench, second, gap: 0.95, id: "f")
        #expect(findings(bench).map(\.state) == [.inProgress])
    }

    @Test(arguments: [false, true])
    func `what was answered before the mending is not found anew when the round ends after it`(
        isVerified: Bool
    ) {
        var bench = EngineBench()
        answer(&bench, round(&bench), gap: 0.9, id: "a")
        let second = round(&bench, "manual/2")
        let bad = [GivenAnswer("lock", .check(true)), GivenAnswer("gap", .number(0.9))]
        #expect(bench.command(.answer(second, bad), id: "b")?.refusal == nil)
        bench.wait(60)
        mend(&bench, verify: isVerified, id: "c")
        bench.restart()
        bench.wait(60)
        #expect(bench.command(.finish(second), id: "d")?.refusal == nil)
        #expect(findings(bench).map(\.state) == (isVerified ? [] : [.done]))
        _ = bench.command(.reject(second), id: "e", by: "li", note: "measure again")
        answer(&bench, second, gap: 0.9, id: "f")
        #expect(findings(bench).map(\.state) == [isVerified ? .open : .inProgress])
    }

    @Test func `an answer that counted on an order does not count on the one that follows it`() {
        var bench = EngineBench()
        answer(&bench, round(&bench), gap: 0.9, id: "a")
        let second = round(&bench, "manual/2")
        answer(&bench, second, gap: 0.95, id: "b")
        mend(&bench, verify: true, id: "c")
        bench.wait(2 * 86_400)
        answer(&bench, round(&bench, "manual/3"), gap: 0.9, id: "d")
        #expect(findings(bench).map(\.links.recurrenceOf) == [Self.finding])
        bench.restart()
        finishAgain(&bench, second, id: "e")
        #expect(findings(bench).map(\.occurrences) == [1])
    }

    @Test(arguments: [false, true])
    func `what is found after the clock was set right is new, although the mending seems later`(
        restarts: Bool
    ) {
        var bench = EngineBench()
        let first = round(&bench)
        answer(&bench, first, gap: 0.9, id: "a")
        bench.setClock(by: 86_400_000)
        mend(&bench, verify: true, id: "b")
        bench.wait(60)
        bench.setClock(by: -86_400_000)
        if restarts { bench.restart() }
        finishAgain(&bench, first, id: "c")
        #expect(findings(bench).isEmpty)
        answer(&bench, round(&bench, "manual/2"), gap: 0.9, id: "d")
        #expect(findings(bench).map(\.work.reopenings) == [1])
    }
}
