import Alarms
import Engine
import Facility
import Maintenance
import Rules
import Testing

/// Orders that people ask for where no rule does.
@Suite struct OrderRequestTests {
    private static let plain = EngineBench.rule("pump.low", "pressure < 0.2 MPa", raise: 10_000)

    private func raised(_ rule: RuleDefinition) throws -> (EngineBench, OccurrenceID) {
        var bench = EngineBench([rule])
        bench.read([("P1.pressure", .number(0.1)), ("P2.pressure", .number(0.5))])
        bench.wait(10)
        let id = try #require(bench.engine.openOccurrences.first?.id)
        return (bench, id)
    }

    @Test func `an order is opened once, however often and by whomever it is asked for`() throws {
        var (bench, id) = try raised(Self.plain)
        #expect(bench.engine.order(for: id) == nil)
        #expect(bench.command(.order(id), id: "a", note: "bring a seal")?.refusal == nil)
        let order = try #require(bench.engine.openOrders.first)
        #expect(order.occurrence == id && order.asset == "P1" && order.priority == .p3)
        #expect(bench.last.orderEvents.map(\.person) == ["wang"])
        #expect(bench.last.orderEvents.map(\.note) == ["bring a seal"])
        #expect(bench.engine.order(for: id) == order.number)
        #expect(bench.command(.order(id), id: "b")?.refusal == nil)
        #expect(bench.engine.openOrders.count == 1)
        bench.restart()
        #expect(bench.command(.order(id), id: "c")?.refusal == nil)
        #expect(bench.engine.openOrders.map(\.number) == [order.number])
    }

    @Test func `where a rule opened one, that one is meant`() throws {
        var (bench, id) = try raised(EngineBench.lowPressure)
        let orders = bench.engine.openOrders
        #expect(orders.count == 1)
        #expect(bench.command(.order(id))?.refusal == nil)
        #expect(bench.engine.openOrders == orders)
    }

    @Test func `for an alarm that is over or never was none is opened`() throws {
        var (bench, id) = try raised(Self.plain)
        bench.read([("P1.pressure", .number(0.5))])
        bench.wait(10)
        #expect(bench.command(.acknowledge(id), id: "a") != nil)
        #expect(bench.command(.order(id), id: "b")?.refusal == .closed)
        #expect(bench.command(.order(OccurrenceID(99)), id: "c")?.refusal == .unknown)
        #expect(bench.engine.openOrders.isEmpty)
    }
}
