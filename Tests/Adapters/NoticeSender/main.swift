// Drains the outbox of a ledger over a webhook until it is done, and kills itself on the way:
// `NoticeSender LEDGER URL COUNT POINT VISIT`.
//
// The first run commits COUNT messages. At the VISIT-th pass of POINT the process is killed as by `kill -9`: nothing
// is flushed and nobody is told. It ends by itself with 0 when nothing waits any more.
import Alarms
import Delivery
import Engine
import Facility
import Foundation
import Ledger
import Notices
import Synchronization

let arguments = CommandLine.arguments
guard arguments.count == 6, let count = Int64(arguments[3]), let visit = Int(arguments[5]) else { exit(64) }
let (path, url, point) = (arguments[1], arguments[2], arguments[4])
let passes = Mutex<[String: Int]>([:])

/// Dies here if it is here that it is to die.
@Sendable func pass(_ here: String) {
    let number = passes.withLock { passes in
        passes[here, default: 0] += 1
        return passes[here, default: 0]
    }
    guard here == point, number == visit else { return }
    kill(getpid(), SIGKILL)
    while true { pause() }
}

@Sendable func now() -> Moment {
    Moment(
        wallMilliseconds: Int64(Date().timeIntervalSince1970 * 1000),
        uptimeMilliseconds: Int64(ProcessInfo.processInfo.systemUptime * 1000))
}

func raise(_ numbers: ClosedRange<Int64>) -> Decision {
    let key = AlarmKey(rule: "pump.discharge_low", asset: "P2")
    let wall = now().wallMilliseconds
    var decision = Decision(at: now())
    decision.occurrences = numbers.map { number in
        AlarmOccurrence(
            id: OccurrenceID(number), key: key, priority: .p2, state: .unacknowledged,
            text: Bilingual(zh: "低", en: "low"), guidance: nil, beganWallMilliseconds: wall,
            raisedWallMilliseconds: wall, evidence: [],
            reason: AlarmReason(
                position: SourcePosition(file: "r.yaml", line: 1, column: 1), expression: "x",
                delayMilliseconds: 0))
    }
    decision.notices = numbers.map { number in
        Notice(
            occurrence: OccurrenceID(number), key: key, step: 0, kind: .raise, channel: "hook",
            recipient: "wang", language: .en, priority: .p2, title: "low", body: "low", order: nil,
            decidedWallMilliseconds: wall, deliverByWallMilliseconds: wall + 3_600_000)
    }
    return decision
}

let ledger = try LedgerStore(path: path, boot: "test", reserveBytes: 0)
if try await ledger.notices(NoticeFilter()).isEmpty {
    pass("before-commit")
    try ledger.commit(raise(1...count))
    pass("after-commit")
}
let catalog = MessageCatalog([:])
let hook = ChannelDefinition(
    id: "hook", kind: "webhook", settings: ["url": url],
    position: SourcePosition(file: "notify.yaml", line: 1, column: 1))
let service = try DeliveryService(
    [hook], catalog: catalog,
    channelPorts: ChannelPorts(
        site: "test", zone: .fixed("UTC", hours: 0), catalog: catalog, publish: { _, _, _, _ in }),
    ports: DeliveryPorts(
        claim: { claim in
            pass("before-claim")
            let claimed = try await ledger.claim(claim)
            guard let claimed else { return nil }
            pass("after-claim")
            // While the request is on the wire: the peer takes its time.
            if point == "during-send" {
                DispatchQueue.global().asyncAfter(deadline: .now() + 0.03) { pass("during-send") }
            }
            return ClaimedNotice(
                notice: claimed.notice, attempt: claimed.attempt,
                deliverByWallMilliseconds: claimed.deliverByWallMilliseconds,
                goesOnWallMilliseconds: claimed.goesOnWallMilliseconds)
        },
        passOn: { try await ledger.passOn($0) },
        settle: { notice, result, fallback, now in
            pass("before-mark")
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
            pass("after-mark")
        },
        recentSendings: { try await ledger.recentSendings(channel: $0, since: $1) },
        nextAttempt: { try await ledger.nextAttempt(channel: $0) },
        abandon: { try await ledger.abandon(exceptFor: $0, because: $1, now: $2) }, now: now))
try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await service.run() }
    group.addTask {
        while try await !ledger.queueDepth().allSatisfy({ $0.waiting == 0 }) {
            try await Task.sleep(for: .milliseconds(10))
        }
    }
    try await group.next()
    group.cancelAll()
}
