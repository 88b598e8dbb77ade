import Testing

@testable import ModbusField

/// One deadline per bus, the earliest first.
@Suite struct DeadlineHeapTests {
    @Test func `the earliest comes first whatever was set, moved and taken away before`() {
        var random = Deterministic(state: 7)
        var heap = DeadlineHeap()
        var expected: [Int: Int64] = [:]
        for _ in 0..<20_000 {
            let bus = Int.random(in: 0..<40, using: &random)
            if Int.random(in: 0..<4, using: &random) == 0 {
                heap.remove(bus)
                expected[bus] = nil
            } else {
                let deadline = Int64.random(in: 0..<1000, using: &random)
                heap.set(bus, to: deadline)
                expected[bus] = deadline
            }
            #expect(heap.first?.deadline == expected.values.min())
            if let bus = heap.first?.bus { #expect(expected[bus] == heap.first?.deadline) }
        }
        var last = Int64.min
        while let (bus, deadline) = heap.first {
            #expect(deadline >= last)
            last = deadline
            heap.remove(bus)
            expected[bus] = nil
        }
        #expect(expected.isEmpty)
    }
}

private struct Deterministic: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
