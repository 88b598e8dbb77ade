import Alarms
import Engine
import Facility
import Rules
import Testing

@Suite struct CommunicationTests {
    private func readings(_ assets: [String], _ value: Double?) -> [(String, Value?)] {
        assets.flatMap { asset in
            [
                ("\(asset).running", value.map { _ in Value.flag(true) }),
                ("\(asset).pressure", value.map(Value.number)),
                ("\(asset).service", value.map { _ in Value.flag(false) }),
            ]
        }
    }

    private func started() -> EngineBench {
        var bench = EngineBench([EngineBench.rule("pump.low", "pressure < 0.2 MPa")])
        bench.read(readings(["P1", "P2", "P3"], 0.4) + [("T1.temperature", .number(20))])
        bench.wait(60)
        return bench
    }

    private let busKey = SystemAlarm.key(ofBus: "pump-room")

    @Test func `a whole bus that falls silent is one alarm, and no rule changes its mind`() {
        var bench = started()
        bench.read([("P1.pressure", .number(0.1))])
        let before = bench.journal.count
        bench.read(readings(["P1", "P2", "P3"], nil))
        bench.wait(9)
        #expect(bench.engine.state(of: busKey) == .normal)
        bench.wait(1)
        #expect(bench.engine.state(of: busKey) == .unacknowledged)
        bench.wait(3600)
        let raised = bench.journal.dropFirst(before).filter { $0.kind == .raised }
        #expect(raised.map(\.key) == [busKey])
        #expect(bench.state() == .unacknowledged)
        #expect(bench.journal.filter { $0.kind == .cleared }.isEmpty)
    }

    @Test func `one silent unit is its own alarm`() {
        var bench = started()
        bench.read(readings(["P2"], nil))
        bench.wait(10)
        #expect(bench.state("system.unit_silent", "P2") == .unacknowledged)
        #expect(bench.engine.state(of: busKey) == .normal)
        bench.read(readings(["P2"], 0.4))
        bench.wait(10)
        #expect(bench.state("system.unit_silent", "P2") == .normal)
    }

    @Test(arguments: [
        (Fault.noConnection, true), (.timeout, true), (.offline, true), (.invalidReply, true),
        (.exception(2), false),
    ])
    func `silence is whatever brings no answer that can be trusted; what a device says of itself is one`(
        fault: Fault, isSilence: Bool
    ) {
        var bench = started()
        let points = bench.site.points.filter { $0.asset == "P2" }
        bench.step(points.map { Sample($0.id, failed: fault, at: bench.now.wallMilliseconds) })
        bench.wait(10)
        #expect((bench.state("system.unit_silent", "P2") == .unacknowledged) == isSilence)
    }

    @Test func `before its bus has ever answered no unit is told alone`() {
        var bench = EngineBench([])
        bench.read(readings(["P2"], nil))
        bench.wait(600)
        #expect(bench.journal.isEmpty)
        bench.read(readings(["P1", "P3"], nil))
        bench.wait(10)
        #expect(bench.engine.state(of: busKey) == .unacknowledged)
        #expect(bench.state("system.unit_silent", "P2") == .normal)
    }

    @Test func `a unit with one point that answers is not silent`() {
        var bench = started()
        bench.read([("P2.pressure", nil), ("P2.running", nil)])
        bench.wait(60)
        #expect(bench.state("system.unit_silent", "P2") == .normal)
    }

    @Test func `while its bus is down a silent unit is held, and after the return it gets time to be read`() {
        var bench = started()
        bench.read(readings(["P2"], nil))
        bench.wait(20)
        bench.read(readings(["P1", "P3"], nil))
        bench.wait(20)
        #expect(bench.engine.state(of: busKey) == .unacknowledged)
        #expect(bench.state("system.unit_silent", "P2") == .unacknowledged)
        bench.read(readings(["P1"], 0.4))
        bench.wait(29)
        #expect(bench.engine.state(of: busKey) == .normal)
        #expect(bench.state("system.unit_silent", "P3") == .normal)
        bench.read(readings(["P2"], 0.4))
        bench.wait(10)
        #expect(bench.state("system.unit_silent", "P2") == .normal)
        bench.wait(1)
        #expect(bench.state("system.unit_silent", "P3") == .unacknowledged)
    }

    @Test func `a new configuration is no return of a bus: what is known of its units stays known`() {
        var bench = started()
        bench.read(readings(["P2"], nil))
        bench.wait(10)
        #expect(bench.state("system.unit_silent", "P2") == .unacknowledged)
        let decision = bench.engine.reconfigure(
            site: bench.site, rules: bench.rules, routes: bench.routes, at: bench.now)
        #expect(decision.journal.isEmpty)
        bench.wait(60)
        #expect(bench.journal.map(\.kind) == [.raised])
        bench.read(readings(["P3"], nil))
        bench.wait(10)
        #expect(bench.state("system.unit_silent", "P3") == .unacknowledged)
    }

    @Test func `a bus whose points are all new gets time to be read, as after a return`() {
        var bench = started()
        let points = ["P1", "P2"].enumerated().map { place, asset in
            Point(
                id: PointID(place), asset: AssetID(asset), name: "flow",
                label: Bilingual(zh: "流量", en: "flow"),
                kind: .gauge, expectedMilliseconds: 1000)
        }
        let renewed = Site(
            id: "s", label: bench.site.label, language: .en, zone: bench.site.zone,
            assets: bench.site.assets, points: points)
        _ = bench.engine.reconfigure(
            site: renewed, rules: .empty, routes: bench.routes, at: bench.now)
        let wall = bench.now.wallMilliseconds
        bench.step([Sample(PointID(0), .number(1), at: wall), Sample(PointID(1), failed: .timeout, at: wall)])
        bench.wait(39)
        #expect(bench.state("system.unit_silent", "P2") == .normal)
        bench.wait(1)
        #expect(bench.state("system.unit_silent", "P2") == .unacknowledged)
    }

    @Test func `a bus with one unit is told as the bus`() {
        var bench = started()
        bench.read([("T1.temperature", nil)])
        bench.wait(10)
        #expect(bench.engine.state(of: SystemAlarm.key(ofBus: "broker")) == .unacknowledged)
        #expect(bench.state("system.unit_silent", "T1") == .normal)
    }

    @Test func `a restart during an outage clears nothing before something was read`() {
        var bench = started()
        bench.read(readings(["P1", "P2", "P3"], nil))
        bench.wait(10)
        bench.restart()
        bench.wait(600)
        #expect(bench.engine.state(of: busKey) == .unacknowledged)
        bench.read(readings(["P1", "P2", "P3"], nil))
        bench.wait(600)
        #expect(bench.engine.state(of: busKey) == .unacknowledged)
        bench.read(readings(["P1"], 0.4))
        bench.wait(10)
        #expect(bench.engine.state(of: busKey) == .normal)
    }
}
