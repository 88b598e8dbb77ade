import Alarms
import Engine
import Facility
import Foundation
import Ledger
import Maintenance
import Notices
import Rules

/// A folder for one test, gone when the test is over.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "ledger-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var database: String { path + "/ledger.sqlite" }

    /// A copy of the database as a crash would leave it: whatever the files hold at this instant.
    func crashCopy() throws -> TemporaryFolder {
        let copy = try TemporaryFolder()
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: database + suffix) {
            try FileManager.default.copyItem(atPath: database + suffix, toPath: copy.database + suffix)
        }
        return copy
    }
}

/// The first afternoon of the building.
let noon: Int64 = 1_772_769_600_000

func moment(_ milliseconds: Int64) -> Moment {
    Moment(wallMilliseconds: noon + milliseconds, uptimeMilliseconds: 5_000_000 + milliseconds)
}

let pumpAlarm = AlarmKey(rule: "pump.discharge_low", asset: "P2")

func occurrence(_ number: Int64, _ key: AlarmKey = pumpAlarm, at now: Moment = moment(0)) -> AlarmOccurrence {
    AlarmOccurrence(
        id: OccurrenceID(number), key: key, priority: .p2, state: .unacknowledged,
        text: Bilingual(zh: "2号泵出口压力低", en: "Pump 2: low discharge pressure"), guidance: nil,
        beganWallMilliseconds: now.wallMilliseconds - 5000, raisedWallMilliseconds: now.wallMilliseconds,
        evidence: [
            AlarmOccurrence.Evidence(
                point: "P2.outlet_pressure", label: Bilingual(zh: "出口压力", en: "Outlet pressure"),
                value: Bilingual(zh: "0.12 MPa", en: "0.12 MPa"), wallMilliseconds: now.wallMilliseconds)
        ],
        reason: AlarmReason(
            position: SourcePosition(file: "rules/pumps.yaml", line: 3, column: 5),
            expression: "outlet_pressure < 0.2 MPa", delayMilliseconds: 5000))
}

func notice(
    _ number: Int64, _ kind: Notice.Kind = .raise, step: Int = 0, channel: ChannelID = "duty-hook",
    recipient: PersonID? = "wang", priority: Priority = .p2, at now: Moment = moment(0),
    worth milliseconds: Int64 = 3_600_000
) -> Notice {
    Notice(
        occurrence: OccurrenceID(number), key: pumpAlarm, step: step, kind: kind, channel: channel,
        recipient: recipient, language: .zh, priority: priority, title: "\(kind.rawValue) title",
        body: "\(kind.rawValue) body", order: nil, decidedWallMilliseconds: now.wallMilliseconds,
        deliverByWallMilliseconds: now.wallMilliseconds + milliseconds)
}

func order(
    _ name: String, cause: String = "P2/pump.discharge_low", occurrence: Int64? = nil,
    at now: Moment = moment(0)
) -> WorkOrder {
    WorkOrder(
        number: OrderNumber(name), asset: "P2", cause: cause,
        occurrence: occurrence.map { OccurrenceID($0) },
        title: Bilingual(zh: "检查2号泵", en: "Check pump 2"), priority: .p2,
        openedWallMilliseconds: now.wallMilliseconds)
}

/// A decision that raises occurrences with the notices given.
func raising(_ notices: [Notice], at now: Moment = moment(0)) -> Decision {
    var decision = Decision(at: now)
    decision.occurrences = Set(notices.map(\.occurrence)).sorted().map { occurrence($0.number, at: now) }
    decision.notices = notices
    return decision
}

extension LedgerStore {
    convenience init(_ folder: TemporaryFolder, boot: String = "boot-a") throws(LedgerError) {
        try self.init(path: folder.database, boot: boot, reserveBytes: 0)
    }

    func claim(_ channel: ChannelID = "duty-hook", at milliseconds: Int64) async throws -> QueuedNotice? {
        try await claim(
            channel: channel, now: noon + milliseconds, leaseMilliseconds: 120_000, limit: 1
        ).first
    }
}
