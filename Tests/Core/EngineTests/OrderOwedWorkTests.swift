import Alarms
import Engine
import Facility
import Foundation
import Maintenance
import Rules
import Testing

/// What holds gets its order in the end, whatever kept it from having one.
@Suite struct OrderOwedWorkTests {
    private static let hour: Int64 = 3_600_000
    private static let first: OrderNumber = "WO-20260301-0001"
    private static let second: OrderNumber = "WO-20260301-0002"

    private static func rule(
        _ id: RuleID = "pump.low", priority: Priority = .p3, order: RuleDefinition.Order = .init(),
        latch: Bool = false, line: Int = 1, _ change: (inout RuleDefinition.Order.Conduct) -> Void = { _ in }
    ) -> RuleDefinition {
        var order = order
        change(&order.conduct)
        return EngineBench.rule(
            id, "pressure < 0.2 MPa", priority: priority, latch: latch, order: order, line: line)
    }

    private func raise(_ bench: inout EngineBench, _ asset: String = "P1") {
        bench.read([("\(asset).pressure", .number(0.1))])
    }

    private func clear(_ bench: inout EngineBench, _ asset: String = "P1") {
        bench.read([("\(asset).pressure", .number(0.4))])
    }

    /// A test run under way that expects the alarm.
    private func expecting(_ bench: inout EngineBench, _ cause: String = "manual/1") -> OrderNumber {
        var opening = OrderOpening(
            asset: "P1", cause: cause, title: Bilingual(zh: "试泵", en: "Test run"), priority: .p4,
            type: .preventive)
        opening.expects = ["pump.low"]
        let number = bench.command(.open(opening), id: "\(cause)-1")?.order ?? "WO-1"
        _ = bench.command(.accept(number), id: "\(cause)-2")
        _ = bench.command(.start(number), id: "\(cause)-3")
        return number
    }

    // MARK: Proofs

    @Test(arguments: [false, true])
    func `an alarm that outlives the work that expected it gets an order of its own`(restarts: Bool) {
        for isCancelled in [false, true] {
            var bench = EngineBench([Self.rule()])
            let run = expecting(&bench)
            raise(&bench)
            #expect(bench.engine.openOrders.map(\.links.evidence) == [[OccurrenceID(1)]])
            if restarts { bench.restart() }
            let end = isCancelled ? Command.Kind.cancel(run, .operator) : .finish(run)
            #expect(bench.command(end, id: "end", note: "rain")?.refusal == nil)
            let own = bench.engine.openOrders.first { $0.cause == "P1/pump.low" }
            #expect(own?.occurrence == OccurrenceID(1) && own?.number == Self.second)
            bench.wait(60)
            #expect(bench.all.flatMap(\.orderEvents).count { $0.kind == .opened } == 2)
        }
    }

    @Test func `an alarm that went with the work leaves nothing behind`() {
        var bench = EngineBench([Self.rule()])
        let run = expecting(&bench)
        raise(&bench)
        clear(&bench)
        _ = bench.command(.finish(run), id: "end")
        #expect(bench.all.flatMap(\.orderEvents).count { $0.kind == .opened } == 1)
    }

    @Test func `where two works expect an alarm, it gets its order when both are over`() {
        var bench = EngineBench([Self.rule()])
        let runs = [expecting(&bench), expecting(&bench, "manual/2")]
        raise(&bench)
        _ = bench.command(.finish(runs[0]), id: "a")
        #expect(bench.engine.openOrders.allSatisfy { $0.cause.hasPrefix("manual/") })
        #expect(bench.engine.openOrders.last?.links.evidence == [OccurrenceID(1)])
        _ = bench.command(.finish(runs[1]), id: "b")
        #expect(bench.engine.openOrders.contains { $0.cause == "P1/pump.low" })
    }

    @Test func `work that waits for an acknowledgement goes on waiting for it`() {
        let order = RuleDefinition.Order(start: .acknowledged(orAfterMilliseconds: Self.hour))
        var bench = EngineBench([Self.rule(order: order)])
        let run = expecting(&bench)
        raise(&bench)
        _ = bench.command(.finish(run), id: "end")
        #expect(!bench.engine.openOrders.contains { $0.cause == "P1/pump.low" })
        _ = bench.command(.acknowledge(OccurrenceID(1)), id: "ack")
        #expect(bench.engine.openOrders.contains { $0.cause == "P1/pump.low" })
    }

    @Test func `an alarm that outlives maintenance gets its order, once`() {
        var bench = EngineBench([Self.rule()])
        _ = bench.command(.setState("P1", .maintenance), id: "1", note: "replacing")
        raise(&bench)
        #expect(bench.engine.openOrders.isEmpty)
        bench.restart()
        _ = bench.command(.setState("P1", .inService), id: "2", note: "done")
        #expect(bench.engine.openOrders.map(\.cause) == ["P1/pump.low"])
        _ = bench.command(.setState("P1", .stopped), id: "3", note: "again")
        #expect(bench.engine.openOrders.count == 1)
    }

    // MARK: What was called false

    @Test(arguments: [CancelReason.falseAlarm, .wontFix])
    func `an alarm that outlives the time its cause is left alone gets an order then`(reason: CancelReason) {
        for restarts in [false, true] {
            var bench = EngineBench([Self.rule { $0.suppressMilliseconds = 2 * Self.hour }])
            raise(&bench)
            let cancelled = bench.now.wallMilliseconds
            #expect(bench.command(.cancel(Self.first, reason), id: "1", note: "a test")?.refusal == nil)
            #expect(bench.engine.openOrders.isEmpty)
            if restarts { bench.restart() }
            bench.wait(3 * 3600)
            let opened = bench.all.flatMap(\.orderEvents).last { $0.kind == .opened }
            #expect(bench.engine.openOrders.map(\.links.recurrenceOf) == [Self.first])
            #expect(opened?.wallMilliseconds == cancelled + 2 * Self.hour)
            bench.wait(3 * 3600)
            #expect(bench.all.flatMap(\.orderEvents).count { $0.kind == .opened } == 2)
        }
    }

    @Test func `the time that is over while the daemon is down is made up for at the start`() {
        var bench = EngineBench([Self.rule { $0.suppressMilliseconds = 2 * Self.hour }])
        raise(&bench)
        _ = bench.command(.cancel(Self.first, .falseAlarm), id: "1", note: "a test")
        bench.now = bench.now.advanced(milliseconds: 5 * Self.hour)
        bench.restart()
        bench.step([])
        #expect(bench.engine.openOrders.map(\.links.recurrenceOf) == [Self.first])
    }

    @Test func `a clock that goes back while a cause is left alone loses nothing`() {
        var bench = EngineBench([Self.rule { $0.suppressMilliseconds = 2 * Self.hour }])
        raise(&bench)
        _ = bench.command(.cancel(Self.first, .falseAlarm), id: "1", note: "a test")
        clear(&bench)
        bench.wait(3 * 3600)
        #expect(bench.engine.openOrders.isEmpty)
        bench.now = Moment(
            wallMilliseconds: bench.now.wallMilliseconds - 2 * Self.hour,
            uptimeMilliseconds: bench.now.uptimeMilliseconds + 1000)
        raise(&bench)
        #expect(bench.engine.openOrders.isEmpty)
        bench.wait(2 * 3600)
        #expect(bench.engine.openOrders.count == 1)
    }

    @Test func `what a person finished although it holds is theirs to decide`() {
        var bench = EngineBench([Self.rule()])
        raise(&bench)
        for (id, kind) in [
            ("a", Command.Kind.accept(Self.first)), ("b", .start(Self.first)),
            ("c", .finish(Self.first, EngineBench.completion)),
        ] { _ = bench.command(kind, id: id) }
        #expect(bench.command(.verify(Self.first), id: "d", by: "li")?.refusal == nil)
        bench.wait(2 * 86_400)
        #expect(bench.all.flatMap(\.orderEvents).count { $0.kind == .opened } == 1)
    }

    // MARK: Recurrence

    @Test func `what is only counted opens no order until it has lasted too long`() {
        for restarts in [false, true] {
            var bench = EngineBench([
                Self.rule {
                    $0.recurrence = .append
                    $0.reopenMilliseconds = 4 * Self.hour
                }
            ])
            raise(&bench)
            clear(&bench)
            for (id, kind) in [
                ("a", Command.Kind.accept(Self.first)), ("b", .start(Self.first)),
                ("c", .finish(Self.first, EngineBench.completion)),
            ] { _ = bench.command(kind, id: id) }
            _ = bench.command(.verify(Self.first), id: "d", by: "li")
            let closed = bench.now.wallMilliseconds
            bench.wait(1800)
            raise(&bench)
            clear(&bench)
            raise(&bench)
            if restarts { bench.restart() }
            #expect(bench.engine.openOrders.isEmpty)
            #expect(bench.engine.settledOrders.map(\.occurrences) == [3])
            #expect(bench.engine.settledOrders.map(\.state) == [.verified])
            #expect(bench.memory.settledOrders == bench.engine.settledOrders)
            bench.wait(5 * 3600)
            #expect(bench.engine.openOrders.map(\.links.recurrenceOf) == [Self.first])
            let opened = bench.all.flatMap(\.orderEvents).last { $0.kind == .opened }
            #expect(opened?.wallMilliseconds == closed + 4 * Self.hour + 1)
        }
    }

    @Test func `what is only counted is counted too when it outlives other work`() {
        var bench = EngineBench([
            Self.rule {
                $0.recurrence = .append
                $0.reopenMilliseconds = 4 * Self.hour
            }
        ])
        raise(&bench)
        clear(&bench)
        for (id, kind) in [
            ("a", Command.Kind.accept(Self.first)), ("b", .start(Self.first)),
            ("c", .finish(Self.first, EngineBench.completion)),
        ] { _ = bench.command(kind, id: id) }
        _ = bench.command(.verify(Self.first), id: "d", by: "li")
        bench.wait(60)
        let run = expecting(&bench)
        raise(&bench)
        _ = bench.command(.finish(run), id: "end")
        #expect(bench.engine.settledOrders.map(\.occurrences) == [2])
        bench.wait(5 * 3600)
        #expect(bench.engine.openOrders.map(\.links.recurrenceOf).contains(Self.first))
    }

    @Test(arguments: [false, true])
    func `what is only counted after the clock went back gets its order too`(restarts: Bool) {
        var bench = EngineBench([
            Self.rule {
                $0.recurrence = .append
                $0.reopenMilliseconds = 4 * Self.hour
            }
        ])
        raise(&bench)
        clear(&bench)
        for (id, kind) in [
            ("a", Command.Kind.accept(Self.first)), ("b", .start(Self.first)),
            ("c", .finish(Self.first, EngineBench.completion)),
        ] { _ = bench.command(kind, id: id) }
        _ = bench.command(.verify(Self.first), id: "d", by: "li")
        bench.wait(60)
        bench.setClock(by: -Self.hour)
        raise(&bench)
        #expect(bench.engine.openOrders.isEmpty)
        #expect(bench.engine.settledOrders.map(\.occurrences) == [2])
        if restarts { bench.restart() }
        bench.wait(6 * 3600)
        #expect(bench.engine.openOrders.map(\.links.recurrenceOf) == [Self.first])
        #expect(bench.all.flatMap(\.orderEvents).count { $0.kind == .repeated } == 1)
    }

    @Test func `what is only counted after the clock went back is counted once`() {
        var bench = EngineBench([
            Self.rule {
                $0.recurrence = .append
                $0.reopenMilliseconds = 4 * Self.hour
            }
        ])
        raise(&bench)
        clear(&bench)
        for (id, kind) in [
            ("a", Command.Kind.accept(Self.first)), ("b", .start(Self.first)),
            ("c", .finish(Self.first, EngineBench.completion)),
        ] { _ = bench.command(kind, id: id) }
        _ = bench.command(.verify(Self.first), id: "d", by: "li")
        bench.wait(60)
        bench.setClock(by: -Self.hour)
        raise(&bench)
        // Another standing of the asset looks at its work again.
        _ = bench.command(.setState("P1", .stopped), id: "e", note: "until it is looked at")
        _ = bench.command(.setState("P1", .inService), id: "f", note: "runs")
        #expect(bench.engine.settledOrders.map(\.occurrences) == [2])
    }

    @Test func `an order for what is gone by the time it is opened does not wait for its end`() {
        let order = RuleDefinition.Order(start: .acknowledged(orAfterMilliseconds: Self.hour))
        var bench = EngineBench([Self.rule(order: order, latch: true)])
        raise(&bench)
        bench.wait(60)
        clear(&bench)
        bench.wait(2 * 3600)
        #expect(bench.engine.openOrders.map(\.isConditionTrue) == [false])
    }

    @Test func `what came back while it was shelved is not gone for its order when the shelf ends`() {
        var bench = EngineBench([Self.rule(latch: true)])
        raise(&bench)
        clear(&bench)
        #expect(bench.engine.openOrders.map(\.isConditionTrue) == [false])
        let shelf = Command.Kind.shelve(
            .alarm(AlarmKey(rule: "pump.low", asset: "P1")), .until(bench.now.wallMilliseconds + Self.hour))
        #expect(bench.command(shelf, id: "a", note: "a test")?.refusal == nil)
        raise(&bench)
        bench.wait(2 * 3600)
        #expect(bench.engine.openOrders.map(\.isConditionTrue) == [true])
        #expect(bench.engine.openOrders.map(\.occurrences) == [2])
    }

    // MARK: When the work was done

    @Test(arguments: [false, true])
    func `work done while its order waited for people was done after the alarm`(isRecurrence: Bool) {
        let order = RuleDefinition.Order(start: .acknowledged(orAfterMilliseconds: Self.hour))
        var bench = EngineBench([Self.rule(order: order)])
        var raised = bench.now.wallMilliseconds
        func finish(_ performed: Int64, _ id: String) -> Refusal? {
            var completion = EngineBench.completion
            completion.performedWallMilliseconds = performed
            for (step, kind) in [("1", Command.Kind.accept(Self.first)), ("2", .start(Self.first))] {
                _ = bench.command(kind, id: "\(id)\(step)")
            }
            return bench.command(.finish(Self.first, completion), id: "\(id)3")?.refusal
        }
        raise(&bench)
        bench.wait(2 * 3600)
        if isRecurrence {
            clear(&bench)
            #expect(finish(bench.now.wallMilliseconds, "x") == nil)
            #expect(bench.command(.verify(Self.first), id: "y", by: "li")?.refusal == nil)
            bench.wait(2 * 3600)
            raised = bench.now.wallMilliseconds
            raise(&bench)
            bench.wait(2 * 3600)
            #expect(bench.engine.openOrders.map(\.work.reopenings) == [1])
        }
        #expect(finish(raised - 120_000, "a") == .order(.performedBeforeTheAlarm))
        bench.restart()
        #expect(finish(raised + 300_000, "b") == nil)
    }

    @Test func `what a life depends on is never only counted`() {
        var bench = EngineBench([
            Self.rule {
                $0.recurrence = .append
                $0.isLifeSafety = true
            }
        ])
        raise(&bench)
        clear(&bench)
        for (id, kind) in [
            ("a", Command.Kind.accept(Self.first)), ("b", .start(Self.first)),
            ("c", .finish(Self.first, EngineBench.completion)),
        ] { _ = bench.command(kind, id: id) }
        _ = bench.command(.verify(Self.first), id: "d", by: "li")
        raise(&bench)
        #expect(bench.engine.openOrders.map(\.work.reopenings) == [1])
    }

    // MARK: One of a cause

    @Test func `what is asked for already is there`() {
        var bench = EngineBench([Self.rule()])
        let opening = OrderOpening(
            asset: "P1", cause: "manual/P1/7", title: Bilingual(zh: "灯坏", en: "Lamp"), priority: .p4)
        _ = bench.command(.open(opening), id: "1")
        #expect(bench.command(.open(opening), id: "2")?.refusal == nil)
        #expect(bench.engine.openOrders.count == 1)
    }

    @Test
    func `the newest order of a cause is the one remembered, also when an older one is archived after it`() {
        var bench = EngineBench([Self.rule { $0.recurrence = .new }])
        for (index, number) in [Self.first, Self.second].enumerated() {
            raise(&bench)
            clear(&bench)
            for (id, kind) in [
                ("a", Command.Kind.accept(number)), ("b", .start(number)),
                ("c", .finish(number, EngineBench.completion)),
            ] { _ = bench.command(kind, id: "\(index)\(id)") }
            _ = bench.command(.verify(number), id: "\(index)d", by: "li")
            bench.wait(60)
        }
        #expect(bench.engine.settledOrders.map(\.number) == [Self.first, Self.second])
        _ = bench.command(.archive(Self.first), id: "late", by: "li")
        for restarts in [false, true] {
            if restarts { bench.restart() }
            #expect(bench.memory.closedOrders.map(\.number) == [Self.second])
        }
        raise(&bench)
        #expect(bench.engine.openOrders.map(\.links.recurrenceOf) == [Self.second])
    }

    @Test func `neither dates of plans nor what people asked for are remembered as causes`() {
        var bench = EngineBench([Self.rule()])
        for cause in ["plan:visit/P1/2026-03-01", "manual/P1/1"] {
            let opening = OrderOpening(
                asset: "P1", cause: cause, title: Bilingual(zh: "看", en: "Look"), priority: .p4)
            guard let number = bench.command(.open(opening), id: cause)?.order else { continue }
            _ = bench.command(.cancel(number, .operator), id: "\(cause)-", note: "not today")
        }
        #expect(bench.memory.closedOrders.isEmpty)
    }
}
