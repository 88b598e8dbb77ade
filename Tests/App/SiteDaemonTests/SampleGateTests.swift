import Facility
import SiteDaemon
import Synchronization
import Testing

/// What came through a gate.
private final class Arrivals: Sendable {
    private let stored = Mutex<[Sample]>([])
    private let judged = Mutex<[Sample]>([])

    var gate: SampleGate {
        SampleGate(
            store: { [self] samples in stored.withLock { $0 += samples } },
            judge: { [self] samples in judged.withLock { $0 += samples } })
    }

    var history: [Sample] { stored.withLock { $0 } }
    var rules: [Sample] { judged.withLock { $0 } }
}

private func reading(_ point: Int, _ value: Int64) -> Sample {
    Sample(PointID(point), .integer(value), at: value)
}

@Test func `what a bus reads while points are renumbered arrives afterwards under the new numbers`() {
    let arrivals = Arrivals()
    let gate = arrivals.gate
    let lane = gate.addLane()
    gate.pass([reading(1, 10)], over: lane)
    gate.hold()
    gate.pass([reading(1, 11)], over: lane)
    #expect(arrivals.rules == [reading(1, 10)])
    gate.release(old: 2) { PointID(Int($0.index) + 5) }
    gate.pass([reading(1, 12)], over: lane)
    #expect(arrivals.rules == [reading(1, 10), reading(6, 11), reading(6, 12)])
    #expect(arrivals.history == arrivals.rules)
}

@Test func `a bus that outlives two reloads is translated through both`() {
    let arrivals = Arrivals()
    let gate = arrivals.gate
    let first = gate.addLane()
    gate.hold()
    gate.release(old: 2) { PointID(Int($0.index) + 1) }
    let second = gate.addLane()
    gate.hold()
    gate.release(old: 3) { $0 == PointID(2) ? PointID(0) : PointID(Int($0.index) + 1) }
    gate.pass([reading(1, 1)], over: first)
    gate.pass([reading(1, 2)], over: second)
    #expect(arrivals.rules == [reading(0, 1), reading(2, 2)])
}

@Test func `numbers that return to what they were are not translated any more`() {
    let arrivals = Arrivals()
    let gate = arrivals.gate
    let lane = gate.addLane()
    for shift in [3, -3] {
        gate.hold()
        gate.release(old: 8) { PointID(Int($0.index) + shift) }
    }
    gate.pass([reading(2, 1)], over: lane)
    #expect(arrivals.rules == [reading(2, 1)])
}

@Test func `samples of a point that is gone are dropped, its neighbours are not`() {
    let arrivals = Arrivals()
    let gate = arrivals.gate
    let lane = gate.addLane()
    gate.hold()
    gate.pass([reading(0, 1), reading(1, 2)], over: lane)
    gate.release(old: 2) { $0 == PointID(1) ? PointID(0) : nil }
    #expect(arrivals.history == [reading(0, 2)])
}

@Test func `a bus that is being stopped tells the history that its values end, and no rule`() {
    let arrivals = Arrivals()
    let gate = arrivals.gate
    let lane = gate.addLane()
    let end = Sample(PointID(0), failed: .noConnection, at: 5)
    gate.close(lane)
    gate.pass([end], over: lane)
    gate.remove(lane)
    gate.pass([reading(0, 6)], over: lane)
    #expect(arrivals.history == [end])
    #expect(arrivals.rules.isEmpty)
}

@Test func `a renumbered sample keeps its time, value and quality`() {
    let arrivals = Arrivals()
    let gate = arrivals.gate
    let lane = gate.addLane()
    let doubtful = Sample(PointID(0), .number(1.5), .uncertain(.retained), at: 42)
    let failed = Sample(PointID(0), failed: .exception(2), at: 43)
    gate.hold()
    gate.release(old: 1) { _ in PointID(9) }
    gate.pass([doubtful, failed], over: lane)
    #expect(
        arrivals.rules == [
            Sample(PointID(9), .number(1.5), .uncertain(.retained), at: 42),
            Sample(PointID(9), failed: .exception(2), at: 43),
        ])
}

@Test func `rules are given every reading, whatever the history leaves out`() {
    let arrivals = Arrivals()
    let gate = arrivals.gate
    let lane = gate.addLane()
    for _ in 0..<5 { gate.pass([reading(1, 10)], over: lane) }
    #expect(arrivals.rules.count == 5)
}

@Test func `the number of a point that is gone is nobody else's, though no other number changed`() {
    let arrivals = Arrivals()
    let gate = arrivals.gate
    let lane = gate.addLane()
    gate.hold()
    gate.pass([reading(1, 1)], over: lane)
    gate.release(old: 2) { $0 == PointID(0) ? $0 : nil }
    // From here on 1 is another point, of another bus.
    gate.pass([reading(0, 2), reading(1, 3)], over: lane)
    #expect(arrivals.history == [reading(0, 2)])
}

@Test func `a reload that takes for ever costs the oldest samples, and they are counted`() {
    let arrivals = Arrivals()
    let gate = arrivals.gate
    let lane = gate.addLane()
    gate.hold()
    for round in 0..<60 {
        gate.pass((0..<10_000).map { reading($0 % 2, Int64(round * 10_000 + $0)) }, over: lane)
    }
    gate.release(old: 2) { $0 }
    #expect(arrivals.history.last == reading(1, 599_999))
    #expect(gate.dropped > 0)
    #expect(arrivals.history.count + gate.dropped == 600_000)
}
