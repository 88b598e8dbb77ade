import Engine
import Facility
import Maintenance
import Rules
import Testing

/// The order that stands for many of one system that came at once.
@Suite struct OrderGroupTests {
    private static let site: Site = {
        let pumps = (1...12).map { number in
            Asset(
                id: AssetID("P\(number)"), assetClass: .pump, label: Bilingual(zh: "泵", en: "Pump"),
                location: "B3")
        }
        let points = pumps.enumerated().map { index, pump in
            Point(
                id: PointID(index), asset: pump.id, name: "pressure",
                label: Bilingual(zh: "压力", en: "Pressure"),
                kind: .gauge, unit: MeasurementUnit(symbol: "MPa"), resolution: 0.01,
                expectedMilliseconds: nil)
        }
        return Site(
            id: "riverside", label: Bilingual(zh: "河畔", en: "Riverside"), language: .zh,
            zone: .fixed("Asia/Shanghai", hours: 8), assets: pumps, points: points,
            people: EngineBench.site.people)
    }()

    private static func bench(latch: Bool = false) -> EngineBench {
        let rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa", latch: latch, order: .init())
        let levels = ServiceLevels([.p3: [.restore: .init(milliseconds: 8 * 3_600_000)]])
        var bench = EngineBench(
            [rule], site: site, orders: OrderSettings(levels: levels, stormOfSite: 100, stormOfSystem: 2))
        for pump in 1...5 { read(&bench, pump, 0.1) }
        return bench
    }

    private static func read(_ bench: inout EngineBench, _ pump: Int, _ pressure: Double) {
        bench.read([("P\(pump).pressure", .number(pressure))])
        bench.wait(1)
    }

    private static func group(_ bench: EngineBench) throws -> WorkOrder {
        try #require(bench.engine.openOrders.first { $0.links.isGroup })
    }

    @Test func `a further member means that the group's condition is not gone`() throws {
        var bench = Self.bench()
        #expect(try Self.group(bench).links.children.count == 3)
        for pump in 3...5 { Self.read(&bench, pump, 0.4) }
        #expect(try !Self.group(bench).isConditionTrue)
        let restore = try #require(Self.group(bench).timers.first { $0.promise == .restore })
        #expect(!restore.isRunning)
        Self.read(&bench, 6, 0.1)
        #expect(try Self.group(bench).isConditionTrue)
        #expect(try Self.group(bench).timers.first { $0.promise == .restore }?.isRunning == true)
        bench.restart()
        Self.read(&bench, 6, 0.4)
        #expect(try !Self.group(bench).isConditionTrue)
    }

    @Test func `what comes after the work on a group is done has an order of its own`() throws {
        var bench = Self.bench()
        let number = try Self.group(bench).number
        for (id, kind) in [
            ("a", Command.Kind.accept(number)), ("b", .start(number)),
            ("c", .finish(number, EngineBench.completion)),
        ] { #expect(bench.command(kind, id: id)?.refusal == nil) }
        Self.read(&bench, 6, 0.1)
        #expect(try Self.group(bench).links.children.count == 3)
        #expect(bench.engine.openOrders.last?.cause == "P6/pump.low")
    }

    @Test func `a member of a group that is raised anew gets no second order`() throws {
        var bench = Self.bench(latch: true)
        let orders = bench.engine.openOrders.count
        // Long after the storm: whether it is one of many is not asked again.
        bench.wait(1200)
        Self.read(&bench, 5, 0.4)
        Self.read(&bench, 5, 0.1)
        #expect(bench.engine.openOrders.count == orders)
        #expect(try Self.group(bench).occurrences == 2)
        bench.restart()
        Self.read(&bench, 5, 0.4)
        Self.read(&bench, 5, 0.1)
        #expect(bench.engine.openOrders.count == orders)
    }
}
