import Facility
import Foundation
import Maintenance
import Testing

/// Random walks over the life of an order: whatever happens, what must be true stays true.
@Suite struct OrderWalkTests {
    /// How many walks: few in every run, many when somebody asks for a proof.
    private static let count: UInt64 =
        ProcessInfo.processInfo.environment["SITEWATCH_LONG"] == nil ? 400 : 100_000

    @Test
    func `over random inputs the log replays to the row, times never fall, and what is over stays over`()
        throws
    {
        var visited: Set<OrderState> = []
        for seed in 0..<Self.count {
            var random = SplitMix(seed)
            var opening = OrderBench.opening(Priority.allCases[Int(random.next() % 4)])
            if random.next() % 4 == 0 { opening.report = OrderReport(reporter: "zhao", category: "water") }
            let policy = Self.policy(&random)
            let start = OrderBench.opened(opening, under: policy)
            var order = start.lifecycle
            var events = [start.event]
            var wall: Int64 = 1000
            for _ in 0..<60 {
                // Now and then the clock is set back.
                wall += Int64(random.next() % 2_000_000) - (random.next() % 9 == 0 ? 2_500_000 : 0)
                let before = order
                let made = Self.step(&order, &random, at: wall, under: policy)
                try #require(made.isEmpty == (order == before), "seed \(seed)")
                if before.order.state == .archived || before.order.state == .cancelled {
                    try #require(made.isEmpty, "seed \(seed)")
                }
                events += made
                visited.insert(order.order.state)
            }
            try #require(WorkOrderLifecycle.replay(events) == order.order, "seed \(seed)")
            try #require(events.map(\.version) == Array(1...events.count), "seed \(seed)")
            let times = events.map(\.wallMilliseconds)
            try #require(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 }, "seed \(seed)")
            try #require(
                order.order.work.isClockStepped == events.contains(where: \.isClockStep), "seed \(seed)")
            try #require(!order.order.asset.name.isEmpty)
            try Self.checkEscalations(events, seed)
        }
        #expect(visited == Set(OrderState.allCases))
    }

    /// Every step of every promise is told once in a cycle, and upwards.
    private static func checkEscalations(_ events: [OrderEvent], _ seed: UInt64) throws {
        var told: [String: Int] = [:]
        for event in events {
            guard case .escalation(let escalation)? = event.detail else { continue }
            // A verification begins anew with every end of the work.
            guard escalation.promise != .verify else { continue }
            let key = "\(escalation.promise) \(escalation.cycle)"
            try #require(told[key, default: 0] < escalation.percent, "seed \(seed)")
            told[key] = escalation.percent
        }
    }

    private static func policy(_ random: inout SplitMix) -> OrderPolicy {
        OrderPolicy(
            levels: .standard, verifiesItself: random.next() % 2 == 0,
            acceptMilliseconds: random.next() % 2 == 0 ? 900_000 : nil,
            selfClearMilliseconds: random.next() % 2 == 0 ? 600_000 : nil)
    }

    private static func step(
        _ order: inout WorkOrderLifecycle, _ random: inout SplitMix, at wall: Int64, under policy: OrderPolicy
    ) -> [OrderEvent] {
        if random.next() % 3 == 0 { return order.tick(at: wall, under: policy) }
        var input = OrderBench.inputs[Int(random.next() % UInt64(OrderBench.inputs.count))].input
        switch input {
        case .repeat: input = .repeat(Priority.allCases[Int(random.next() % 4)])
        case .hold(let person, let hold, let note):
            input = .hold(
                person: person,
                OrderHold(hold.reason, resumeBy: wall + 1_000_000, approvedBy: "disp"), note: note)
        // What ends the walk early is seldom; whoever is sent is the one who acts.
        case .cancel, .supersede: if random.next() % 8 != 0 { return [] }
        case .dispatch:
            input = .dispatch(person: "disp", assignee: "wang", contractor: nil, reason: "nearer")
        default: break
        }
        return (try? order.handle(input, at: wall, under: policy)).map { [$0] } ?? []
    }
}
