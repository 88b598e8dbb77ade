import Facility
import Testing

@testable import Acquisition

@Suite struct ReadSplitTests {
    /// A device with some registers, answering at most so many at once.
    private struct Device {
        var missing: Set<Int> = []
        var maximum = 125
        var reads = 0

        mutating func answer(_ request: PollRequest) -> ReadSplit.Answer {
            reads += 1
            if request.count > maximum { return .refused(.exception(3)) }
            let span = Int(request.first)..<Int(request.first) + request.count
            return missing.contains(where: span.contains) ? .refused(.exception(2)) : .readable
        }

        mutating func search(_ map: ModbusMap) -> ReadSplit.Findings {
            let request = PollRequest(covering: Array(map.points.indices), of: map)
            var split = ReadSplit(refused: request, .exception(2), map: map)
            while let half = split.next { split.handle(answer(half)) }
            return split.findings
        }
    }

    @Test func `one missing register among sixty points costs a dozen reads and one point`() {
        let map = ModbusMap(points: (0..<60).map { point(2 * $0, .float32) })
        var device = Device(missing: [71])
        #expect(device.search(map).points == [35: .exception(2)])
        #expect(device.reads <= 12)
    }

    @Test func `a missing register between two points is learned as a hole`() {
        let map = ModbusMap(points: [point(0), point(1), point(5), point(6)])
        var device = Device(missing: [3])
        let findings = device.search(map)
        #expect(findings.points.isEmpty)
        #expect(findings.holes == Set((2...4).map { RegisterAddress(.holding, $0) }))
    }

    @Test func `a hole never swallows a point of another period`() {
        let map = ModbusMap(points: [point(0), point(4), point(2, every: 60_000)])
        var split = ReadSplit(refused: PollRequest(covering: [0, 1], of: map), .exception(2), map: map)
        while split.next != nil { split.handle(.readable) }
        #expect(split.findings.holes == [RegisterAddress(.holding, 1), RegisterAddress(.holding, 3)])
    }

    @Test func `a unit that takes only short reads gets short reads`() {
        let map = ModbusMap(points: (0..<100).map { point($0) })
        var device = Device(maximum: 30)
        let findings = device.search(map)
        #expect(findings.points.isEmpty && findings.holes.isEmpty)
        #expect(findings.maximum == 25)
    }

    @Test func `a single refused point is bad at once`() {
        let map = ModbusMap(points: [point(7)])
        let split = ReadSplit(refused: PollRequest(covering: [0], of: map), .exception(2), map: map)
        #expect(split.next == nil)
        #expect(split.findings.points == [0: .exception(2)])
    }

    @Test func `bits of one register stand or fall together`() {
        let map = ModbusMap(points: (0..<16).map { point(9, bits: $0...$0) } + [point(10)])
        var device = Device(missing: [9])
        let findings = device.search(map)
        #expect(findings.points.count == 16)
        #expect(device.reads == 2)
    }

    @Test(arguments: UInt64(0)..<500)
    func `planning with the findings ends with every readable point read`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let addresses = Set((0..<40).map { _ in Int.random(in: 0..<200, using: &random) }).sorted()
        let map = ModbusMap(points: addresses.map { point($0) })
        var device = Device(
            missing: Set((0..<12).map { _ in Int.random(in: 0..<200, using: &random) }),
            maximum: Int.random(in: 5...125, using: &random))
        var refused: [Int: Fault] = [:]
        var holes: Set<RegisterAddress> = []
        var maximum: Int?
        for _ in 0..<100 {
            let avoided = Set(refused.keys.map { map.points[$0].register }).union(holes)
            let plan = PollPlan(
                map, cost: tcpCost, avoiding: avoided, maximum: maximum.map { [.holding: $0] } ?? [:])
            let failing = plan.groups.flatMap(\.requests).first { device.answer($0) != .readable }
            guard let failing else { break }
            var split = ReadSplit(refused: failing, .exception(2), map: map)
            while let half = split.next { split.handle(device.answer(half)) }
            refused.merge(split.findings.points) { $1 }
            holes.formUnion(split.findings.holes)
            maximum = split.findings.maximum ?? maximum
        }
        let missing = map.points.indices.filter { device.missing.contains(addresses[$0]) }
        #expect(refused.keys.sorted() == missing)
        let plan = PollPlan(
            map, cost: tcpCost, avoiding: Set(refused.keys.map { map.points[$0].register }).union(holes),
            maximum: maximum.map { [.holding: $0] } ?? [:])
        #expect(plan.groups.flatMap(\.requests).allSatisfy { device.answer($0) == .readable })
    }
}
