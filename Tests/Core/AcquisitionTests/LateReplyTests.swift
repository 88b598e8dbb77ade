import Facility
import Testing

@testable import Acquisition

/// Answers that come when nobody waits for them any more.
@Suite struct LateReplyTests {
    enum Way: CaseIterable { case serial, tcp, cheapGateway }

    @Test(arguments: Way.allCases, UInt64(1)...5)
    func `of ten thousand reads with late answers among them none brings a wrong value`(
        way: Way, seed: UInt64
    ) {
        var random = SplitMix64(seed: seed)
        let maps = [
            ModbusMap(points: (0..<10).map { point($0) }),
            ModbusMap(points: (0..<4).map { point(100 * $0) }),
            ModbusMap(points: [point(0)]),
        ]
        var line = SimulatedLine(
            bus(
                (0..<6).map { unit(maps[$0 % 3], id: UInt8($0 + 1), firstPoint: 20 * $0) },
                serial: way == .serial), seed: seed)
        line.restamps = way == .cheapGateway
        while line.exchanges.count < 10_000 {
            for id in UInt8(1)...6 {
                line.devices[id]?.turnaround = 5000...15_000
                line.devices[id]?.lateness = (
                    percent: Int.random(in: 0...30, using: &random),
                    by: 10_000...Int64.random(in: 20_000...1_900_000, using: &random)
                )
                line.devices[id]?.isDead = Int.random(in: 0..<10, using: &random) == 0
            }
            line.run(untilMilliseconds: line.milliseconds + 30_000)
        }
        #expect(line.wrong == 0)
        #expect(line.machine.statistics.units.contains { $0.late > 0 })
        #expect(line.exchanges.contains { $0.read.timeoutMilliseconds < 500 })
    }
}
