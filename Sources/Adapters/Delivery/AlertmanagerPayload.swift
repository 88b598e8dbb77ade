import Alarms
import Facility
import Foundation
import Maintenance
import Notices

/// A message as Alertmanager's webhooks would post it, version 4.
struct AlertmanagerPayload {
    let json: JSON

    init(_ message: OutgoingNotice, _ text: NoticeText) {
        let notice = message.notice
        let fields = text.fields(message)
        // What no alarm ends would stay open for ever.
        let isOver = notice.isEnd ?? (notice.kind != .digest)
        let labels: [String: JSON] = [
            "alertname": .text(notice.key.rule.name), "asset": .text(notice.key.asset.name),
            "site": .text(text.ports.site), "severity": .text(notice.priority.severity),
            "priority": .text(notice.priority.name), "location": .text(fields["location"] ?? ""),
        ]
        let annotations: [String: JSON] = [
            "summary": .text(PlainText.line(notice.title)),
            "description": .text(PlainText.clean(message.body)),
        ]
        let zone = text.ports.zone
        let status = JSON.text(isOver ? "resolved" : "firing")
        let key = "\(text.ports.site)/\(notice.aboutNoAlarm ?? "\(notice.occurrence)")"
        json = .object([
            "version": .text("4"), "groupKey": .text(key), "truncatedAlerts": .number(0), "status": status,
            "receiver": .text(notice.channel.name), "groupLabels": .object([:]),
            "commonLabels": .object(labels), "commonAnnotations": .object(annotations),
            "externalURL": .text(""),
            "alerts": .list([
                .object([
                    "status": status, "labels": .object(labels), "annotations": .object(annotations),
                    "startsAt": .text(
                        zone.iso(notice.raisedWallMilliseconds ?? notice.decidedWallMilliseconds)),
                    "endsAt": .text(
                        isOver ? zone.iso(notice.decidedWallMilliseconds) : "0001-01-01T00:00:00Z"),
                    "generatorURL": .text(message.link ?? ""),
                    "fingerprint": .text(String(Signatures.hash(Array(key.utf8)).prefix(16))),
                ])
            ]),
        ])
    }
}
