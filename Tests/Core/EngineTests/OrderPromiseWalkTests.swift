import Alarms
import Engine
import Facility
import Foundation
import Maintenance
import Rules
import Testing

/// Random lives of alarms, orders and people: whatever happens, nothing that holds is without somebody.
@Suite struct OrderPromiseWalkTests {
    /// How many walks: few in every run, many when somebody asks for a proof.
    private static let count: UInt64 =
        ProcessInfo.processInfo.environment["SITEWATCH_LONG"] == nil ? 25 : 5000

    private static let rules: [RuleDefinition] = {
        func order(
            _ group: String? = nil, start: RuleDefinition.Order.Start = .atOnce,
            _ change: (inout RuleDefinition.Order.Conduct) -> Void = { _ in }
        ) -> RuleDefinition.Order {
            var order = RuleDefinition.Order(group: group, start: start)
            order.conduct.suppressMilliseconds = 7_200_000
            order.conduct.selfClearMilliseconds = 600_000
            change(&order.conduct)
            return order
        }
        return [
            EngineBench.rule("low", "pressure < 0.2 MPa", order: order("water")),
            EngineBench.rule(
                "lower", "pressure < 0.1 MPa", raise: 60_000, order: order("water"), line: 20),
            EngineBench.rule("dry", "running && pressure < 0.2 MPa", latch: true, order: order(), line: 40),
            EngineBench.rule(
                "idle", "!running",
                order: order(start: .acknowledged(orAfterMilliseconds: 1_800_000)) {
                    $0.recurrence = .new
                }, line: 60),
            EngineBench.rule("service", "service", order: order { $0.recurrence = .append }, line: 80),
        ]
    }()

    private static let causes: [RuleID: String] = [
        "low": "water", "lower": "water", "dry": "dry", "idle": "idle", "service": "service",
    ]

    @Test func `an active alarm that asks for work has an order, or somebody decided otherwise`() throws {
        var opened = 0
        var owed = 0
        for seed in 0..<Self.count {
            var random = SplitMix(seed)
            var bench = EngineBench(
                Self.rules,
                orders: OrderSettings(reopenMilliseconds: 14_400_000, stormOfSite: 6, stormOfSystem: 5))
            var decided: Set<OccurrenceID> = []
            for index in 0..<150 {
                let span = [1, 30, 600, 4000, 9000][Int(random.next() % 5)]
                bench.now = bench.now.advanced(milliseconds: Int64(span) * 1000)
                if random.next() % 12 == 0 { bench.restart() }
                Self.read(&bench, &random)
                for command in Self.commands(bench, &random, index) {
                    bench.step([], commands: [command])
                    Self.note(bench, &decided)
                    // Not by a reading, but because something ended that kept it from having an order.
                    owed += bench.last.orderEvents.count { $0.kind == .opened && $0.source == .alarm }
                }
                bench.step([])
                let missing = Self.missing(bench, decided)
                try #require(missing.isEmpty, "seed \(seed) step \(index): \(missing)")
                let causes = bench.engine.openOrders.map(\.cause)
                try #require(Set(causes).count == causes.count, "seed \(seed) step \(index)")
            }
            opened += bench.all.flatMap(\.orderEvents).count { $0.kind == .opened }
        }
        #expect(opened > Int(Self.count) * 5)
        #expect(owed > 0)
    }

    private static func read(_ bench: inout EngineBench, _ random: inout SplitMix) {
        var values: [(String, Value?)] = []
        for pump in ["P1", "P2", "P3"] where random.next() % 2 == 0 {
            switch random.next() % 3 {
            case 0: values.append(("\(pump).pressure", .number([0.05, 0.15, 0.4][Int(random.next() % 3)])))
            case 1: values.append(("\(pump).running", .flag(random.next() % 2 == 0)))
            default: values.append(("\(pump).service", .flag(random.next() % 3 == 0)))
            }
        }
        bench.read(values)
    }

    /// What a person asks for, mostly what the order that they look at may do next.
    private static func commands(
        _ bench: EngineBench, _ random: inout SplitMix, _ index: Int
    ) -> [Command] {
        (0..<Int(random.next() % 3)).map { turn in
            let orders = bench.engine.openOrders + bench.engine.settledOrders
            let order = orders.isEmpty ? nil : orders[Int(random.next() % UInt64(orders.count))]
            let person = order?.state == .done || order?.state == .verified ? "li" : "wang"
            return Command(
                id: "\(index)/\(turn)", kind: kind(order, bench, &random), person: person, note: "why")
        }
    }

    private static func kind(
        _ order: WorkOrder?, _ bench: EngineBench, _ random: inout SplitMix
    ) -> Command.Kind {
        let asset = AssetID(["P1", "P2", "P3"][Int(random.next() % 3)])
        let alarms = bench.engine.openOccurrences
        switch random.next() % 12 {
        case 0:
            let states: [AssetState] = [.inService, .maintenance, .commissioning, .inService, .inService]
            return .setState(asset, states[Int(random.next() % 5)])
        case 1:
            var opening = OrderOpening(
                asset: asset, cause: "manual/\(asset)/\(random.next() % 3)",
                title: Bilingual(zh: "试", en: "Test"), priority: .p4, type: .drill)
            opening.expects = Array(["low", "lower", "dry", "service"].prefix(Int(random.next() % 5)))
            return .open(opening)
        case 2...3:
            guard !alarms.isEmpty else { break }
            let id = alarms[Int(random.next() % UInt64(alarms.count))].id
            return random.next() % 4 == 0 ? .reset(id) : .acknowledge(id)
        default: break
        }
        guard let order else { return .setState(asset, .inService) }
        if random.next() % 8 == 0 {
            let reasons: [CancelReason] = [.falseAlarm, .wontFix, .operator, .duplicate]
            return .cancel(order.number, reasons[Int(random.next() % 4)])
        }
        switch order.state {
        case .open, .dispatched: return .accept(order.number)
        case .accepted: return .start(order.number)
        case .inProgress where random.next() % 4 == 0:
            let until = bench.now.wallMilliseconds + 3_600_000
            return .hold(order.number, OrderHold(.waitingPart, resumeBy: until))
        case .inProgress: return .finish(order.number, EngineBench.completion)
        case .onHold: return .resume(order.number)
        case .done: return random.next() % 4 == 0 ? .reject(order.number) : .verify(order.number)
        case .verified: return random.next() % 2 == 0 ? .archive(order.number) : .reopen(order.number)
        case .reported, .archived, .cancelled: return .setState(asset, .inService)
        }
    }

    // MARK: What must be true

    private static func cause(_ key: AlarmKey) -> String {
        "\(key.asset)/\(causes[key.rule] ?? key.rule.name)"
    }

    /// What people ended although it holds is theirs to decide, unless they only put it off.
    private static func note(_ bench: EngineBench, _ decided: inout Set<OccurrenceID>) {
        let ended = bench.last.orders.filter {
            $0.state == .verified || $0.state == .cancelled && $0.work.cancelled?.suppresses != true
        }
        for order in ended {
            for alarm in bench.engine.openOccurrences
            where cause(alarm.key) == order.cause || order.links.children.contains(alarm.id) {
                decided.insert(alarm.id)
            }
        }
    }

    /// The active alarms nobody sees to, though nobody said so.
    private static func missing(_ bench: EngineBench, _ decided: Set<OccurrenceID>) -> [String] {
        let now = bench.now.wallMilliseconds
        let orders = bench.engine.openOrders
        let mine = Set(orders.map(\.cause))
        let attached = Set(
            orders.filter(\.state.isAtWork).flatMap(\.links.evidence) + orders.flatMap(\.links.children))
        return bench.engine.openOccurrences.compactMap { alarm in
            let state = bench.engine.state(of: alarm.key)
            let asset = bench.engine.state(ofAsset: alarm.key.asset)
            guard state == .unacknowledged || state == .acknowledged, asset.opensOrders,
                asset != .maintenance
            else { return nil }
            let isWaiting =
                bench.memory.alarms.first { $0.key == alarm.key }?.workWaitingSince != nil
            let closed = bench.memory.closedOrders.first { $0.cause == cause(alarm.key) }
            let isResting = closed?.suppressUntilWallMilliseconds.map { now < $0 } == true
            let isCounted =
                alarm.key.rule == "service" && closed?.state != .cancelled
                && now - (closed?.closedWallMilliseconds ?? 0) <= 14_400_000
            let isSeenTo =
                mine.contains(cause(alarm.key)) || attached.contains(alarm.id) || decided.contains(alarm.id)
            return isSeenTo || isWaiting || isResting || isCounted ? nil : "\(alarm.id) \(alarm.key)"
        }
    }
}
