import Alarms
import Facility
import Foundation
import Maintenance
import Testing

@Suite struct WorkOrderLifecycleTests {
    private func opened(at wall: Int64 = 1000) -> (lifecycle: WorkOrderLifecycle, event: OrderEvent) {
        WorkOrderLifecycle.open(
            number: "WO-20260306-0001", asset: "P1", cause: "P1/water", occurrence: OccurrenceID(7),
            title: Bilingual(zh: "检查", en: "Check"), priority: .p3, at: wall)
    }

    private static let inputs: [(name: String, input: OrderInput)] = [
        ("repeat", .repeat(.p3)), ("cleared", .conditionCleared),
        ("accept", .accept(person: "wang", note: nil)),
        ("start", .start(person: "wang", note: nil)),
        ("finish", .finish(person: "wang", note: nil, completion: OrderBench.completion)),
        ("cancel", .cancel(person: "li", reason: "twice")),
    ]

    @Test(arguments: ["WO-20260306-1", "WO-20260306-12345"])
    func `a number of ours tells its day and its place in it`(name: String) throws {
        let parts = try #require(OrderNumber(name).parts)
        #expect(parts.date.components == (2026, 3, 6))
        #expect(name.hasSuffix("-\(parts.sequence)"))
    }

    @Test(arguments: [
        "WO-020260306-1", "WO-2026306-1", "WO-20261306-1", "WO-20260306", "WO-20260306-1-2", "XO-20260306-1",
        "WO--1", "WO-20260306-x",
    ])
    func `what only looks like a number of ours is none`(name: String) {
        #expect(OrderNumber(name).parts == nil)
    }

    @Test func `a caller that saw another version is refused`() throws {
        var order = opened().lifecycle
        _ = try order.handle(.repeat(.p3), at: 2000)
        #expect(throws: OrderRefusal.versionConflict(current: 2)) {
            try order.handle(.accept(person: "wang", note: nil), expecting: 1, at: 3000)
        }
        _ = try order.handle(.accept(person: "wang", note: nil), expecting: 2, at: 3000)
        #expect(order.order.assignee == "wang")
    }

    @Test func `repeats are counted, urgency rises and never falls, a clear is noted`() throws {
        var order = opened().lifecycle
        _ = try order.handle(.conditionCleared, at: 2000)
        #expect(order.order.conditionClearedWallMilliseconds == 2000)
        #expect(order.order.state == .open)
        _ = try order.handle(.repeat(.p1), at: 3000)
        _ = try order.handle(.repeat(.p4), at: 4000)
        #expect(order.order.occurrences == 3)
        #expect(order.order.priority == .p1)
        #expect(order.order.lastRaisedWallMilliseconds == 4000)
        #expect(order.order.conditionClearedWallMilliseconds == nil)
    }

    @Test func `times never go backwards, whatever the wall clock does`() throws {
        var order = opened(at: 5000).lifecycle
        let event = try order.handle(.accept(person: "wang", note: nil), at: 10)
        #expect(event.wallMilliseconds == 5000)
        #expect(order.order.changedWallMilliseconds == 5000)
    }

    @Test(arguments: UInt64(0)..<200)
    func `replaying the history gives the order`(seed: UInt64) throws {
        var random = SplitMix(seed)
        let start = opened()
        var order = start.lifecycle
        var events = [start.event]
        var wall: Int64 = 1000
        for _ in 0..<20 {
            wall += Int64(random.next() % 5000) - 1000
            var input = Self.inputs[Int(random.next() % 6)].input
            if case .repeat = input { input = .repeat(Priority.allCases[Int(random.next() % 4)]) }
            if let event = try? order.handle(input, at: wall) { events.append(event) }
        }
        var replayed = opened().lifecycle
        for event in events.dropFirst() { replayed.apply(event) }
        #expect(replayed == order)
        #expect(events.map(\.version) == Array(1...events.count))
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.wallMilliseconds <= $1.wallMilliseconds })
    }

    @Test func `numbers rise within each day of the site, and the first of a day is 1`() {
        var numbering = OrderNumbering(lastSequence: [:])
        guard let friday = CivilDate("2026-03-06"), let saturday = CivilDate("2026-03-07") else { return }
        #expect(numbering.next(on: friday) == "WO-20260306-0001")
        #expect(numbering.next(on: saturday) == "WO-20260307-0001")
        #expect(numbering.next(on: friday) == "WO-20260306-0002")
        #expect(numbering.hasHandedOut("WO-20260306-0002"))
        for number in ["WO-20260306-0003", "WO-20260306-0000", "WO-20260308-0001", "WO-1", "nonsense", ""] {
            #expect(!numbering.hasHandedOut(OrderNumber(number)), "\(number)")
        }
        #expect(OrderNumber(friday, sequence: 12_345).parts?.sequence == 12_345)
        #expect(OrderNumber(friday, sequence: 12_345).parts?.date == friday)
    }

    @Test func `what joins a group holds or not, and an entry that does not say so says that it holds`()
        throws
    {
        var opening = OrderBench.opening()
        opening.isGroup = true
        var order = OrderBench.opened(opening).lifecycle
        _ = try order.handle(.conditionCleared, at: 2000)
        let gone = try order.handle(.attachChild(OccurrenceID(8), "P2", isConditionTrue: false), at: 3000)
        #expect(order.order.links.children == [OccurrenceID(8)])
        #expect(!order.order.isConditionTrue)
        var replayed = order
        try replayed.apply(Self.former(gone, without: ["isConditionTrue"]))
        #expect(replayed.order.isConditionTrue)
        _ = try order.handle(.attachChild(OccurrenceID(9), "P3", isConditionTrue: true), at: 4000)
        #expect(order.order.isConditionTrue)
    }

    /// A row as a version wrote it that did not know some of its fields.
    private static func former<Row: Codable>(_ row: Row, without fields: Set<String>) throws -> Row {
        func stripped(_ value: Any) -> Any {
            guard let object = value as? [String: Any] else { return value }
            return object.filter { !fields.contains($0.key) }.mapValues(stripped)
        }
        let written = try JSONSerialization.jsonObject(with: JSONEncoder().encode(row))
        let text = try JSONSerialization.data(withJSONObject: stripped(written))
        for field in fields { #expect(!String(decoding: text, as: UTF8.self).contains("\"\(field)\"")) }
        return try JSONDecoder().decode(Row.self, from: text)
    }

    private static let laterFields: Set<String> = [
        "recounts", "counted", "askedWallMilliseconds", "raisedWallMilliseconds", "isConditionTrue", "raised",
    ]

    @Test func `orders and histories of former versions are read`() throws {
        for restarted in OrderState.allCases {
            var (order, events) = try OrderBench.brought(to: restarted)
            for (_, input) in OrderBench.inputs {
                if let event = try? order.handle(input, at: 3000) { events.append(event) }
            }
            for event in events {
                // Only a later version writes such an entry.
                if case .counted? = event.detail { continue }
                _ = try Self.former(event, without: Self.laterFields)
            }
            let read = try Self.former(order.order, without: Self.laterFields)
            #expect(read.number == order.order.number && read.version == order.order.version)
            #expect(read.links.children == order.order.links.children)
        }
    }

    @Test func `a row of a former version whose cause came back after its end says so`() throws {
        var order = try OrderBench.brought(to: .verified).0
        #expect(try Self.former(order.order, without: Self.laterFields).recounts == 0)
        _ = try order.handle(.recount, at: 2000)
        _ = try order.handle(.recount, at: 3000)
        #expect(order.order.recounts == 2)
        #expect(try Self.former(order.order, without: Self.laterFields).recounts == 1)
        _ = try order.handle(.recur(nil, .p3), at: 4000)
        #expect(order.order.recounts == 0)
    }

    @Test func `the cause is the asset and the group, or the rule`() {
        let key = AlarmKey(rule: "pump.low", asset: "P1")
        #expect(WorkOrderLifecycle.cause(key, group: nil) == "P1/pump.low")
        #expect(WorkOrderLifecycle.cause(key, group: "water") == "P1/water")
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
