// Fills a ledger with orders and asks it, and lets alarms open orders: `OrderLoad [ORDERS]`, one line of JSON.
//
// `Tests/Benchmarks/orders.py` starts it and shows what it tells.
import Alarms
import Engine
import Facility
import Foundation
import Ledger
import Maintenance
import Notices
import Rules

let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 100_000
let folder = FileManager.default.temporaryDirectory.appending(path: "order-load-\(UUID().uuidString)")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(at: folder) }

let assets = 2000
let start: Int64 = 1_700_000_000_000
let ledger = try LedgerStore(
    path: folder.appending(path: "ledger.sqlite").path, boot: "boot", reserveBytes: 0)

/// An order that has gone its way, or part of it.
func order(_ index: Int) throws -> (WorkOrder, [OrderEvent]) {
    var wall = start + Int64(index) * 600_000
    let number = OrderNumber(
        CivilDate(dayNumber: Int(wall / 86_400_000)), sequence: index % 144 + 1)
    let type: OrderType = index % 3 == 0 ? .preventive : .corrective
    var opening = OrderOpening(
        asset: AssetID("A\(index % assets)"), cause: "A\(index % assets)/r\(index)",
        title: Bilingual(zh: "检修水泵", en: "Repair the pump"), priority: Priority.allCases[index % 4],
        type: type)
    opening.dueWallMilliseconds = type == .preventive ? wall + 7 * 86_400_000 : nil
    let policy = OrderPolicy(levels: .standard)
    var (lifecycle, event) = WorkOrderLifecycle.open(
        opening, number: number, source: .alarm, at: wall, under: policy)
    var events = [event]
    // Two of a hundred are still at hand.
    let codes = FailureCodes(mode: .unk, cause: .unknown, remedy: .replaced)
    let way: [OrderInput] = [
        .accept(person: "wang", note: nil), .start(person: "wang", note: nil),
        .finish(
            person: "wang", note: nil,
            completion: OrderCompletion(codes: codes, labour: [.init("wang", minutes: 45)], cents: 12_000)),
        .verify(person: "li", note: nil), .archive(person: "li"),
    ]
    for input in way.prefix(index % 50 == 0 ? index / 50 % 4 : 5) {
        wall += 1_800_000
        events.append(try lifecycle.handle(input, at: wall, under: policy))
    }
    return (lifecycle.order, events)
}

for first in stride(from: 0, to: count, by: 2000) {
    var decision = Decision(at: Moment(wallMilliseconds: start, uptimeMilliseconds: 0))
    for index in first..<min(first + 2000, count) {
        let (row, events) = try order(index)
        decision.orders.append(row)
        decision.orderEvents += events
    }
    try ledger.commit(decision)
}

/// The middle and the worst of fifty times, milliseconds.
func measured(_ body: (Int) async throws -> Void) async throws -> [Double] {
    var times: [Double] = []
    for round in 0..<50 {
        let clock = ContinuousClock()
        let span = try await clock.measure { try await body(round) }
        times.append(Double(span.components.attoseconds) / 1e15 + Double(span.components.seconds) * 1000)
    }
    times.sort()
    return [times[25], times[49]]
}

let now = start + Int64(count) * 600_000
let board = try await measured { _ in _ = try await ledger.orderBoard(at: now, limit: 50) }
let due = try await measured { _ in
    var filter = OrderFilter(limit: 100)
    filter.isOpen = true
    _ = try await ledger.orders(filter)
}
let dossier = try await measured { round in
    let asset = AssetID("A\(round * 37 % assets)")
    _ = try await ledger.sums(of: asset)
    _ = try await ledger.standings(of: asset)
    var orders = OrderFilter(limit: 20)
    orders.asset = asset
    _ = try await ledger.orders(orders)
    var occurrences = OccurrenceFilter()
    occurrences.asset = asset
    occurrences.limit = 20
    _ = try await ledger.occurrences(occurrences)
}

// One alarm to one committed order, with the ledger as full as it is.
let site = Site(
    id: "s", label: Bilingual(zh: "", en: ""), language: .en, zone: .fixed("UTC", hours: 8),
    assets: (0..<200).map {
        Asset(
            id: AssetID("P\($0)"), assetClass: .pump, label: Bilingual(zh: "泵", en: "Pump"), location: "B3")
    },
    points: (0..<200).map {
        Point(
            id: PointID($0), asset: AssetID("P\($0)"), name: "pressure", label: Bilingual(zh: "压", en: "p"),
            kind: .gauge, unit: nil, resolution: nil, expectedMilliseconds: nil)
    })
let position = SourcePosition(file: "bench.yaml", line: 1, column: 1)
let rule = RuleDefinition(
    id: "low", position: position, match: RuleMatch(assetClass: .pump),
    when: ExpressionText("pressure < 1", at: position), raiseDelayMilliseconds: 0, priority: .p3,
    text: Bilingual(zh: "低", en: "low"), order: RuleDefinition.Order())
var clock = Moment(wallMilliseconds: now, uptimeMilliseconds: 1_000_000)
var engine = SiteEngine(
    site: site, rules: RuleSet.compile([rule], for: site).rules, routes: [], catalog: MessageCatalog([:]),
    memory: try ledger.restore(at: clock).memory,
    orders: OrderSettings(levels: .standard, stormOfSite: 100_000, stormOfSystem: 100_000), at: clock)
var opened = 0
var steps: [Double] = []
var commits: [Double] = []
for index in 0..<200 {
    clock = clock.advanced(milliseconds: 1000)
    let timer = ContinuousClock()
    var decision = Decision(at: clock)
    let step = timer.measure {
        decision = engine.step([Sample(PointID(index), .number(0), at: clock.wallMilliseconds)], at: clock)
    }
    let commit = try timer.measure { try ledger.commit(decision) }
    opened += decision.orderEvents.count { $0.kind == .opened }
    steps.append(Double(step.components.attoseconds) / 1e15)
    commits.append(Double(commit.components.attoseconds) / 1e15)
}
steps.sort()
commits.sort()
let result: [String: Any] = [
    "orders": count, "board_ms": board, "list_ms": due, "dossier_ms": dossier, "opened": opened,
    "step_ms": [steps[100], steps[199]], "commit_ms": [commits[100], commits[199]],
]
print(
    String(decoding: try JSONSerialization.data(withJSONObject: result, options: .sortedKeys), as: UTF8.self))
