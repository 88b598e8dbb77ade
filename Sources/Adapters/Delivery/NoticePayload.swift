import Alarms
import Facility
import Foundation
import Maintenance
import Notices

/// A message as machines read it. The schema's number rises when a reader of the old one would misread it.
struct NoticePayload: Encodable {
    let schema = 1
    let id: String
    let kind: String
    let site: String
    let occurrence: Int64
    let rule: String
    let asset: String
    let priority: String
    let step: Int
    let recipient: String?
    let language: String
    let title: String
    let body: String
    let order: String?
    let decided: String
    let sent: String
    let attempt: Int
    let link: String?
    let holds: Bool?

    /// - Parameter isAddressed: Whether only whom the message is for reads it, so that it may carry their link.
    init(_ message: OutgoingNotice, site: String, zone: SiteZone, isAddressed: Bool = false) {
        let notice = message.notice
        self.id = notice.id
        self.kind = notice.kind.rawValue
        self.site = site
        self.occurrence = notice.occurrence.number
        self.rule = notice.key.rule.name
        self.asset = notice.key.asset.name
        self.priority = notice.priority.name
        self.step = notice.step
        self.recipient = notice.recipient?.name
        self.language = notice.language.rawValue
        self.title = notice.title
        self.body = message.body
        self.order = notice.order?.name
        self.decided = zone.iso(notice.decidedWallMilliseconds, milliseconds: true)
        self.sent = zone.iso(message.sentWallMilliseconds, milliseconds: true)
        self.attempt = message.attempt
        self.link = isAddressed ? message.link : nil
        self.holds = notice.holds
    }

    /// The payload as JSON.
    func bytes() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(self))
    }
}
