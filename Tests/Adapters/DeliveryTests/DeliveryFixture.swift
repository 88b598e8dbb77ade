import Alarms
import Delivery
import Engine
import Facility
import Foundation
import Ledger
import Maintenance
import Notices
import Synchronization

let noon: Int64 = 1_772_769_600_000

func moment(_ milliseconds: Int64) -> Moment {
    Moment(wallMilliseconds: noon + milliseconds, uptimeMilliseconds: 5_000_000 + milliseconds)
}

let pumpAlarm = AlarmKey(rule: "pump.discharge_low", asset: "P2")

func notice(
    _ number: Int64, _ kind: Notice.Kind = .raise, channel: ChannelID = "duty-hook",
    recipient: PersonID? = "wang", language: Language = .en, priority: Priority = .p2,
    at now: Moment = moment(0), worth milliseconds: Int64 = 3_600_000
) -> Notice {
    Notice(
        occurrence: OccurrenceID(number), key: pumpAlarm, step: 0, kind: kind, channel: channel,
        recipient: recipient, language: language, priority: priority, title: "Pump 2: low pressure",
        body: "2号泵 pump room B3", order: "WO-20260306-0001", decidedWallMilliseconds: now.wallMilliseconds,
        deliverByWallMilliseconds: now.wallMilliseconds + milliseconds)
}

func outgoing(_ notice: Notice, attempt: Int = 1) -> OutgoingNotice {
    OutgoingNotice(
        notice: notice, body: notice.body, attempt: attempt,
        sentWallMilliseconds: notice.decidedWallMilliseconds)
}

/// A decision that raises the occurrences of the notices given.
func raising(_ notices: [Notice]) -> Decision {
    var decision = Decision(at: moment(0))
    decision.occurrences = Set(notices.map(\.occurrence)).sorted().map { id in
        AlarmOccurrence(
            id: id, key: pumpAlarm, priority: .p2, state: .unacknowledged,
            text: Bilingual(zh: "低", en: "low"), guidance: nil, beganWallMilliseconds: noon,
            raisedWallMilliseconds: noon, evidence: [],
            reason: AlarmReason(
                position: SourcePosition(file: "r.yaml", line: 1, column: 1), expression: "x",
                delayMilliseconds: 0))
    }
    decision.notices = notices
    return decision
}

let catalog = MessageCatalog([
    .en: ["notice.delayed": "Delayed: decided at {time}, sent {minutes} min later."],
    .zh: ["notice.delayed": "延迟送达：{time} 产生，{minutes} 分钟后发出。"],
])

let shanghai = SiteZone.fixed("Asia/Shanghai", hours: 8)

func definition(_ kind: String, _ settings: [String: String]) -> ChannelDefinition {
    ChannelDefinition(
        id: "duty-hook", kind: kind, settings: settings,
        position: SourcePosition(file: "notify.yaml", line: 1, column: 1))
}

/// What a channel published.
struct Publication: Equatable {
    let bus: BusID
    let topic: String
    let payload: String
    let retain: Bool
}

struct Refused: Error {}

func channelPorts(
    secret: String = "密钥 1",
    publish: @escaping @Sendable (BusID, String, [UInt8], Bool) async throws -> Void = { _, _, _, _ in
        throw Refused()
    }
) -> ChannelPorts {
    ChannelPorts(
        site: "riverside", zone: shanghai, readSecret: { _ in Array(secret.utf8) }, publish: publish)
}

/// A peer in memory that can be down, and remembers what reached it.
final class MemoryChannel: Channel {
    static let kind = ChannelKind(name: "memory", settings: [], addressesPeople: true)

    struct State {
        var received: [OutgoingNotice] = []
        var attempts = 0
    }

    let state = Mutex(State())
    let answer: @Sendable (OutgoingNotice) async -> SendOutcome

    init(_ answer: @escaping @Sendable (OutgoingNotice) async -> SendOutcome) { self.answer = answer }

    convenience init(definition: ChannelDefinition, ports: ChannelPorts) throws(DeliveryError) {
        self.init { _ in .delivered(answer: "ok") }
    }

    func send(_ message: OutgoingNotice) async -> SendOutcome {
        let outcome = await answer(message)
        state.withLock { state in
            state.attempts += 1
            if case .delivered = outcome { state.received.append(message) }
        }
        return outcome
    }

    var received: [OutgoingNotice] { state.withLock { $0.received } }
    var attempts: Int { state.withLock { $0.attempts } }
}

/// A folder for one test, in memory where the system has such a place: what is tested here is not the disk.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let shared = "/dev/shm/"
        let base =
            FileManager.default.isWritableFile(atPath: shared) ? shared : NSTemporaryDirectory()
        path = base + "delivery-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var database: String { path + "/ledger.sqlite" }

    /// A copy of the database as a crash would leave it.
    func crashCopy() throws -> TemporaryFolder {
        let copy = try TemporaryFolder()
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: database + suffix) {
            try FileManager.default.copyItem(atPath: database + suffix, toPath: copy.database + suffix)
        }
        return copy
    }
}

/// A clock that only the test moves.
final class TestClock: Sendable {
    private let milliseconds = Mutex<Int64>(0)

    var now: Moment { milliseconds.withLock { moment($0) } }

    func advance(_ span: Int64) { milliseconds.withLock { $0 += span } }
}

extension DeliveryPorts {
    /// The ports as the daemon fills them from a ledger.
    init(
        _ ledger: LedgerStore, now: @escaping @Sendable () -> Moment,
        random: @escaping @Sendable (ClosedRange<Int64>) -> Int64 = { .random(in: $0) }
    ) {
        self.init(
            claim: { claim in
                try await ledger.claim(claim).map {
                    ClaimedNotice(
                        notice: $0.notice, attempt: $0.attempt,
                        deliverByWallMilliseconds: $0.deliverByWallMilliseconds,
                        goesOnWallMilliseconds: $0.goesOnWallMilliseconds)
                }
            },
            passOn: { try await ledger.passOn($0) },
            settle: { id, result, fallback, now in
                let outcome: AttemptOutcome =
                    switch result {
                    case .delivered(let answer): .delivered(answer: answer)
                    case .accepted(let answer): .accepted(answer: answer)
                    case .retry(let reason, let next): .retry(reason: reason, at: next)
                    case .postponed(let reason, let next): .postponed(reason: reason, at: next)
                    case .interrupted(let reason): .interrupted(reason: reason)
                    case .dead(let reason): .dead(reason: reason)
                    }
                try await ledger.settle(id, outcome, fallback: fallback, now: now)
            },
            recentSendings: { try await ledger.recentSendings(channel: $0, since: $1) },
            nextAttempt: { try await ledger.nextAttempt(channel: $0) },
            abandon: { try await ledger.abandon(exceptFor: $0, because: $1, now: $2) },
            now: now, random: random)
    }
}

/// Dice that fall alike in every run.
func dice() -> @Sendable (ClosedRange<Int64>) -> Int64 {
    let state = Mutex<UInt64>(1)
    return { range in
        state.withLock { state in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return range.lowerBound + Int64(state >> 33) % (range.upperBound - range.lowerBound + 1)
        }
    }
}
