// Commits alarms with their messages and sends them, so that a peer can say when each was on the wire.
//   NoticeLoad single URL COUNT      one alarm after another to a webhook; prints `ID SECONDS` when each is committed
//   NoticeLoad flood URL COUNT       COUNT alarms of 500 assets within a second to one DingTalk robot; until all is sent
//                                    or 60 s are over; prints what became of them
import Alarms
import Delivery
import Engine
import Facility
import Foundation
import Ledger
import Notices

let arguments = CommandLine.arguments
guard arguments.count == 4, let count = Int64(arguments[3]), ["single", "flood"].contains(arguments[1]) else {
    exit(64)
}
let isFlood = arguments[1] == "flood"
let folder = FileManager.default.temporaryDirectory.appendingPathComponent("notice-load-\(UUID().uuidString)")
    .path
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(atPath: folder) }

@Sendable func seconds() -> Double { Date().timeIntervalSince1970 }

@Sendable func now() -> Moment {
    Moment(
        wallMilliseconds: Int64(seconds() * 1000),
        uptimeMilliseconds: Int64(ProcessInfo.processInfo.systemUptime * 1000))
}

func priority(_ number: Int64) -> Priority {
    guard isFlood else { return .p2 }
    return number.isMultiple(of: 500) ? .p1 : number.isMultiple(of: 5) ? .p2 : .p3
}

func raise(_ numbers: ClosedRange<Int64>) -> Decision {
    let wall = now().wallMilliseconds
    var decision = Decision(at: now())
    for number in numbers {
        let key = AlarmKey(
            rule: RuleID("rule.\(number % 5)"), asset: AssetID("asset-\(number % 500)"))
        decision.occurrences.append(
            AlarmOccurrence(
                id: OccurrenceID(number), key: key, priority: priority(number), state: .unacknowledged,
                text: Bilingual(zh: "压力低", en: "pressure low"), guidance: nil, beganWallMilliseconds: wall,
                raisedWallMilliseconds: wall, evidence: [],
                reason: AlarmReason(
                    position: SourcePosition(file: "r.yaml", line: 1, column: 1), expression: "x",
                    delayMilliseconds: 0)))
        decision.notices.append(
            Notice(
                occurrence: OccurrenceID(number), key: key, step: 0, kind: .raise, channel: "way",
                recipient: isFlood ? nil : "wang", language: .zh, priority: priority(number),
                title: "压力低 \(number % 5)", body: "设备 \(number % 500) 压力低\n位置 B3", order: nil,
                decidedWallMilliseconds: wall, deliverByWallMilliseconds: wall + 3_600_000))
    }
    return decision
}

let ledger = try LedgerStore(path: folder + "/ledger.sqlite", boot: "bench", reserveBytes: 0)
let definition = ChannelDefinition(
    id: "way", kind: isFlood ? "dingtalk" : "webhook",
    settings: isFlood
        ? ["url": arguments[2], "token_file": "ding-token", "secret_file": "ding-secret"]
        : ["url": arguments[2]],
    position: SourcePosition(file: "notify.yaml", line: 1, column: 1))
let secrets = ["ding-token": "", "ding-secret": ""]
let catalog = MessageCatalog([:])
let service = try DeliveryService(
    [definition], catalog: catalog,
    channelPorts: ChannelPorts(
        site: "bench", zone: .fixed("Asia/Shanghai", hours: 8), catalog: catalog,
        readSecret: { Array((ProcessInfo.processInfo.environment[$0] ?? secrets[$0] ?? "").utf8) },
        publish: { _, _, _, _ in }),
    ports: DeliveryPorts(
        claim: { claim in
            try await ledger.claim(claim).map {
                ClaimedNotice(
                    notice: $0.notice, attempt: $0.attempt,
                    deliverByWallMilliseconds: $0.deliverByWallMilliseconds,
                    goesOnWallMilliseconds: $0.goesOnWallMilliseconds)
            }
        },
        passOn: { try await ledger.passOn($0) },
        settle: { notice, result, fallback, now in
            let outcome: AttemptOutcome =
                switch result {
                case .delivered(let answer): .delivered(answer: answer)
                case .accepted(let answer): .accepted(answer: answer)
                case .retry(let reason, let at): .retry(reason: reason, at: at)
                case .postponed(let reason, let at): .postponed(reason: reason, at: at)
                case .interrupted(let reason): .interrupted(reason: reason)
                case .dead(let reason): .dead(reason: reason)
                }
            try await ledger.settle(notice, outcome, fallback: fallback, now: now)
        },
        recentSendings: { try await ledger.recentSendings(channel: $0, since: $1) },
        nextAttempt: { try await ledger.nextAttempt(channel: $0) },
        abandon: { try await ledger.abandon(exceptFor: $0, because: $1, now: $2) }, now: now))

func waitUntilSent(within limit: Double) async throws {
    let end = seconds() + limit
    while seconds() < end, try await ledger.queueDepth().contains(where: { $0.waiting > 0 }) {
        try await Task.sleep(for: .milliseconds(20))
    }
}

func sendSingly() async throws {
    for number in 1...count {
        let decision = raise(number...number)
        try ledger.commit(decision)
        let committed = seconds()
        service.wake()
        print(decision.notices[0].id, committed)
        try await Task.sleep(for: .milliseconds(Int.random(in: 20...60)))
    }
    try await waitUntilSent(within: 10)
}

func sendFlood() async throws {
    let start = seconds()
    for batch in 0..<25 {
        let first = Int64(batch) * count / 25 + 1
        try ledger.commit(raise(first...(Int64(batch) + 1) * count / 25))
        service.wake()
        let due = start + Double(batch + 1) * 0.04
        if seconds() < due { try await Task.sleep(for: .seconds(due - seconds())) }
    }
    print("committed", seconds() - start)
    try await waitUntilSent(within: 60)
    var filter = NoticeFilter()
    filter.limit = 1000
    var (states, slowest): ([NoticeState: Int], Int64) = ([:], 0)
    while true {
        let page = try await ledger.notices(filter)
        for row in page where row.notice.kind == .raise {
            states[row.state, default: 0] += 1
            guard row.notice.priority == .p1, let settled = row.settledWallMilliseconds else { continue }
            slowest = max(slowest, settled - row.notice.decidedWallMilliseconds)
        }
        guard page.count == 1000 else { break }
        filter.before = page.last?.notice.id
    }
    let told = states.map { "\($0.key.rawValue)=\($0.value)" }.sorted().joined(separator: " ")
    print("slowest-p1", Double(slowest) / 1000)
    print("states", told)
}

try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await service.run() }
    group.addTask { try await isFlood ? sendFlood() : sendSingly() }
    try await group.next()
    group.cancelAll()
}
