import Facility
import Testing

@testable import Acquisition

/// Dead units and their neighbours on a modelled line of 9600 baud and behind gateways.
@Suite struct BusFairnessTests {
    private func line(
        units count: Int, registers: Int = 10, every period: Int64, serial: Bool, timeout: Int64 = 1000,
        seed: UInt64 = 1
    ) -> SimulatedLine {
        let map = ModbusMap(points: (0..<registers).map { point($0, every: period) })
        return SimulatedLine(
            bus(
                (0..<count).map { unit(map, id: UInt8($0 + 1), firstPoint: registers * $0) },
                timeout: timeout, serial: serial), seed: seed)
    }

    private let eight: Set<UInt8> = [2, 5, 9, 13, 18, 22, 27, 31]

    @Test(arguments: UInt64(1)...3)
    func `eight dead of thirty-two on a slow line leave the others their time and are back at once`(
        seed: UInt64
    ) {
        let period: Int64 = 3000
        var line = line(units: 32, every: period, serial: true, seed: seed)
        line.run(untilMilliseconds: 60_000)
        for unit in eight { line.devices[unit]?.isDead = true }
        line.run(untilMilliseconds: 90_000)
        let start = line.milliseconds
        line.run(untilMilliseconds: start + 300_000)
        #expect(line.machine.statistics.units.count(where: \.isDemoted) == 8)
        #expect(line.share(of: eight, from: start) <= 0.1)
        for unit in 0..<32 where !eight.contains(UInt8(unit + 1)) {
            #expect(line.share(onTime: 10 * unit, period: period, from: start) >= 0.95, "unit \(unit + 1)")
        }
        for unit in eight.sorted() {
            let returned = line.milliseconds
            line.devices[unit]?.isDead = false
            line.run(untilMilliseconds: returned + 30_000)
            let delay = line.delay(of: 10 * (Int(unit) - 1), after: returned) ?? .max
            #expect(delay <= period + 5000, "unit \(unit)")
        }
    }

    @Test func `what is read once is read again from a unit that comes back, and only from that one`() {
        let map = ModbusMap(points: [point(0, every: nil), point(100, every: 1000)])
        var line = SimulatedLine(
            bus((0..<2).map { unit(map, id: UInt8($0 + 1), firstPoint: 2 * $0) }, serial: true))
        line.run(untilMilliseconds: 20_000)
        #expect(line.delay(of: 0, after: 0) != nil && line.delay(of: 0, after: 10_000) == nil)
        line.devices[1]?.isDead = true
        line.run(untilMilliseconds: 60_000)
        #expect(line.machine.statistics.units[0].isDemoted)
        line.devices[1]?.isDead = false
        line.run(untilMilliseconds: 300_000)
        #expect((line.delay(of: 0, after: 60_000) ?? .max) <= 10_000)
        #expect(line.delay(of: 0, after: 80_000) == nil)
        #expect(line.delay(of: 2, after: 10_000) == nil)
    }

    @Test func `a unit that was never heard is found on a slow line by the pace of the others`() {
        var line = line(units: 32, every: 3000, serial: true)
        for unit in eight { line.devices[unit]?.isDead = true }
        line.run(untilMilliseconds: 120_000)
        line.devices[9]?.isDead = false
        line.run(untilMilliseconds: 150_000)
        #expect((line.delay(of: 80, after: 120_000) ?? .max) <= 8000)
    }

    @Test func `a unit that comes back slow is found all the same`() {
        var line = line(units: 8, every: 1000, serial: true)
        line.run(untilMilliseconds: 60_000)
        line.devices[3]?.isDead = true
        line.run(untilMilliseconds: 120_000)
        line.devices[3] = .init(isDead: false, turnaround: 600_000...700_000)
        line.run(untilMilliseconds: 240_000)
        #expect((line.delay(of: 20, after: 120_000) ?? .max) <= 90_000)
        #expect(line.share(onTime: 20, period: 1000, from: 200_000) >= 0.7)
    }

    @Test(arguments: [4, 20, 28])
    func `behind a gateway dead units take a tenth at most and are back within a minute`(dead: Int) {
        var line = line(units: 32, every: 1000, serial: false)
        for unit in 1...32 { line.devices[UInt8(unit)]?.turnaround = 300...2000 }
        line.run(untilMilliseconds: 20_000)
        let gone = Set((0..<dead).map { UInt8($0 + 1) })
        for unit in gone { line.devices[unit]?.isDead = true }
        line.run(untilMilliseconds: 100_000)
        let start = line.milliseconds
        line.run(untilMilliseconds: start + 300_000)
        #expect(line.share(of: gone, from: start) <= 0.1)
        for unit in dead..<32 {
            #expect(line.share(made: 10 * unit, period: 1000, from: start) >= 0.99, "unit \(unit + 1)")
        }
        for unit in gone.sorted() {
            line.devices[unit]?.isDead = false
        }
        line.run(untilMilliseconds: line.milliseconds + 60_000)
        for unit in gone {
            #expect((line.delay(of: 10 * (Int(unit) - 1), after: start + 300_000) ?? .max) <= 60_000)
        }
    }

    @Test func `a gateway that holds its line for the dead costs the others little`() {
        var line = line(units: 32, every: 1000, serial: false)
        line.gatewayHolds = 1_000_000
        for unit in 1...32 { line.devices[UInt8(unit)]?.turnaround = 15_000...20_000 }
        line.run(untilMilliseconds: 20_000)
        for unit in UInt8(1)...4 { line.devices[unit]?.isDead = true }
        line.run(untilMilliseconds: 60_000)
        let start = line.milliseconds
        line.run(untilMilliseconds: start + 300_000)
        #expect(line.machine.statistics.units.count(where: \.isDemoted) == 4)
        for unit in 4..<32 {
            #expect(line.share(made: 10 * unit, period: 1000, from: start) >= 0.95, "unit \(unit + 1)")
        }
        line.devices[2]?.isDead = false
        line.run(untilMilliseconds: line.milliseconds + 60_000)
        #expect(line.delay(of: 10, after: start + 300_000) != nil)
    }

    @Test func `before another unit is asked the line is silent for longer`() {
        let map = ModbusMap(points: (0..<10).map { point($0, every: 1000) })
        let units = (0..<4).map { unit(map, id: UInt8($0 + 1), firstPoint: 10 * $0) }
        let base = bus(units, serial: true)
        var line = SimulatedLine(
            ModbusBus(
                id: base.id, endpoint: base.endpoint, timeoutMilliseconds: 500, requestDelayMilliseconds: 10,
                unitChangeDelayMilliseconds: 40, units: units))
        line.run(untilMilliseconds: 20_000)
        for (before, after) in zip(line.exchanges, line.exchanges.dropFirst()) {
            let isChange = before.unit != after.unit
            #expect(after.read.silenceMicroseconds == (isChange ? 50_000 : 10_000))
        }
    }

    @Test func `units that answer slowly are read in fewer, longer reads than thought`() {
        let map = ModbusMap(points: [point(0), point(60)])
        var line = SimulatedLine(bus([unit(map)], timeout: 1000, serial: true))
        line.devices[1]?.turnaround = 150_000...160_000
        #expect(line.machine.statistics.units[0].plannedRequests == 2)
        line.run(untilMilliseconds: 100_000)
        #expect(line.machine.statistics.units[0].plannedRequests == 1)
        line.devices[1]?.turnaround = 20_000...30_000
        line.run(untilMilliseconds: 3_000_000)
        #expect(line.machine.statistics.units[0].plannedRequests == 2)
    }

    @Test func `what happened with a unit is counted, with its times and its newest frames`() {
        var line = line(units: 2, every: 1000, serial: true)
        line.run(untilMilliseconds: 100_000)
        line.devices[2]?.isDead = true
        line.run(untilMilliseconds: 130_000)
        let units = line.machine.statistics.units
        #expect(units[0].good >= 128 && units[0].timeouts == 0)
        // 33 characters and 20 to 30 ms of thinking.
        #expect((50_000...65_000).contains(units[0].roundTrip.microseconds(0.5)))
        #expect(units[0].roundTrip.microseconds(0.95) <= units[0].roundTrip.microseconds(0.99))
        #expect((180...200).contains(units[0].timeoutMilliseconds))
        #expect(units[1].isDemoted && units[1].timeouts > 5)
        #expect((units[1].nextProbeUptimeMilliseconds ?? 0) > 129_000)
    }
}
