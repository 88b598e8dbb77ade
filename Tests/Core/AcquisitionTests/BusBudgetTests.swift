import Testing

@testable import Acquisition

@Suite struct BusBudgetTests {
    private func budget(units count: Int, every period: Int64, serial: Bool = true) -> BusBudget {
        let map = ModbusMap(points: (0..<10).map { point($0, every: period) })
        return BusBudget(
            bus((0..<count).map { unit(map, id: UInt8($0 + 1), firstPoint: 10 * $0) }, serial: serial))
    }

    @Test func `every request is counted in bytes and milliseconds`() {
        let request = budget(units: 1, every: 1000).units[0].groups[0].requests[0]
        #expect(request.question == .registers(.holding, first: 0, count: 10))
        #expect(request.points == (0..<10).map { "p\($0)" })
        #expect(request.requestBytes == 8 && request.replyBytes == 25)
        // 33 characters, two silences of 3.5, and 25 ms of thinking.
        #expect(request.nanoseconds == 33 * 1_041_666 + 2 * 3_645_831 + 25_000_000)
        let tcp = budget(units: 1, every: 1000, serial: false).units[0].groups[0].requests[0]
        #expect(tcp.requestBytes == 12 && tcp.replyBytes == 29)
    }

    @Test func `a bus fits, is tight, or cannot do what is asked of it`() {
        #expect(budget(units: 10, every: 1000).verdict == .fits)
        #expect(budget(units: 12, every: 1000).verdict == .tight)
        // Quick units could answer all of it in time, usual ones could not.
        #expect(budget(units: 20, every: 1000).utilisation > 1)
        #expect(budget(units: 20, every: 1000).verdict == .tight)
        #expect(budget(units: 24, every: 1000).verdict == .impossible)
        #expect(budget(units: 24, every: 5000).verdict == .fits)
        #expect(budget(units: 200, every: 1000, serial: false).verdict == .fits)
    }
}
