import Testing

@testable import Acquisition

@Suite struct PollPlanTests {
    @Test func `a thousand floats in a row take seventeen reads`() {
        let map = ModbusMap(points: (0..<1000).map { point(2 * $0, .float32) })
        #expect(PollPlan(map, cost: tcpCost).reads.count == 17)
        let longest = ModbusMap(maximumRegisters: 125, points: map.points)
        #expect(PollPlan(longest, cost: tcpCost).reads.count == 17)
    }

    @Test func `thirty mixed points with gaps between them take two reads`() {
        let singles = [200, 204, 225, 233, 246, 251, 269, 279, 285, 300]
        let points =
            (0..<10).map { point(2 * $0, .float32) } + (0..<10).map { point(100 + $0) }
            + singles.map { point($0) }
        #expect(
            PollPlan(ModbusMap(points: points), cost: tcpCost).reads == ["holding:0+110", "holding:200+101"])
    }

    @Test func `a gap is read over only while that is cheaper than another request`() {
        let near = ModbusMap(points: [point(0), point(20)])
        let far = ModbusMap(points: [point(0), point(60)])
        #expect(PollPlan(near, cost: serialCost(9600)).reads == ["holding:0+21"])
        #expect(PollPlan(far, cost: serialCost(9600)).reads == ["holding:0+1", "holding:60+1"])
        #expect(PollPlan(far, cost: serialCost(115_200)).reads == ["holding:0+61"])
    }

    @Test func `a drive that answers at most twelve registers is never asked for more`() {
        let map = ModbusMap(maximumRegisters: 12, points: (0..<30).map { point($0) })
        let plan = PollPlan(map, cost: tcpCost)
        #expect(plan.groups.flatMap(\.requests).allSatisfy { $0.count <= 12 })
        #expect(plan.reads.count == 3)
    }

    @Test func `forbidden registers are never read, not even on the way`() {
        let forbidden = RegisterAddress(.holding, 5)...RegisterAddress(.holding, 6)
        let map = ModbusMap(forbidden: [forbidden], points: [point(0), point(4), point(6), point(9)])
        let plan = PollPlan(map, cost: tcpCost)
        #expect(plan.reads == ["holding:0+5", "holding:9+1"])
        #expect(plan.unreadable == [2])
    }

    @Test func `a register found unreadable takes its point out and splits the read`() {
        let map = ModbusMap(points: (0..<10).map { point($0) })
        let plan = PollPlan(map, cost: tcpCost, avoiding: [RegisterAddress(.holding, 4)])
        #expect(plan.reads == ["holding:0+4", "holding:5+5"])
        #expect(plan.unreadable == [4])
    }

    @Test func `a block is read whole and by itself, or not at all`() {
        let block = RegisterAddress(.holding, 10)...RegisterAddress(.holding, 19)
        let map = ModbusMap(
            blocks: [block], points: [point(8), point(12), point(15, .uint32), point(21), point(19, .uint32)])
        let plan = PollPlan(map, cost: tcpCost)
        #expect(plan.reads == ["holding:8+1", "holding:10+10", "holding:21+1"])
        #expect(plan.groups[0].requests[1].points == [1, 2])
        #expect(plan.unreadable == [4])
        let without = PollPlan(map, cost: tcpCost, excluding: [1, 2])
        #expect(without.reads == ["holding:8+1", "holding:21+1"])
        let holed = PollPlan(map, cost: tcpCost, avoiding: [RegisterAddress(.holding, 11)])
        #expect(holed.unreadable == [1, 2, 4])
    }

    @Test func `reads of bits start where the device wants them to`() {
        let forbidden = RegisterAddress(.coil, 30)...RegisterAddress(.coil, 33)
        let map = ModbusMap(
            bitAlignment: 16, forbidden: [forbidden],
            points: [3, 18, 29, 35, 50].map { point($0, .bool, .coil) })
        let plan = PollPlan(map, cost: tcpCost)
        #expect(plan.reads == ["coil:0+30", "coil:48+3"])
        // To reach 35 a read would have to start at 32, which is forbidden.
        #expect(plan.unreadable == [3])
    }

    @Test func `points inside another point ride along`() {
        let text = point(0, .string, length: 100)
        let map = ModbusMap(points: [text, point(50), point(50, bits: 3...3), point(130)])
        #expect(PollPlan(map, cost: tcpCost).reads == ["holding:0+100", "holding:130+1"])
    }

    @Test func `each table and each period is read by itself`() {
        let points = [
            point(0, every: 1000), point(1, every: 60_000), point(2, every: nil), point(0, .bool, .coil),
            point(0, .uint16, .input),
        ]
        let plan = PollPlan(ModbusMap(points: points), cost: tcpCost)
        #expect(plan.groups.map(\.periodMilliseconds) == [1000, 60_000, nil])
        #expect(plan.groups[0].requests.map(\.area) == [.coil, .holding, .input])
    }

    @Test func `a plan says what share of the line it takes`() {
        let map = ModbusMap(points: [point(0, every: 100)])
        let busy = PollPlan(map, cost: serialCost(9600)).utilisation(serialCost(9600))
        #expect(busy > 0.4 && busy < 0.6)
    }

    @Test(arguments: UInt64(0)..<300)
    func `no cover of a small map is cheaper`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let count = seed < 4 ? 12 : Int.random(in: 1...7, using: &random)
        let map = randomMap(&random, points: count, within: 160)
        let cost = serialCost([9600, 19_200, 115_200].randomElement(using: &random) ?? 9600)
        let plan = PollPlan(map, cost: cost)
        let readable = map.points.indices.filter { !plan.unreadable.contains($0) }
        check(plan, of: map)
        #expect(plan.nanoseconds(cost) == cheapest(readable, of: map, cost))
    }

    @Test(arguments: UInt64(0)..<200)
    func `no cover of a small map of bits with blocks and alignment is cheaper`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let first = UInt16.random(in: 0..<20, using: &random) * 4
        let block = RegisterAddress(.coil, first)...RegisterAddress(.coil, first + 5)
        let alignment = [1, 2, 4].randomElement(using: &random) ?? 1
        let bar = UInt16.random(in: 100..<160, using: &random)
        let count = seed < 4 ? 12 : Int.random(in: 1...8, using: &random)
        let map = ModbusMap(
            maximumBits: [24, 80, 2000].randomElement(using: &random) ?? 2000, bitAlignment: alignment,
            forbidden: [RegisterAddress(.coil, bar)...RegisterAddress(.coil, bar)], blocks: [block],
            points: (0..<count).map { _ in point(Int.random(in: 0..<200, using: &random), .bool, .coil) })
        let cost = BusCost(
            requestNanoseconds: Int64.random(in: 1...60, using: &random), byteNanoseconds: 10)
        let plan = PollPlan(map, cost: cost)
        for request in plan.groups.flatMap(\.requests) {
            #expect(isAllowed(request.points, of: map) == request)
        }
        let readable = map.points.indices.filter { isAllowed([$0], of: map) != nil }
        #expect(plan.unreadable == map.points.indices.filter { !readable.contains($0) })
        #expect(plan.nanoseconds(cost) == cheapest(readable, of: map, cost))
    }

    @Test(arguments: UInt64(0)..<1000)
    func `no greedy merge with a fixed gap is cheaper`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let map = randomMap(&random, points: Int.random(in: 1...60, using: &random), within: 600)
        let cost = BusCost(
            requestNanoseconds: Int64.random(in: 1...100_000_000, using: &random),
            byteNanoseconds: Int64.random(in: 1...1_000_000, using: &random))
        let plan = PollPlan(map, cost: cost)
        check(plan, of: map)
        let needed = plan.nanoseconds(cost)
        let spans = map.points.indices.filter { !plan.unreadable.contains($0) }.map { map.points[$0].span }
            .sorted { $0.lowerBound < $1.lowerBound }
        let cheapest = (0...125).map { greedy(spans, of: map, gap: $0, cost) }.min() ?? .max
        #expect(needed <= cheapest)
    }

    private func randomMap(_ random: inout SplitMix64, points: Int, within: Int) -> ModbusMap {
        let types: [RegisterType] = [.uint16, .uint16, .float32, .uint64]
        let chosen = (0..<points).map { _ in
            point(
                Int.random(in: 0..<within, using: &random), types.randomElement(using: &random) ?? .uint16)
        }
        let first = UInt16.random(in: 0..<UInt16(within), using: &random)
        let forbidden = RegisterAddress(.holding, first)...RegisterAddress(.holding, first + 2)
        let limit = [12, 40, 120].randomElement(using: &random) ?? 120
        return ModbusMap(
            maximumRegisters: limit, forbidden: Bool.random(using: &random) ? [forbidden] : [], points: chosen
        )
    }

    /// What holds for every plan: each readable point exactly once and whole, nothing forbidden, nothing too
    /// long.
    private func check(_ plan: PollPlan, of map: ModbusMap) {
        let requests = plan.groups.flatMap(\.requests)
        #expect(
            (requests.flatMap(\.points) + plan.unreadable).sorted() == Array(map.points.indices))
        for request in requests {
            let span = Int(request.first)..<Int(request.first) + request.count
            #expect(request.count <= map.maximumRegisters)
            #expect(
                request.points.allSatisfy {
                    span.lowerBound <= map.points[$0].span.lowerBound
                        && map.points[$0].span.upperBound <= span.upperBound
                })
            for range in map.forbidden {
                #expect(!span.overlaps(Int(range.lowerBound.address)..<Int(range.upperBound.address) + 1))
            }
        }
    }

    private func isAllowed(_ points: [Int], of map: ModbusMap) -> PollRequest? {
        let request = PollRequest(covering: points, of: map)
        let span = Int(request.first)..<Int(request.first) + request.count
        let isClear = map.forbidden.allSatisfy {
            !span.overlaps(Int($0.lowerBound.address)..<Int($0.upperBound.address) + 1)
        }
        let isWhole = map.blocks.allSatisfy {
            let block = Int($0.lowerBound.address)..<Int($0.upperBound.address) + 1
            return !span.overlaps(block) || span == block
        }
        let limit = request.area.isBits ? map.maximumBits : map.maximumRegisters
        return request.count <= limit && isClear && isWhole ? request : nil
    }

    /// Tries every way to share the points out among requests: every set of points as one request, and every
    /// request that holds the first point of what is left.
    private func cheapest(_ points: [Int], of map: ModbusMap, _ cost: BusCost) -> Int64 {
        let sets = 1 << points.count
        var alone = [Int64](repeating: .max, count: sets)
        for set in 1..<sets {
            let chosen = points.indices.filter { set >> $0 & 1 == 1 }.map { points[$0] }
            guard let request = isAllowed(chosen, of: map) else { continue }
            alone[set] = cost.nanoseconds(request.area, count: request.count)
        }
        var best = [Int64](repeating: .max, count: sets)
        best[0] = 0
        for set in 1..<max(sets, 1) {
            let first = set & -set
            var request = set
            while request > 0 {
                if request & first != 0, alone[request] != .max, best[set ^ request] != .max {
                    best[set] = min(best[set], alone[request] + best[set ^ request])
                }
                request = (request - 1) & set
            }
        }
        return best[sets - 1]
    }

    /// What other collectors do: go through the points and start a new request after a gap that is too wide.
    private func greedy(_ spans: [Range<Int>], of map: ModbusMap, gap: Int, _ cost: BusCost) -> Int64 {
        let forbidden = map.forbidden.map { Int($0.lowerBound.address)...Int($0.upperBound.address) }
        var total: Int64 = 0
        var run: Range<Int>?
        for span in spans {
            if let open = run {
                let joined = open.lowerBound..<max(open.upperBound, span.upperBound)
                let isAllowed =
                    joined.count <= map.maximumRegisters
                    && forbidden.allSatisfy {
                        $0.upperBound < joined.lowerBound || joined.upperBound <= $0.lowerBound
                    }
                if span.lowerBound - open.upperBound <= gap, isAllowed {
                    run = joined
                    continue
                }
                total += cost.nanoseconds(.holding, count: open.count)
            }
            run = span
        }
        return total + (run.map { cost.nanoseconds(.holding, count: $0.count) } ?? 0)
    }
}
