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

    // MARK: Members of another system

    /// Breakers of which three fail at once, and a pump on the third.
    private static let mixed: Site = {
        let breakers = (1...4).map { number in
            Asset(
                id: AssetID("B\(number)"), assetClass: .breaker, label: Bilingual(zh: "闸", en: "Breaker"),
                location: "B1")
        }
        let pump = Asset(
            id: "P1", assetClass: .pump, label: Bilingual(zh: "泵", en: "Pump"), location: "B3", parent: "B3")
        var points = breakers.enumerated().map { index, breaker in
            Point(
                id: PointID(index), asset: breaker.id, name: "off", label: Bilingual(zh: "断", en: "Off"),
                kind: .state, unit: nil, resolution: nil, expectedMilliseconds: nil)
        }
        points.append(
            Point(
                id: PointID(points.count), asset: "P1", name: "pressure",
                label: Bilingual(zh: "压力", en: "Pressure"), kind: .gauge,
                unit: MeasurementUnit(symbol: "MPa"), resolution: 0.01, expectedMilliseconds: nil))
        return Site(
            id: "riverside", label: Bilingual(zh: "河畔", en: "Riverside"), language: .zh,
            zone: .fixed("Asia/Shanghai", hours: 8), assets: breakers + [pump], points: points,
            people: EngineBench.site.people)
    }()

    private static func mixedBench(latch: Bool = false) -> EngineBench {
        let lost = EngineBench.rule(
            "power.lost", "off", match: RuleMatch(assetClass: .breaker), order: .init(), line: 30)
        var low = EngineBench.rule("pump.low", "pressure < 0.2 MPa", latch: latch, order: .init())
        low.causes = ["power.lost"]
        return EngineBench(
            [lost, low], site: mixed, orders: OrderSettings(stormOfSite: 100, stormOfSystem: 2))
    }

    private static func cut(_ bench: inout EngineBench, _ isOff: Bool = true) {
        for breaker in 1...3 {
            bench.read([("B\(breaker).off", .flag(isOff))])
            bench.wait(1)
        }
    }

    @Test(arguments: [false, true])
    func `the condition of a group goes with its last member, of whatever system that is`(restarts: Bool)
        throws
    {
        var bench = Self.mixedBench()
        Self.cut(&bench)
        Self.read(&bench, 1, 0.1)
        #expect(try Self.group(bench).links.childAssets == ["B3", "P1"])
        if restarts { bench.restart() }
        Self.cut(&bench, false)
        #expect(try Self.group(bench).isConditionTrue)
        Self.read(&bench, 1, 0.4)
        #expect(try !Self.group(bench).isConditionTrue)
        let number = try Self.group(bench).number
        var completion = EngineBench.completion
        completion.overrideReason = nil
        for (id, kind) in [
            ("a", Command.Kind.accept(number)), ("b", .start(number)), ("c", .finish(number, completion)),
        ] { #expect(bench.command(kind, id: id)?.refusal == nil) }
    }

    @Test func `a member whose own order somebody has taken is a member of the group too`() throws {
        var bench = Self.mixedBench()
        Self.read(&bench, 1, 0.1)
        let own = try #require(bench.engine.openOrders.first).number
        #expect(bench.command(.accept(own), id: "a")?.refusal == nil)
        Self.cut(&bench)
        #expect(try Self.group(bench).links.childAssets == ["B3", "P1"])
        Self.cut(&bench, false)
        Self.read(&bench, 1, 0.4)
        #expect(bench.engine.openOrders.allSatisfy { !$0.isConditionTrue })
    }

    @Test func `a member that latched and holds again means that the group's condition is not gone`() throws {
        var bench = Self.mixedBench(latch: true)
        Self.cut(&bench)
        Self.read(&bench, 1, 0.1)
        Self.read(&bench, 1, 0.4)
        bench.read([("B3.off", .flag(false))])
        #expect(try !Self.group(bench).isConditionTrue)
        bench.read([("B3.off", .flag(true))])
        bench.wait(1)
        bench.read([("B3.off", .flag(false)), ("P1.pressure", .number(0.1))])
        bench.wait(60)
        #expect(try Self.group(bench).isConditionTrue)
        Self.read(&bench, 1, 0.4)
        #expect(try !Self.group(bench).isConditionTrue)
    }
}
