import Facility
import Testing

@testable import Engine

@Suite struct DeadlineHeapTests {
    @Test(arguments: UInt64(0)..<50)
    func `deadlines come out in their order, whatever order they went in`(seed: UInt64) {
        var random = SplitMix(seed)
        var heap = DeadlineHeap()
        var waiting: [Int64] = []
        for place in 0..<300 {
            if random.next() % 3 == 0, let first = heap.removeFirst() {
                #expect(first.uptimeMilliseconds == waiting.min())
                waiting.remove(at: waiting.firstIndex(of: first.uptimeMilliseconds) ?? 0)
            }
            let uptime = Int64(random.next() % 1000)
            heap.insert(.init(uptimeMilliseconds: uptime, target: .alarm(place)))
            waiting.append(uptime)
        }
        heap.compact { $0.uptimeMilliseconds % 2 == 0 }
        waiting.removeAll { $0 % 2 != 0 }
        #expect(heap.count == waiting.count)
        #expect(heap.first?.uptimeMilliseconds == waiting.min())
        var out: [Int64] = []
        while let first = heap.removeFirst() { out.append(first.uptimeMilliseconds) }
        #expect(out == waiting.sorted())
        #expect(heap.removeFirst() == nil)
    }
}

/// Random numbers that are the same for the same seed, everywhere.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        // Seeds that follow each other must not give the same numbers one place later.
        state = (seed ^ (seed << 32) ^ 0x5bf0_3635) &* 0xd6e8_feb8_6659_fd93
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
