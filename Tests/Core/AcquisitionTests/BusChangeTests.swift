import Facility
import Testing

@testable import Acquisition

/// A bus whose description changes while it is polled.
@Suite struct BusChangeTests {
    private let period: Int64 = 1000
    private let map = ModbusMap(points: (0..<4).map { point($0, every: 1000) })

    /// Three units; unit 2 is dead.
    private func line() -> SimulatedLine {
        var line = SimulatedLine(
            bus((0..<3).map { unit(map, id: UInt8($0 + 1), firstPoint: 4 * $0) }, serial: true))
        line.devices[2]?.isDead = true
        line.run(untilMilliseconds: 30_000)
        return line
    }

    private func change(_ line: inout SimulatedLine, to units: [ModbusUnit]) {
        line.machine.become(
            bus(units, serial: true), conditions: .init(),
            at: Moment(
                wallMilliseconds: SimulatedLine.epoch + line.milliseconds,
                uptimeMilliseconds: line.milliseconds))
    }

    @Test func `units read as before miss no poll while others come, go and get new numbers`() {
        var line = line()
        let before = line.machine.statistics.units[2]
        line.devices[7] = .init()
        change(
            &line,
            to: [
                unit(map, id: 7, firstPoint: 100), unit(map, id: 3, firstPoint: 104),
                unit(map, id: 2, firstPoint: 108),
            ])
        line.run(untilMilliseconds: 60_000)
        // Unit 3 spoke as points 8 to 11 before and speaks as 104 to 107 now.
        #expect((line.delay(of: 104, after: 30_000) ?? .max) <= period * 3 / 2)
        #expect((line.delay(of: 8, after: 30_000)) == nil)
        #expect(line.share(onTime: 104, period: period, from: 31_000) >= 0.95)
        #expect((line.delay(of: 100, after: 30_000) ?? .max) <= period * 3 / 2)
        #expect(line.machine.statistics.units[1].requests > before.requests)
        #expect(line.machine.statistics.connections == 1)
    }

    @Test func `a dead unit stays given up, so that a reload costs its neighbours nothing`() {
        var line = line()
        change(&line, to: [1, 2].map { unit(map, id: $0, firstPoint: 20 * Int($0)) })
        #expect(line.machine.statistics.units[1].isDemoted)
        line.run(untilMilliseconds: 60_000)
        #expect(line.share(of: [2], from: 30_000) <= 0.1)
        #expect(!line.events.dropFirst(2).contains { $0.id == "field.unit-demoted" })
    }

    @Test func `a unit with another map is read by it at once`() {
        var line = line()
        let wider = ModbusMap(points: (0..<8).map { point($0, every: 1000) })
        change(
            &line,
            to: [
                unit(map, id: 1, firstPoint: 0), unit(wider, id: 3, firstPoint: 200),
            ])
        line.run(untilMilliseconds: 40_000)
        #expect((line.delay(of: 207, after: 30_000) ?? .max) <= period * 3 / 2)
        #expect(line.share(onTime: 0, period: period, from: 30_000) >= 0.9)
    }

    @Test func `a bus that is reached in another way cannot go on`() {
        let machine = line().machine
        #expect(machine.canBecome(bus([unit(map, id: 9)], serial: true)))
        #expect(!machine.canBecome(bus([unit(map, id: 9)], serial: false)))
        #expect(!machine.canBecome(bus([unit(map, id: 9)], timeout: 77, serial: true)))
    }

    @Test func `silence that began before a change is still told on time after it`() {
        var line = line()
        for id in [UInt8(1), 3] { line.devices[id]?.isDead = true }
        let died = line.milliseconds
        line.run(untilMilliseconds: died + 500)
        change(&line, to: [unit(map, id: 1, firstPoint: 50)])
        line.run(untilMilliseconds: died + 5000)
        #expect(line.machine.statistics.units[0].isDemoted)
    }
}
