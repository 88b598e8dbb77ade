import Alarms
import Engine
import Facility
import Maintenance
import Rules
import Testing

/// What people ask of alarms and of assets: to put them aside, and to take them out of service.
@Suite struct ShelvingTests {
    static let low = AlarmKey(rule: "pump.low", asset: EngineBench.pump)

    /// A site on which the pressure of the pump has been low for long enough, with an order open.
    private func raised() throws -> EngineBench {
        var bench = EngineBench()
        bench.read([("P1.pressure", .number(0.1)), ("P2.pressure", .number(0.5))])
        bench.wait(10)
        try #require(bench.state() == .unacknowledged)
        return bench
    }

    private func until(_ hours: Int64, _ bench: EngineBench) -> AlarmMemory.Shelf {
        .until(bench.now.wallMilliseconds + hours * 3_600_000)
    }

    @Test func `a normal alarm is shelved by its name, and what is raised meanwhile is told when it is back`()
    {
        var bench = EngineBench()
        bench.read([("P1.pressure", .number(0.5))])
        #expect(
            bench.command(.shelve(.alarm(Self.low), until(2, bench)), id: "1", note: "valve work")?.refusal
                == nil)
        #expect(bench.state() == .shelved)
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(3600)
        #expect(bench.notices.isEmpty)
        #expect(bench.engine.openOccurrences.map(\.state) == [.shelved])
        bench.restart()
        #expect(bench.engine.nextDeadlineUptimeMilliseconds == bench.now.uptimeMilliseconds + 3_600_000)
        bench.read([("P1.pressure", .number(0.1))])
        bench.wait(3599)
        #expect(bench.notices.isEmpty)
        bench.wait(1)
        #expect(bench.notices == ["raise hook wang"])
        #expect(bench.state() == .unacknowledged)
        #expect(bench.engine.openOrders.count == 1)
    }

    @Test func `a shelf time that ends while nothing is measured after a start ends all the same`() {
        var bench = EngineBench()
        _ = bench.command(.shelve(.alarm(Self.low), until(1, bench)), id: "1", note: "valve work")
        bench.restart()
        bench.wait(3600)
        #expect(bench.state() == .normal)
        #expect(bench.journal.last?.kind == .unshelved)
        #expect(bench.journal.last?.note == AlarmNote.shelfExpired)
    }

    @Test func `who knew of an alarm before it was put aside is not shown as knowing of it when it is back`()
        throws
    {
        var bench = try raised()
        _ = bench.command(.shelve(.alarm(Self.low), .once), id: "1", note: "valve work")
        #expect(bench.engine.openOccurrences.first?.acknowledgement?.person == "wang")
        _ = bench.command(.unshelve(.alarm(Self.low)), id: "2", note: "done")
        #expect(bench.state() == .unacknowledged)
        #expect(bench.engine.openOccurrences.map(\.acknowledgement) == [nil])
    }

    @Test func `a shelf time that ends before anything was read finds no want of data`() {
        var bench = EngineBench([EngineBench.rule("pump.low", "pressure < 0.2 MPa", onUnknown: .raise)])
        bench.read([("P1.pressure", .number(0.5))])
        _ = bench.command(.shelve(.alarm(Self.low), until(1, bench)), id: "1", note: "valve work")
        bench.restart()
        bench.wait(7200)
        #expect(bench.state() == .normal)
        #expect(bench.journal.map(\.kind) == [.shelved, .unshelved])
        #expect(bench.notices.isEmpty)
    }

    @Test func `shelving says why it is refused`() throws {
        var bench = try raised()
        let alarm = AlarmScope.alarm(Self.low)
        func refusal(_ kind: Command.Kind, note: String? = "why", id: String) -> Refusal? {
            bench.command(kind, id: id, note: note)?.refusal
        }
        #expect(
            refusal(.shelve(alarm, until(25, bench)), id: "1") == .shelfTooLong(limitMilliseconds: 86_400_000)
        )
        #expect(refusal(.shelve(alarm, .until(bench.now.wallMilliseconds)), id: "2") == .shelfEnded)
        #expect(refusal(.shelve(alarm, .once), note: nil, id: "3") == .reasonMissing)
        #expect(refusal(.shelve(alarm, .once), note: "  ", id: "4") == .reasonMissing)
        #expect(refusal(.unshelve(alarm), id: "5") == .notShelved)
        #expect(refusal(.shelve(.occurrence(OccurrenceID(9)), .once), id: "6") == .unknown)
        #expect(refusal(.shelve(.asset("P9"), .once), id: "7") == .nothingWatched("P9"))
        #expect(refusal(.shelve(.alarm(AlarmKey(rule: "no", asset: "P1")), .once), id: "8") == .unknown)
        #expect(bench.state() == .unacknowledged)
        #expect(refusal(.shelve(.occurrence(OccurrenceID(1)), until(24, bench)), id: "9") == nil)
        #expect(bench.state() == .shelved)
    }

    @Test func `the same request sent twice is one request`() throws {
        var bench = try raised()
        _ = bench.command(.shelve(.alarm(Self.low), until(1, bench)), id: "1", note: "why")
        let entries = bench.journal.count
        bench.restart()
        #expect(
            bench.command(.shelve(.alarm(Self.low), until(1, bench)), id: "1", note: "why")?.refusal == nil)
        #expect(bench.journal.count == entries)
    }

    @Test func `once ends with the longest shelf time if the condition does not end before`() throws {
        var bench = try raised()
        _ = bench.command(.shelve(.alarm(Self.low), .once), id: "1", note: "why")
        bench.wait(86_399)
        #expect(bench.state() == .shelved)
        bench.wait(1)
        #expect(bench.state() == .unacknowledged)
    }

    @Test func `an asset is out of service until its order is closed, and its alarms stay in the list`()
        throws
    {
        var bench = try raised()
        let order = try #require(bench.engine.openOrders.first?.number)
        let pump = AlarmScope.asset(EngineBench.pump)
        #expect(bench.command(.takeOutOfService(pump, order: order), id: "1")?.refusal == nil)
        #expect(bench.state() == .outOfService)
        #expect(bench.engine.openOccurrences.map(\.state) == [.outOfService])
        #expect(Set(bench.engine.quietAlarms.map(\.key.asset)) == [EngineBench.pump])
        bench.restart()
        bench.read([("P1.pressure", .number(0.1))])
        #expect(bench.state() == .outOfService)
        #expect(bench.command(.return(pump), id: "2")?.refusal == .orderStillOpen(order))
        _ = bench.command(.accept(order), id: "3")
        _ = bench.command(.start(order), id: "4")
        _ = bench.command(.finish(order, EngineBench.completion), id: "5")
        #expect(bench.state() == .outOfService)
        #expect(bench.command(.return(pump), id: "6")?.refusal == nil)
        #expect(bench.state() == .unacknowledged)
        #expect(bench.command(.return(pump), id: "7")?.refusal == .notOutOfService)
    }

    @Test func `what is taken out of service says why it is refused`() throws {
        var bench = try raised()
        let order = try #require(bench.engine.openOrders.first?.number)
        func refusal(_ kind: Command.Kind, id: String) -> Refusal? { bench.command(kind, id: id)?.refusal }
        let pump = AlarmScope.asset(EngineBench.pump)
        #expect(refusal(.takeOutOfService(.asset("P2"), order: order), id: "1") == .orderOfAnotherAsset("P1"))
        #expect(refusal(.takeOutOfService(pump, order: "WO-1"), id: "2") == .unknownOrder("WO-1"))
        #expect(refusal(.return(pump), id: "3") == .notOutOfService)
        #expect(refusal(.takeOutOfService(pump, order: order), id: "4") == nil)
        #expect(refusal(.takeOutOfService(pump, order: order), id: "5") == nil)
        #expect(refusal(.return(.alarm(Self.low)), id: "6") == .outOfServiceWithAsset("P1"))
        _ = refusal(.accept(order), id: "7")
        _ = refusal(.start(order), id: "8")
        _ = refusal(.finish(order, EngineBench.completion), id: "9")
        #expect(refusal(.takeOutOfService(pump, order: order), id: "10") == .orderClosed(order))
    }
}
