import Facility
import Foundation
import Synchronization
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
        let poller = collector.poller(bus(endpoint(peer), [map]))
        poller.start()
        try? await Task.sleep(for: .seconds(seconds))
        _ = await holds(within: 5) { collector.samples.count { $0.value != nil } >= 5 }
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
            "twice", "close", "hang", "relabelled", "later", "bytewise", "exception", "bytecount", "oversize",
            "protocol", "dribble", "flood", "halfclose", "reset",
            "late,drip,unit,transaction,function,short,long,truncated,garbage,twice,close,hang,relabelled,"
                + "later,bytewise,exception,bytecount,oversize,protocol,dribble,flood,halfclose,reset",
        ])
    func `a lying TCP device makes no wrong value`(faults: String) async {
        await check(.hostile("tcp", faults), local, seconds: faults.contains(",") ? 8 : 3)
    }

    @Test(
        arguments: [
            "late", "drip", "unit", "function", "short", "long", "truncated", "bent", "garbage", "twice",
            "hang", "later", "bytewise", "exception", "bytecount",
            "late,drip,unit,function,short,long,truncated,bent,garbage,twice,hang,later,bytewise,exception,bytecount",
        ])
    func `a lying device on a serial line makes no wrong value`(faults: String) async {
        await check(.hostile("pty", faults), { line($0.greeting) }, seconds: 4)
    }

    @Test(arguments: ["tcp", "pty"])
    func `an answer that is always too late never becomes a value`(kind: String) async {
        guard let peer = Peer.hostile(kind, "late", probability: 1, late: 0.4) else { return }
        let collector = Collector()
        let poller = collector.poller(bus(kind == "tcp" ? local(peer) : line(peer.greeting), [map]))
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

    @Test(arguments: ["tcp", "pty"], ["drip", "dribble", "hang"])
    func `a device that drips or keeps silent is given up on time`(kind: String, fault: String) async throws {
        guard kind == "tcp" || fault != "dribble", let peer = Peer.hostile(kind, fault, probability: 1) else {
            return
        }
        let bus = bus(kind == "tcp" ? local(peer) : line(peer.greeting), [map], timeout: 300)
        let poller = Collector().poller(bus)
        let sent = Mutex<[ContinuousClock.Instant]>([])
        _ = poller.watch { frame in sent.withLock { if frame.isSent { $0.append(.now) } } }
        poller.start()
        #expect(await holds(within: 5) { sent.withLock { $0.count } > 1 })
        let times = sent.withLock { $0 }
        try #require(times.count > 1)
        // On a serial line the time-out is followed by a silence as long.
        let expected: Int64 = kind == "tcp" ? 300 : 600
        let late = (times[1] - times[0]).wholeMilliseconds - expected
        print("\(fault) over \(kind): given up \(late) ms after its time")
        // 50 ms on a quiet machine.
        #expect(late <= 4 * 50, "\(late) ms too late")
        poller.stop()
    }

    @Test func `fifty hung devices stop within a second`() async {
        guard let peer = Peer.hostile("tcp", "hang", probability: 1) else { return }
        let (collector, loop) = (Collector(), ModbusLoop())
        let pollers = (0..<50).map { _ in
            collector.poller(bus(local(peer), [map], timeout: 30_000), on: loop)
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
        let poller = collector.poller(
            bus(.tcp(host: "127.0.0.1", port: freePort()), [map]))
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
        let poller = collector.poller(bus(.tcp(host: "nowhere.invalid", port: 502), [map]))
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
        let poller = collector.poller(bus(.tcp(host: "127.0.0.1", port: port), [map]))
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
}
