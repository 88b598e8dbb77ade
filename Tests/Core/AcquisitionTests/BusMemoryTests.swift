import Facility
import Foundation
import Testing

@testable import Acquisition

@Suite struct BusMemoryTests {
    private let map = ModbusMap(points: (0..<10).map { point(2 * $0) })

    /// A unit in virtual time that refuses reads across some registers.
    private struct Refusing {
        var machine: PollMachine
        var missing: Set<UInt16> = []
        var now: Moment
        var refusals = 0
        var samples: [Sample] = []

        init(_ bus: ModbusBus, memory: BusMemory = .init(), wall: Int64) {
            now = Moment(wallMilliseconds: wall, uptimeMilliseconds: 5000)
            machine = PollMachine(bus, memory: memory, seed: 1, at: now)
        }

        mutating func run(milliseconds: Int64) {
            let end = now.uptimeMilliseconds + milliseconds
            while now.uptimeMilliseconds < end {
                var decision = PollMachine.Decision()
                switch machine.next(at: now.uptimeMilliseconds) {
                case .connect: machine.handleConnection(.connected, at: now, into: &decision)
                case .disconnect, .drain: break
                case .wait(let until):
                    now = now.advanced(milliseconds: min(until, end) - now.uptimeMilliseconds)
                case .read(let read): perform(read, into: &decision)
                }
                samples += decision.samples
            }
        }

        private mutating func perform(_ read: PollMachine.Read, into decision: inout PollMachine.Decision) {
            let sent = now
            now = now.advanced(milliseconds: 5)
            let addresses = Int(read.first)..<Int(read.first) + read.count
            let isRefused = missing.contains { addresses.contains(Int($0)) }
            if isRefused { refusals += 1 }
            machine.handle(
                isRefused ? .exception(2) : .answered(payloadAt: 0), of: read,
                reply: [UInt8](repeating: 0, count: read.replyBytes),
                timing: .init(sent: sent, ended: now, microseconds: 5000), into: &decision)
        }
    }

    private func restarted(_ first: Refusing, _ map: ModbusMap, after milliseconds: Int64) throws -> Refusing
    {
        let kept = try JSONEncoder().encode(first.machine.memory)
        let memory = try JSONDecoder().decode(BusMemory.self, from: kept)
        #expect(memory == first.machine.memory)
        return Refusing(
            bus([unit(map)]), memory: memory, wall: first.now.wallMilliseconds + milliseconds)
    }

    @Test func `what a unit refuses is still known after a restart`() throws {
        var first = Refusing(bus([unit(map)]), wall: 1_000_000)
        first.missing = [9, 14]
        let before = first.machine.memoryRevision
        first.run(milliseconds: 20_000)
        #expect(first.refusals > 3)
        #expect(first.machine.memoryRevision > before)
        var second = try restarted(first, map, after: 60_000)
        second.missing = first.missing
        second.run(milliseconds: 5000)
        #expect(second.refusals == 0)
        #expect(second.samples.contains { $0.point == PointID(7) && $0.quality == .bad(.exception(2)) })
        #expect(second.samples.contains { $0.point == PointID(4) && $0.quality == .good })
        #expect(second.machine.statistics.units[0].plannedRequests == 3)
    }

    @Test func `a changed map starts from nothing`() throws {
        var first = Refusing(bus([unit(map)]), wall: 1_000_000)
        first.missing = [9]
        first.run(milliseconds: 20_000)
        let changed = ModbusMap(points: (0..<11).map { point(2 * $0) })
        let second = try restarted(first, changed, after: 60_000)
        #expect(second.machine.statistics.units[0].plannedRequests == 1)
    }

    @Test func `what was found out is found out anew after a week at the latest, or on demand`() throws {
        var first = Refusing(bus([unit(map)]), wall: 1_000_000)
        first.missing = [9]
        first.run(milliseconds: 20_000)
        var second = try restarted(first, map, after: 8 * 86_400_000)
        #expect(second.machine.statistics.units[0].plannedRequests == 2)
        second.run(milliseconds: 5000)
        #expect(second.machine.statistics.units[0].plannedRequests == 1)
        first.missing = []
        first.machine.relearn("A1", at: first.now.uptimeMilliseconds)
        first.run(milliseconds: 5000)
        #expect(first.machine.statistics.units[0].plannedRequests == 1)
    }

    @Test func `how long a unit takes to answer is known from the start`() throws {
        var first = Refusing(bus([unit(map)]), wall: 1_000_000)
        first.run(milliseconds: 100_000)
        var second = try restarted(first, map, after: 1000)
        second.run(milliseconds: 2000)
        #expect(second.machine.statistics.units[0].timeoutMilliseconds == 400)
    }
}
