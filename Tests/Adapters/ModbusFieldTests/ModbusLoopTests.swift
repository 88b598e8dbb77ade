import Acquisition
import Facility
import Foundation
import Synchronization
import Testing

@testable import ModbusField

/// Many buses on one thread: none may hold up another, and nothing may be left behind.
@Suite(.serialized) struct ModbusLoopTests {
    private let map = ModbusMap(points: [point(0), point(1)])

    /// Descriptors, threads and resident kilobytes of this process.
    private func holdings() -> (descriptors: Int, threads: Int, kilobytes: Int) {
        func entries(_ path: String) -> Int {
            (try? FileManager.default.contentsOfDirectory(atPath: path).count) ?? 0
        }
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let resident = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kilobytes = resident?.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first
        return (entries("/proc/self/fd"), entries("/proc/self/task"), kilobytes ?? 0)
    }

    @Test func `two hundred buses are read on one thread and stop at once`() async {
        guard let peer = Peer.hostile("tcp", "none", probability: 0) else { return }
        let before = holdings().threads
        let (collector, loop) = (Collector(), ModbusLoop())
        let slow = ModbusMap(points: [point(0, every: 500), point(1, every: 500)])
        let pollers = (0..<200).map { _ in
            collector.poller(bus(local(peer), [slow], timeout: 2000), on: loop)
        }
        for poller in pollers { poller.start() }
        #expect(await holds(within: 10) { pollers.allSatisfy { $0.statistics().units[0].good > 1 } })
        // Other suites run beside this one and come and go.
        #expect(holdings().threads - before < 100)
        let begin = ContinuousClock.now
        for poller in pollers { poller.requestStop() }
        for poller in pollers { poller.stop() }
        #expect(ContinuousClock.now - begin < .seconds(2))
        let count = collector.samples.count
        try? await Task.sleep(for: .milliseconds(300))
        #expect(collector.samples.count == count, "something was handed over after the stop")
    }

    @Test func `a flood on one bus, a name nobody knows and a hung device leave the others their time`() async
    {
        guard let flood = Peer.hostile("tcp", "flood,dribble", probability: 1),
            let hung = Peer.hostile("tcp", "hang", probability: 1),
            let good = Peer.hostile("tcp", "none", probability: 0)
        else { return }
        let (bad, fine, loop) = (Collector(), Collector(), ModbusLoop())
        let disturbers =
            (0..<5).map { _ in bad.poller(bus(local(flood), [map]), on: loop) }
            + (0..<5).map { _ in bad.poller(bus(local(hung), [map], timeout: 10_000), on: loop) }
            + (0..<3).map { bad.poller(bus(.tcp(host: "n\($0).invalid", port: 502), [map]), on: loop) }
        let often = ModbusMap(points: [point(0, every: 100)])
        let poller = fine.poller(bus(local(good), [often], timeout: 1000), on: loop)
        for poller in disturbers + [poller] { poller.start() }
        #expect(await holds(within: 5) { poller.statistics().units[0].good > 0 })
        let before = poller.statistics().units[0].good
        let begin = ContinuousClock.now
        try? await Task.sleep(for: .seconds(3))
        let asked = Double((ContinuousClock.now - begin).wholeMilliseconds) / 100
        let share = Double(poller.statistics().units[0].good - before) / asked
        #expect(share > 0.8, "\(share) of the polls")
        for poller in disturbers + [poller] { poller.requestStop() }
        for poller in disturbers + [poller] { poller.stop() }
    }

    @Test func `thousands of refused connections leave no descriptor, no thread and no memory behind`() async
    {
        let endpoint = ModbusBus.Endpoint.tcp(host: "127.0.0.1", port: freePort())
        let loop = ModbusLoop()
        func refuse(_ times: Int) async {
            for _ in 0..<times / 10 {
                let refused = Atomic(0)
                let pollers = (0..<10).map { _ in
                    ModbusPoller(
                        bus: bus(endpoint, [map]), on: loop, clock: clock, deliver: { _ in },
                        report: { _ in refused.add(1, ordering: .relaxed) })
                }
                for poller in pollers { poller.start() }
                let isRefused = await holds(within: 5, every: 1) { refused.load(ordering: .relaxed) == 10 }
                #expect(isRefused)
                for poller in pollers { poller.requestStop() }
                for poller in pollers { poller.stop() }
            }
        }
        await refuse(300)
        let before = holdings()
        await refuse(isLong ? 10_000 : 1000)
        let after = holdings()
        print("held before \(before), after \(after)")
        // Other suites run beside this one and come and go.
        #expect(after.descriptors <= before.descriptors + 20)
        #expect(after.threads <= before.threads + 10)
        #expect(after.kilobytes <= before.kilobytes + 16_384)
    }

    @Test func `a peer that accepts and leaves is tried again ever more rarely`() async {
        guard let peer = Peer.hostile("tcp", "close", probability: 1) else { return }
        let collector = Collector()
        let poller = collector.poller(bus(local(peer), [map]))
        poller.start()
        #expect(await holds(within: 5) { poller.statistics().connections >= 2 })
        try? await Task.sleep(for: .seconds(2))
        #expect(poller.statistics().connections <= 5)
        poller.stop()
        #expect(collector.samples.allSatisfy { $0.value == nil })
    }

    @Test func `an errand is made between the polls and answered once`() async {
        guard let peer = Peer.hostile("tcp", "none", probability: 0) else { return }
        let collector = Collector()
        let poller = collector.poller(bus(local(peer), [map]))
        let errand = BusErrand(id: 1, unit: 9, question: .registers(.holding, first: 40, count: 3))
        #expect(await poller.answer(to: errand).result == .noConnection)
        poller.start()
        #expect(await holds(within: 5) { poller.statistics().isUp })
        let answer = await poller.answer(to: errand)
        #expect(answer.result == .registers([40, 41, 42]))
        #expect(answer.microseconds > 0)
        let polls = poller.statistics().units[0].good
        #expect(await holds(within: 5) { poller.statistics().units[0].good > polls })
        poller.stop()
        #expect(await poller.answer(to: errand).result == .noConnection)
    }

    @Test func `an errand that is under way when the bus stops is answered too`() async {
        guard let peer = Peer.hostile("tcp", "hang", probability: 1) else { return }
        let poller = Collector().poller(bus(local(peer), [map], timeout: 20_000))
        poller.start()
        #expect(await holds(within: 5) { poller.statistics().connections > 0 })
        let errand = BusErrand(id: 1, unit: 9, question: .serverID)
        async let answer = poller.answer(to: errand)
        try? await Task.sleep(for: .milliseconds(200))
        poller.stop()
        #expect(await answer.result == .noConnection)
    }

    @Test func `whoever watches sees every frame in both directions, and none that writes`() async {
        guard let peer = Peer.hostile("tcp", "none,late,garbage,twice", probability: 0.3) else { return }
        let poller = Collector().poller(bus(local(peer), [map]))
        let frames = Mutex<[BusFrame]>([])
        let observation = poller.watch { frame in frames.withLock { $0.append(frame) } }
        poller.start()
        #expect(await holds(within: 5) { poller.statistics().isUp })
        for (id, question) in [
            BusQuestion.serverID, .deviceIdentification(category: 1, from: 0),
            .registers(.coil, first: 0, count: 8), .registers(.discrete, first: 0, count: 8),
            .registers(.input, first: 0, count: 8),
        ].enumerated() {
            _ = await poller.answer(
                to: BusErrand(id: UInt64(id), unit: 2, question: question, timeoutMilliseconds: 100))
        }
        poller.unwatch(observation)
        let sent = frames.withLock { $0.filter(\.isSent) }
        #expect(sent.count > 5)
        #expect(frames.withLock { $0.contains { !$0.isSent } })
        #expect(Set(sent.map { $0.bytes[7] }) == [1, 2, 3, 4, 17, 43])
        let count = frames.withLock { $0.count }
        try? await Task.sleep(for: .milliseconds(300))
        #expect(frames.withLock { $0.count } <= count + 1)
        #expect(!poller.frames.isEmpty)
        poller.stop()
    }

    @Test func `a stream of frames ends with its reader`() async {
        guard let peer = Peer.hostile("tcp", "none", probability: 0) else { return }
        let poller = Collector().poller(bus(local(peer), [map]))
        poller.start()
        var seen = 0
        for await _ in poller.watchedFrames() {
            seen += 1
            if seen == 10 { break }
        }
        #expect(seen == 10)
        poller.stop()
    }
}
