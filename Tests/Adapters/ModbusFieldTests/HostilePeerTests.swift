import Facility
import Foundation
import Testing

@testable import Acquisition
@testable import ModbusField

/// A device that misbehaves in every way seen in the field. Whatever it does, no wrong value may come out.
@Suite struct HostilePeerTests {
    /// Three reads of two lengths; every value must equal its address.
    private let map = ModbusMap(
        maximumRegisters: 12,
        points: [point(0), point(1), point(100), point(101), point(200), point(201), point(202)])

    private func check(_ peer: Peer?, _ endpoint: (Peer) -> ModbusBus.Endpoint, seconds: Double = 3) async {
        guard let peer else { return }
        let collector = Collector()
        let poller = ModbusPoller(
            bus: bus(endpoint(peer), [map]), clock: clock, deliver: collector.deliver,
            report: collector.report)
        poller.start()
        try? await Task.sleep(for: .seconds(seconds))
        let begin = ContinuousClock.now
        poller.stop()
        #expect(ContinuousClock.now - begin < .seconds(1))
        let values = collector.samples.filter { $0.value != nil }
        let wrong = values.filter { sample in
            let address = Int64(map.points[Int(sample.point.index)].register.address)
            return sample.value != .integer(address)
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(3))")
        #expect(values.count >= 5, "\(collector.events) \(poller.statistics())")
    }

    @Test(
        arguments: [
            "late", "drip", "unit", "transaction", "function", "short", "long", "truncated", "garbage",
            "twice", "close", "hang", "relabelled",
            "late,drip,unit,transaction,function,short,long,truncated,garbage,twice,close,hang,relabelled",
        ])
    func `a lying TCP device makes no wrong value`(faults: String) async {
        await check(.hostile("tcp", faults), local, seconds: faults.contains(",") ? 8 : 3)
    }

    @Test(
        arguments: [
            "late", "drip", "unit", "function", "short", "long", "truncated", "bent", "garbage", "twice",
            "hang", "late,drip,unit,function,short,long,truncated,bent,garbage,twice,hang",
        ])
    func `a lying device on a serial line makes no wrong value`(faults: String) async {
        await check(.hostile("pty", faults), { line($0.greeting) }, seconds: 4)
    }

    @Test(arguments: ["tcp", "pty"])
    func `an answer that is always too late never becomes a value`(kind: String) async {
        guard let peer = Peer.hostile(kind, "late", probability: 1, late: 0.4) else { return }
        let collector = Collector()
        let poller = ModbusPoller(
            bus: bus(kind == "tcp" ? local(peer) : line(peer.greeting), [map]), clock: clock,
            deliver: collector.deliver, report: collector.report)
        poller.start()
        // Whether the answer comes just within or just after the drained time decides what it is called.
        #expect(
            await holds(within: 10) {
                let quality = collector.last(0)?.quality
                return quality == .bad(.timeout) || quality == .bad(.invalidReply)
            })
        try? await Task.sleep(for: .seconds(2))
        poller.stop()
        #expect(collector.samples.allSatisfy { $0.value == nil })
    }

    @Test func `a device that drips its answer is given up on time`() throws {
        guard let peer = Peer.hostile("tcp", "drip", probability: 1) else { return }
        let bus = bus(local(peer), [map], timeout: 300)
        let link = ModbusConnection(bus) { false }
        try link.open()
        let read = try #require(firstRead(of: bus))
        let begin = ContinuousClock.now
        let exchange = link.exchange(read)
        #expect(ContinuousClock.now - begin < .milliseconds(450))
        #expect(exchange.outcome == .invalid)
    }

    @Test func `a silent device is given up on time`() throws {
        guard let peer = Peer.hostile("tcp", "hang", probability: 1) else { return }
        let bus = bus(local(peer), [map], timeout: 300)
        let link = ModbusConnection(bus) { false }
        try link.open()
        let read = try #require(firstRead(of: bus))
        let begin = ContinuousClock.now
        #expect(link.exchange(read).outcome == .timeout)
        #expect(ContinuousClock.now - begin < .milliseconds(450))
    }

    private func firstRead(of bus: ModbusBus) -> PollMachine.Read? {
        var machine = PollMachine(
            bus, seed: 1, at: Moment(wallMilliseconds: 0, uptimeMilliseconds: 0))
        var decision = PollMachine.Decision()
        machine.handleConnection(
            .connected, at: Moment(wallMilliseconds: 0, uptimeMilliseconds: 0), into: &decision)
        guard case .read(let read) = machine.next(at: 2000) else { return nil }
        return read
    }

    @Test func `fifty hung devices stop within a second`() async {
        guard let peer = Peer.hostile("tcp", "hang", probability: 1) else { return }
        let pollers = (0..<50).map { _ in
            ModbusPoller(
                bus: bus(local(peer), [map], timeout: 30_000), clock: clock, deliver: { _ in },
                report: { _ in })
        }
        for poller in pollers { poller.start() }
        try? await Task.sleep(for: .milliseconds(500))
        let begin = ContinuousClock.now
        for poller in pollers { poller.requestStop() }
        for poller in pollers { poller.stop() }
        #expect(ContinuousClock.now - begin < .seconds(1))
    }

    @Test func `a bus nobody answers says so once for every point and keeps its thread alive`() async {
        let collector = Collector()
        let poller = ModbusPoller(
            bus: bus(.tcp(host: "127.0.0.1", port: freePort()), [map]), clock: clock,
            deliver: collector.deliver, report: collector.report)
        poller.start()
        #expect(await holds(within: 2) { collector.samples.count == map.points.count })
        try? await Task.sleep(for: .seconds(2))
        #expect(collector.samples.count == map.points.count)
        #expect(collector.samples.allSatisfy { $0.quality == .bad(.noConnection) })
        #expect(poller.lastProgressMilliseconds > clock().uptimeMilliseconds - 6000)
        poller.stop()
    }

    @Test func `a host without an address is reported and tried again`() async {
        let collector = Collector()
        let poller = ModbusPoller(
            bus: bus(.tcp(host: "nowhere.invalid", port: 502), [map]), clock: clock,
            deliver: collector.deliver, report: collector.report)
        poller.start()
        #expect(await holds(within: 15) { !collector.events.isEmpty })
        poller.stop()
        guard case .busDown(let reason)? = collector.events.first else {
            Issue.record("no bus-down event")
            return
        }
        #expect(reason.contains("nowhere.invalid"))
    }

    @Test func `a device that returns after a while is read again`() async {
        let port = freePort()
        let collector = Collector()
        let poller = ModbusPoller(
            bus: bus(.tcp(host: "127.0.0.1", port: port), [map]), clock: clock, deliver: collector.deliver,
            report: collector.report)
        poller.start()
        #expect(await holds(within: 2) { collector.last(0)?.quality == .bad(.noConnection) })
        guard let python = Peer.python else { return }
        let script = hostilePeer.replacing("(\"127.0.0.1\", 0)", with: "(\"127.0.0.1\", \(port))")
        let peer = Peer(python, ["-c", script, "tcp", "none", "0", "1"])
        #expect(await holds(within: 10) { collector.last(0)?.quality == .good })
        peer?.stop()
        #expect(await holds(within: 5) { collector.last(0)?.quality == .bad(.noConnection) })
        poller.stop()
    }

    @Test func `a speed no serial line has is refused, not replaced`() {
        let link = ModbusConnection(bus(line("/dev/null", baud: 12_345), [map])) { false }
        #expect(throws: ModbusError.unsupportedBaud(12_345)) { try link.open() }
    }

    @Test func `a serial line held by another program is not shared`() throws {
        guard let peer = Peer.hostile("pty", "none", probability: 0) else { return }
        let first = ModbusConnection(bus(line(peer.greeting), [map])) { false }
        try first.open()
        let second = ModbusConnection(bus(line(peer.greeting), [map])) { false }
        #expect(throws: ModbusError.self) { try second.open() }
        first.close()
    }
}
